import pc from "picocolors";
import { type Objectives, RTO_PHASES } from "../domain/index.ts";
import {
  type Judged,
  type Miss,
  type Neighbour,
  type Option,
  type PlanResult,
  p95Of,
  type Relaxation,
  type ShadowPrice,
} from "../planner/index.ts";
import { formatDuration, formatPercent, formatUsd } from "../spec/index.ts";
import { showTime } from "./calc/show.ts";
import { table } from "./output.ts";

const seconds = (s: number): string => (s < 60 ? formatDuration(Math.round(s * 1000)) : showTime(s));

const NAMES: Readonly<Record<keyof Objectives, string>> = {
  availability: "availability",
  rtoMs: "rto",
  rpoMs: "rpo",
  budgetUsdPerMonth: "budget",
};

function value(objective: keyof Objectives, amount: number): string {
  if (objective === "availability") return formatPercent(Math.floor(amount * 1e7) / 1e7);
  if (objective === "budgetUsdPerMonth") return formatUsd(amount);
  return amount < 60_000 ? formatDuration(Math.ceil(amount)) : showTime(amount / 1000);
}

/** The plan for people: the choice, its arithmetic, the others with their reasons, and what would change. */
export function renderPlan(result: PlanResult, objectives: Objectives, name: string): string {
  const parts = [
    `${pc.bold(name)}: availability ${value("availability", objectives.availability)}, RTO ${value("rtoMs", objectives.rtoMs)}, RPO ${objectives.rpoMs === 0 ? "0" : value("rpoMs", objectives.rpoMs)}, ${objectives.budgetUsdPerMonth === null ? "no budget limit" : `budget ${formatUsd(objectives.budgetUsdPerMonth)}`}`,
    result.chosen ? renderChosen(result.chosen) : `${pc.red("NOT ACHIEVABLE")}: no strategy meets every objective`,
    `${pc.bold("Strategies")}\n${table(result.options.map((option) => row(option)))}`,
  ];
  if (result.chosen)
    parts.push(
      result.binding.length > 0
        ? `  ${pc.bold("binding")}: ${result.binding.map((each) => NAMES[each]).join(", ")}; a cheaper plan misses nothing else`
        : `  ${pc.bold("binding")}: no single objective; nothing is cheaper when one of them is loosened`,
    );
  if (result.relaxations.length > 0)
    parts.push(`${pc.bold("The nearest that can be met")}\n${result.relaxations.map(relaxation).join("\n")}`);
  else if (!result.chosen) parts.push("  no two objectives can be loosened enough; loosen more, or add a site");
  const { withFewerSites, chosen } = result;
  const changes = [
    ...result.wouldChange.map(relaxation),
    ...result.shadowPrices.map(shadowPrice),
    ...(withFewerSites && chosen
      ? [
          `  failover.sites auto: ${withFewerSites.design.sites.map((site) => site.name).join(", ")} would do, for ${formatUsd(chosen.usdPerMonth - withFewerSites.usdPerMonth)} less`,
        ]
      : []),
  ];
  if (changes.length > 0) parts.push(`${pc.bold("What would change")}\n${changes.join("\n")}`);
  if (result.front.length > 1) parts.push(renderFront(result));
  if (result.gapUsdPerMonth > 0)
    parts.push(
      `  there are too many ways to keep the data sets to weigh each: another plan could be at most ${formatUsd(result.gapUsdPerMonth)} cheaper`,
    );
  const kinds = Object.values(result.assumptions).map((each) => each.kind);
  const count = (kind: string): number => kinds.filter((each) => each === kind).length;
  parts.push(
    pc.dim(
      `rests on ${kinds.length} figures: ${count("measured")} measured, ${count("declared")} declared, ${count("catalogued")} from the catalogue, ${count("assumed")} assumed (holdfast plan --assumptions)`,
    ),
  );
  return parts.join("\n\n");
}

/** The options that nothing else beats in cost, availability, RTO and RPO together. */
function renderFront({ front, combinations }: PlanResult): string {
  const shown = spread(front, FRONT_ROWS);
  const rows = shown.map((option) => [
    nameOf(option),
    option.design.sites.map((site) => site.name).join(", "),
    formatUsd(option.usdPerMonth),
    value("availability", 1 - option.unavailability),
    seconds(option.rto.worstS),
    option.rpoS === 0 ? "0" : seconds(option.rpoS),
  ]);
  const head = ["option", "sites", "cost", "availability", "RTO at worst", "RPO"].map((cell) => pc.dim(cell));
  const more = shown.length < front.length ? `, ${shown.length} of ${front.length} shown (--json has all)` : "";
  return `${pc.bold("Pareto front")}  of ${bigCount(combinations)} designs${more}\n${table([head, ...rows])}`;
}

const FRONT_ROWS = 12;

/** At most so many, from the first to the last in even steps. */
const spread = <T>(items: readonly T[], most: number): readonly T[] =>
  items.length <= most
    ? items
    : Array.from({ length: most }, (_, at) => items[Math.round((at * (items.length - 1)) / (most - 1))]!);

const bigCount = (count: number): string => (count < 1e6 ? String(count) : `10^${Math.floor(Math.log10(count))}`);

/** `hot-standby N+1` */
export const nameOf = ({ strategy, spare }: Option): string => (spare === 0 ? strategy : `${strategy} N+${spare}`);

const shadowPrice = ({ what, usdPerMonth }: ShadowPrice): string =>
  usdPerMonth === null
    ? `  ${what}: no option here gives it`
    : `  ${what}: ${formatUsd(Math.abs(usdPerMonth))} ${usdPerMonth < 0 ? "less" : "more"}`;

/** Every figure with its source. */
export const renderAssumptions = ({ assumptions }: PlanResult): string =>
  table([
    ["figure", "value", "is", "meaning", "source"].map((cell) => pc.dim(cell)),
    ...Object.entries(assumptions).map(([name, { value: amount, unit, kind, meaning, source }]) => [
      pc.bold(name),
      unit === "s" ? seconds(amount) : unit === "share" ? formatPercent(amount) : `${amount} ${unit}`,
      kind === "assumed" ? pc.yellow(kind) : kind,
      meaning,
      source,
    ]),
  ]);

/** One option line by line, and why it is or is not the choice. */
export const renderWhy = (option: Judged, neighbours: readonly Neighbour[]): string =>
  [
    renderOption(option, pc.bold("option")),
    `  ${reason(option)}`,
    ...(neighbours.length > 0
      ? [`${pc.bold("One choice made differently")}\n${table(neighbours.map(neighbour))}`]
      : []),
  ].join("\n\n");

function neighbour({ what, option, misses, differenceUsdPerMonth: difference }: Neighbour): readonly string[] {
  const money =
    Math.abs(difference) < 0.005
      ? "same price"
      : `${formatUsd(Math.abs(difference))} ${difference < 0 ? "less" : "more"}`;
  const meets = misses.length === 0 ? "meets everything" : misses.map(miss).join("; ");
  return [
    what,
    money,
    `availability ${value("availability", 1 - option.unavailability)}, RTO ${seconds(option.rto.worstS)}, RPO ${option.rpoS === 0 ? "0" : seconds(option.rpoS)}`,
    [...(option.notExecutable ? [option.notExecutable] : []), meets].join("; "),
  ];
}

const renderChosen = (option: Judged): string => renderOption(option, pc.green("chosen"));

function renderOption(option: Judged, title: string): string {
  const { design } = option;
  const places = design.sites.map((site, index) => {
    const place = option.placement[site.name]!;
    const count = index === 0 || option.strategy === "active-active" ? place.active : place.standby;
    return `${site.name} ${count === 0 || site.zones.length === 1 ? count : overZones(count, site.zones)}`;
  });
  const phases = RTO_PHASES.map((phase) => [
    phase,
    seconds(option.phases[phase].typicalS),
    seconds(option.phases[phase].worstS),
  ]);
  return [
    `${title}  ${pc.bold(nameOf(option))}  ${formatUsd(option.usdPerMonth)}   instances: ${places.join(", ")}`,
    table([
      [
        "availability",
        `predicted ${value("availability", 1 - option.unavailability)}; down in a year: ${downtimes(option)}`,
      ],
      [
        "RTO",
        `usually ${seconds(option.rto.typicalS)}, 95 of 100 within ${seconds(p95Of(option))}, at worst ${seconds(option.rto.worstS)} (the site hangs instead of dying)`,
      ],
      [
        "RPO",
        option.rpoS === 0
          ? "0: a write is acknowledged when a standby has it, or there is nothing to lose"
          : `up to ${seconds(option.rpoS)} of writes`,
      ],
      ["detection", `${design.timing.detectionS}s, lease ${design.timing.leaseS}s; ${design.deployment} releases`],
      ...protections(option),
      [
        "redundancy",
        option.redundancy
          .map(({ component, required, total }) => `${component} ${total}/${required} = ${round(total / required)}`)
          .join(", "),
      ],
      [
        "cost",
        option.items.length === 0
          ? "no prices are declared (sites.price)"
          : option.items.map((item) => `${item.what} ${item.usdPerMonth}`).join(" + "),
      ],
    ]),
    table(
      [["phase", "usually", "at worst"], ...phases].map((cells) =>
        cells.map((cell, index) => (index === 0 ? pc.dim(cell) : cell)),
      ),
      "    ",
    ),
  ].join("\n");
}

const round = (level: number): string => String(Math.round(level * 100) / 100);

/** `3 (a 2, b 1)`: as even as can be. */
const overZones = (count: number, zones: readonly string[]): string =>
  `${count} (${zones
    .map((zone, index) => `${zone} ${Math.floor(count / zones.length) + Number(index < count % zones.length)}`)
    .join(", ")})`;

/** How data and weights get to a standby. */
function protections({ design, writeDelayS, restoreStreams }: Option): readonly (readonly [string, string])[] {
  const data = Object.entries(design.data).map(([name, protection]) =>
    protection.kind === "recovery-points"
      ? `${name} recovery points every ${seconds(protection.intervalS)}, restored by ${restoreStreams} streams`
      : protection.kind === "barrier"
        ? `${name} barrier (+${writeDelayS * 1000} ms a write)`
        : `${name} ${protection.kind}`,
  );
  const models = Object.entries(design.models).map(([name, placement]) => `${name} ${PLACED[placement]}`);
  return [
    ...(data.length > 0 ? [["data", data.join(", ")] as const] : []),
    ...(models.length > 0 ? [["models", models.join(", ")] as const] : []),
  ];
}

const PLACED = { warm: "in memory", disk: "on disk", fetched: "fetched when needed" } as const;

const YEAR_S = 31_557_600;

/** The largest causes of downtime first. */
const downtimes = ({ causes }: Option): string =>
  causes
    .filter((cause) => cause.unavailability * YEAR_S >= 1)
    .sort((a, b) => b.unavailability - a.unavailability)
    .map((cause) => `${cause.what} ${showTime(cause.unavailability * YEAR_S)}`)
    .join(", ");

function row(option: Judged): readonly string[] {
  const mark = option.verdict === "chosen" ? pc.green("✓") : option.verdict === "rejected" ? pc.red("✗") : pc.dim("·");
  return [mark, nameOf(option), formatUsd(option.usdPerMonth), reason(option)];
}

function reason(option: Judged): string {
  if (option.verdict === "chosen") return "the cheapest that meets every objective";
  const reasons = [...(option.notExecutable ? [option.notExecutable] : []), ...option.misses.map(miss)];
  if (reasons.length > 0) return reasons.join("; ");
  if (option.verdict === "not asked for")
    return "meets them too, but the file asks for another strategy (failover.strategy)";
  if (option.verdict === "dearer") return `meets them too, for ${formatUsd(option.differenceUsdPerMonth!)} more`;
  return "meets them too; the same price, and not faster";
}

const miss = ({ objective, predicted, declared }: Miss): string =>
  `${NAMES[objective]} ${value(objective, predicted)} ${objective === "availability" ? "<" : ">"} ${value(objective, declared)}`;

const relaxation = ({ changes, strategy, usdPerMonth }: Relaxation): string =>
  `  ${changes.map((change) => `${NAMES[change.objective]} ${value(change.objective, change.value)}`).join(" and ")}: ${strategy} for ${formatUsd(usdPerMonth)}`;
