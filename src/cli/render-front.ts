import type { Objectives } from "../domain/index.ts";
import type { Option, PlanResult } from "../planner/index.ts";
import { formatDuration, formatUsd } from "../spec/index.ts";
import { nameOf } from "./render-plan.ts";

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [760, 420, 90, 40, 180, 60];

const escapeXml = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

type Scale = (value: number) => number;

/** From the least to the largest value, with room at both ends; a single value lies in the middle. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (high === low) return () => (from + to) / 2;
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** SVG: cost against RTO (logarithmic) of the Pareto front; filled when RPO is 0, ringed when it is the choice. */
export function frontPicture({ front, chosen }: PlanResult, objectives: Objectives): string {
  // What the file asks for may be beaten by something else; it is shown all the same.
  const shown = chosen === null || front.some((option) => isSame(option, chosen)) ? front : [...front, chosen];
  const x = scale(
    [...shown.map((option) => Math.log(option.rto.worstS)), Math.log(objectives.rtoMs / 1000)],
    LEFT + 20,
    WIDTH - RIGHT,
  );
  const y = scale(
    shown.map((option) => option.usdPerMonth),
    HEIGHT - BOTTOM - 20,
    TOP + 20,
  );
  const limit = x(Math.log(objectives.rtoMs / 1000));
  const points = shown.map((option) =>
    point(option, x(Math.log(option.rto.worstS)), y(option.usdPerMonth), isSame(option, chosen)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Options that nothing else beats: cost against recovery time">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<line x1="${LEFT}" y1="${HEIGHT - BOTTOM}" x2="${WIDTH - RIGHT + 20}" y2="${HEIGHT - BOTTOM}" stroke="#888"/>
<line x1="${LEFT}" y1="${TOP}" x2="${LEFT}" y2="${HEIGHT - BOTTOM}" stroke="#888"/>
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle">RTO at worst (logarithmic)</text>
<text x="18" y="${(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 18 ${(TOP + HEIGHT - BOTTOM) / 2})">cost a month</text>
<line x1="${limit}" y1="${TOP}" x2="${limit}" y2="${HEIGHT - BOTTOM}" stroke="#b91c1c" stroke-dasharray="4 3"/>
<text x="${limit}" y="${TOP - 8}" text-anchor="middle" fill="#b91c1c">declared ${formatDuration(objectives.rtoMs)}</text>
${points.join("\n")}
</svg>
`;
}

const isSame = (option: Option, chosen: Option | null): boolean =>
  chosen !== null && JSON.stringify(option.design) === JSON.stringify(chosen.design);

function point(option: Option, x: number, y: number, chosen: boolean): string {
  const fill = option.rpoS === 0 ? "#15803d" : "#fff";
  const ring = chosen ? `<circle cx="${x}" cy="${y}" r="10" fill="none" stroke="#15803d" stroke-width="2"/>` : "";
  const left = x > (LEFT + WIDTH - RIGHT) / 2;
  const label = `${nameOf(option)}, ${formatUsd(option.usdPerMonth)}, ${formatDuration(Math.round(option.rto.worstS * 1000))}`;
  return `${ring}<circle cx="${x}" cy="${y}" r="5" fill="${fill}" stroke="#15803d"/><text x="${left ? x - 14 : x + 14}" y="${y + 4}" text-anchor="${left ? "end" : "start"}">${escapeXml(label)}</text>`;
}
