import { type Evidence, RTO_PHASES } from "../../../domain/index.ts";
import { escapeHtml } from "./escape.ts";

const WIDTH = 960;
const LEFT = 70;
const RIGHT = 20;
const BAR_Y = 34;
const BAR_HEIGHT = 30;
const EVENTS_Y = 96;
const EVENT_HEIGHT = 18;
const MAX_EVENTS = 14;
const CHART_HEIGHT = 90;
const MAX_STEPS = 400;
const COLOURS = ["#c2410c", "#d97706", "#b91c1c", "#7c3aed", "#2563eb", "#0891b2", "#16a34a"];

/** Phases, events and requests on one axis of time that begins a little before the fault. */
export function renderTimeline(evidence: Evidence): string {
  const { measured, series } = evidence;
  const end = Math.max(
    1_000,
    (measured.rtoMs ?? 0) * 1.5,
    Math.min(10_000, ...series.slice(-1).map((step) => step.atMs + 100)),
  );
  const start = -Math.min(1_000, end / 4);
  const x = (ms: number): number => LEFT + ((ms - start) / (end - start)) * (WIDTH - LEFT - RIGHT);
  const events = pickEvents(evidence, start, end);
  const chartY = EVENTS_Y + events.length * EVENT_HEIGHT + 24;
  const height = chartY + CHART_HEIGHT + 34;
  const label = `Timeline: fault at 0, first correct answer ${measured.rtoMs === null ? "not seen" : `after ${measured.rtoMs} ms`}`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(label)}">`,
    axis(x, start, end, chartY + CHART_HEIGHT),
    phases(evidence, x),
    `<line class="fault" x1="${x(0)}" x2="${x(0)}" y1="14" y2="${chartY + CHART_HEIGHT}"/><text class="strong" x="${x(0) + 4}" y="22">fault</text>`,
    events.map((event, index) => eventRow(event, x, EVENTS_Y + index * EVENT_HEIGHT)).join(""),
    requests(evidence, x, start, end, chartY),
    "</svg>",
  ].join("\n");
}

function axis(x: (ms: number) => number, start: number, end: number, y: number): string {
  const rough = (end - start) / 8;
  const step =
    [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000].find((size) => size >= rough) ?? 120_000;
  const ticks: string[] = [];
  for (let ms = Math.ceil(start / step) * step; ms <= end; ms += step) {
    ticks.push(
      `<line class="grid" x1="${x(ms)}" x2="${x(ms)}" y1="28" y2="${y}"/><text x="${x(ms)}" y="${y + 16}" text-anchor="middle">${ms >= 1_000 || ms <= -1_000 ? `${ms / 1_000} s` : `${ms} ms`}</text>`,
    );
  }
  return ticks.join("");
}

function phases({ measured }: Evidence, x: (ms: number) => number): string {
  let at = 0;
  return RTO_PHASES.map((phase, index) => {
    const length = measured.phases[phase];
    if (length <= 0) return "";
    const from = x(at);
    at += length;
    const width = Math.max(1, x(at) - from);
    const text =
      width > 8 * phase.length ? `<text class="on-bar" x="${from + 5}" y="${BAR_Y + 19}">${phase}</text>` : "";
    return `<rect x="${from}" y="${BAR_Y}" width="${width}" height="${BAR_HEIGHT}" fill="${COLOURS[index]}"><title>${phase} ${Math.round(length)} ms</title></rect>${text}`;
  }).join("");
}

type Event = Evidence["timeline"][number];

/** Those of the recovery, at most as many as fit under each other. */
function pickEvents({ timeline }: Evidence, start: number, end: number): readonly Event[] {
  return timeline.filter((event) => event.atMs >= start && event.atMs <= end).slice(0, MAX_EVENTS);
}

function eventRow(event: Event, x: (ms: number) => number, y: number): string {
  const at = x(event.atMs);
  const right = at > WIDTH * 0.6;
  const short = event.text.length > 70 ? `${event.text.slice(0, 69)}…` : event.text;
  return `<line class="tick" x1="${at}" x2="${at}" y1="${BAR_Y + BAR_HEIGHT}" y2="${y}"/><circle cx="${at}" cy="${y}" r="3"/><text x="${right ? at - 7 : at + 7}" y="${y + 4}" text-anchor="${right ? "end" : "start"}">${escapeHtml(`${event.atMs} ms ${short}`)}</text>`;
}

function requests({ series }: Evidence, x: (ms: number) => number, start: number, end: number, y: number): string {
  const inside = series.filter((step) => step.atMs >= start && step.atMs <= end).slice(0, MAX_STEPS);
  const most = Math.max(1, ...inside.map((step) => step.ok + step.failed));
  const bars = inside.map((step) => {
    const width = Math.max(1, x(step.atMs + 100) - x(step.atMs) - 1);
    const ok = (step.ok / most) * CHART_HEIGHT;
    const failed = (step.failed / most) * CHART_HEIGHT;
    const base = y + CHART_HEIGHT;
    return `<rect class="ok" x="${x(step.atMs)}" y="${base - ok}" width="${width}" height="${ok}"/>${failed > 0 ? `<rect class="failed" x="${x(step.atMs)}" y="${base - ok - failed}" width="${width}" height="${failed}"/>` : ""}`;
  });
  return `<text x="4" y="${y + 12}">answers</text><text x="4" y="${y + 26}">in 0.1 s</text>${bars.join("")}<text x="${LEFT - 6}" y="${y + CHART_HEIGHT}" text-anchor="end">0</text><text x="${LEFT - 6}" y="${y + 44}" text-anchor="end">${most}</text>`;
}
