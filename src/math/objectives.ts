import { fail, ok, problem, type Result } from "../domain/index.ts";
import type { Availability, Probability, Seconds } from "./units.ts";

export const PERIODS = { day: 86_400, week: 604_800, month: 2_629_800, quarter: 7_889_400, year: 31_557_600 } as const;

export type Period = keyof typeof PERIODS;

/** Downtime that an availability allows, seconds in each period; a month is a twelfth of 365.25 days. */
export function downtimeTable(availability: Availability): Result<Readonly<Record<Period, Seconds>>> {
  if (!(availability >= 0 && availability <= 1))
    return fail(problem("impossible", `an availability of ${availability}`, "give a share up to 100 %"));
  const down = 1 - availability;
  const rows = Object.entries(PERIODS).map(([period, seconds]) => [period, down * seconds]);
  return ok(Object.fromEntries(rows) as Record<Period, number>);
}

export type ErrorBudget = {
  readonly allowed: number;
  readonly left: number;
  readonly usedShare: Probability;
  /** Of the budget's pace: 1 uses it up exactly at the end (SRE Workbook, chapter 5). */
  readonly burnRate: number;
};

/** What is left of the errors that an objective allows, part of the way through its period (0 to 1). */
export function errorBudget(
  objective: number,
  total: number,
  failed: number,
  elapsedShare: Probability,
): Result<ErrorBudget> {
  if (!(objective >= 0 && objective < 1))
    return fail(
      problem("impossible", `an objective of ${objective}`, "give a share below 1: with 100 % there is no budget"),
    );
  if (!(total >= 0) || !(failed >= 0) || failed > total)
    return fail(problem("impossible", `${failed} failed of ${total}`, "give counts, failed at most total"));
  if (!(elapsedShare > 0 && elapsedShare <= 1))
    return fail(problem("impossible", `${elapsedShare} of the period`, "give a share above 0, at most 1"));
  const allowed = ((1 - objective) * total) / elapsedShare;
  return ok({
    allowed,
    left: allowed - failed,
    usedShare: failed / allowed,
    burnRate: failed / allowed / elapsedShare,
  });
}
