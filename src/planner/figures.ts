import {
  ASSUMPTIONS,
  type AssumptionName,
  type Assumptions,
  type DeclaredAssumptions,
  type Evidence,
  type RtoPhase,
} from "../domain/index.ts";

import { type History, type Measured, measuredBy } from "./history.ts";

/** Which figure of the plan each phase of a drill measures. Loading a model shows only where the standby is cold. */
const MEASURED_BY: Readonly<Partial<Record<RtoPhase, AssumptionName>>> = {
  detect: "powerDetection",
  decide: "decision",
  fence: "confirmedFence",
  restore: "dataPromotion",
  moveTraffic: "trafficMove",
  firstCorrectAnswer: "firstAnswer",
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/**
 * The figures that a plan rests on: the catalogue, replaced by what history shows and by what drills have measured
 * (median over the lost sites of this application), replaced by what the application file declares. Each says where it comes from.
 */
export function figuresFor(
  declared: DeclaredAssumptions,
  drills: readonly Evidence[] = [],
  history: History | null = null,
): Assumptions {
  const figures: Record<AssumptionName, Assumptions[AssumptionName]> = { ...ASSUMPTIONS };
  const lived = Object.entries(history ? measuredBy(history, drills) : {}) as [
    AssumptionName,
    Measured[AssumptionName],
  ][];
  for (const [name, found] of lived) figures[name] = { ...figures[name], ...found, kind: "measured" };
  const losses = drills.filter((drill) => drill.fault.kind === "kill-site" && drill.measured.rtoMs !== null);
  if (losses.length > 0) {
    const last = losses
      .map((drill) => drill.at)
      .sort()
      .at(-1)!
      .slice(0, 10);
    const source = `median of ${losses.length} drill${losses.length === 1 ? "" : "s"} of this application, the last on ${last}`;
    for (const [phase, name] of Object.entries(MEASURED_BY) as [RtoPhase, AssumptionName][]) {
      const value = median(losses.map((drill) => drill.measured.phases[phase])) / 1000;
      figures[name] = { ...figures[name], value, kind: "measured", source };
    }
  }
  for (const [name, value] of Object.entries(declared) as [AssumptionName, number][])
    figures[name] = { ...figures[name], value, kind: "declared", source: "the application file" };
  return figures;
}
