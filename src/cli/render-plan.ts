import pc from "picocolors";
import { type Objectives, RTO_PHASES } from "../domain/index.ts";
import {
  type Judged,
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
  return objective === "budgetUsdPerMonth" ? formatUsd(amount) : formatDuration(Math.ceil(amount));
}

/** The plan for people: the choice, its arithmetic, the others with their reasons, and what would change. */
export function renderPlan(result: PlanResult, objectives: Objectives, name: string): string {
  const parts = [
    `${pc.bold(name)}: availability ${value("availability", objectives.availability)}, RTO ${value("rtoMs", objectives.rtoMs)}, RPO ${objectives.rpoMs === 0 ? "0" : value("rpoMs", objectives.rpoMs)}, ${objectives.budgetUsdPerMonth === null ? "no budget limit" : `budget ${formatUsd(objectives.budgetUsdPerMonth)}`}`,
    result.chosen ? renderChosen(result.chosen) : `${pc.red("NOT ACHIEVABLE")}: no strategy meets every objective`,
    `${pc.bold("Strategies")}\n${table(result.options.map((option) => row(option)))}`,
  ];
  if (result.relaxations.length > 0)
    parts.push(`${pc.bold("The nearest that can be met")}\n${result.relaxations.map(relaxation).join("\n")}`);
  else if (!result.chosen) parts.push("  no single objective can be loosened enough; loosen two, or add a site");
  const changes = [...result.wouldChange.map(relaxation), ...result.shadowPrices.map(shadowPrice)];
  if (changes.length > 0) parts.push(`${pc.bold("What would change")}\n${changes.join("\n")}`);
  if (result.front.length > 1) parts.push(renderFront(result.front, result.examined));
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
function renderFront(front: readonly Option[], examined: number): string {
  const rows = front.map((option) => [
    nameOf(option),
    formatUsd(option.usdPerMonth),
    value("availability", 1 - option.unavailability),
    seconds(option.rto.worstS),
    option.rpoS === 0 ? "0" : seconds(option.rpoS),
  ]);
  const head = ["option", "cost", "availability", "RTO at worst", "RPO"].map((cell) => pc.dim(cell));
  return `${pc.bold("Pareto front")}  of ${examined} options\n${table([head, ...rows])}`;
}

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
export const renderWhy = (option: Judged): string =>
  `${renderOption(option, pc.bold("option"))}\n\n  ${reason(option)}`;

const renderChosen = (option: Judged): string => renderOption(option, pc.green("chosen"));

function renderOption(option: Judged, title: string): string {
  const places = Object.entries(option.placement).map(
    ([site, place], index) =>
      `${site} ${index === 0 || option.strategy === "active-active" ? place.active : place.standby}`,
  );
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

const YEAR_S = 31_557_600;

/** The largest causes of downtime first. */
const downtimes = ({ causes }: Option): string =>
  [...causes]
    .sort((a, b) => b.unavailability - a.unavailability)
    .map((cause) => `${cause.what} ${showTime(cause.unavailability * YEAR_S)}`)
    .join(", ");

function row(option: Judged): readonly string[] {
  const mark = option.verdict === "chosen" ? pc.green("✓") : option.verdict === "rejected" ? pc.red("✗") : pc.dim("·");
  return [mark, nameOf(option), formatUsd(option.usdPerMonth), reason(option)];
}

function reason(option: Judged): string {
  if (option.verdict === "chosen") return "the cheapest that meets every objective";
  const reasons = [
    ...(option.notExecutable ? [option.notExecutable] : []),
    ...option.misses.map(
      (miss) =>
        `${NAMES[miss.objective]} ${value(miss.objective, miss.predicted)} ${miss.objective === "availability" ? "<" : ">"} ${value(miss.objective, miss.declared)}`,
    ),
  ];
  if (reasons.length > 0) return reasons.join("; ");
  if (option.verdict === "not asked for")
    return "meets them too, but the file asks for another strategy (failover.strategy)";
  if (option.verdict === "dearer") return `meets them too, for ${formatUsd(option.differenceUsdPerMonth!)} more`;
  return "meets them too; the same price, and not faster";
}

const relaxation = (each: Relaxation): string =>
  `  ${NAMES[each.objective]} ${value(each.objective, each.value)}: ${each.strategy} for ${formatUsd(each.usdPerMonth)}`;
