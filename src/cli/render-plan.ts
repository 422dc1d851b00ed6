import pc from "picocolors";
import { type Objectives, RTO_PHASES } from "../domain/index.ts";
import type { Judged, PlanResult, Relaxation } from "../planner/index.ts";
import { formatDuration, formatPercent, formatUsd } from "../spec/index.ts";
import { table } from "./output.ts";

const seconds = (s: number): string => formatDuration(Math.round(s * 1000));

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
  if (result.wouldChange.length > 0)
    parts.push(`${pc.bold("What would change")}\n${result.wouldChange.map(relaxation).join("\n")}`);
  return parts.join("\n\n");
}

function renderChosen(option: Judged): string {
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
    `${pc.green("chosen")}  ${pc.bold(option.strategy)}  ${formatUsd(option.usdPerMonth)}   instances: ${places.join(", ")}`,
    table([
      ["availability", `predicted ${value("availability", 1 - option.unavailability)}`],
      [
        "RTO",
        `usually ${seconds(option.rto.typicalS)}, at worst ${seconds(option.rto.worstS)} (the site hangs instead of dying)`,
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

function row(option: Judged): readonly string[] {
  const mark = option.verdict === "chosen" ? pc.green("✓") : option.verdict === "rejected" ? pc.red("✗") : pc.dim("·");
  return [mark, option.strategy, formatUsd(option.usdPerMonth), reason(option)];
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
