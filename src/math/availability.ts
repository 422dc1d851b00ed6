import { fail, ok, type Problem, problem, type Result } from "../domain/index.ts";

/** Unavailability, 0 to 1: what is computed with, because 1 − 10⁻¹² keeps no digits of the part that matters. */
export type Unavailability = number;

const impossible = (message: string, next: string): Result<never, Problem> =>
  fail(problem("impossible", message, next));

/** Availability = up / (up + down); any unit of time, both the same. Source: IEC 60050-192, 192-08-05. */
export function availability(up: number, down: number): Result<number> {
  if (!(up >= 0) || !(down >= 0))
    return impossible(`up ${up} and down ${down} must not be negative`, "give two spans of time");
  if (up + down === 0) return impossible("up and down are both zero", "give the time that was observed");
  return ok(up / (up + down));
}

/** Steady-state unavailability from mean time between failures and mean time to repair, same unit: MTTR / (MTBF + MTTR). */
export const unavailabilityOf = (mtbf: number, mttr: number): Unavailability => mttr / (mtbf + mttr);

/** All are needed: U = 1 − Π(1 − uᵢ), through log1p so that tiny parts keep their digits. */
export const series = (parts: readonly Unavailability[]): Unavailability =>
  -Math.expm1(parts.reduce((sum, part) => sum + Math.log1p(-part), 0));

/** One is enough, failures independent: U = Π uᵢ. */
export const parallel = (parts: readonly Unavailability[]): Unavailability =>
  parts.reduce((product, part) => product * part, 1);

/**
 * At least `k` of the parts are needed, failures independent, parts may differ. Sums the states with fewer than k up, by
 * dynamic programming over the number of parts that are up: all terms are positive, so nothing cancels.
 * Source: Barlow & Heidtmann, Computing k-out-of-n system reliability, IEEE Trans. Reliability 33 (1984).
 */
export function kOfN(k: number, parts: readonly Unavailability[]): Result<Unavailability> {
  if (!Number.isInteger(k) || k < 0) return impossible(`k is ${k}`, "give a whole number from 0");
  if (k > parts.length)
    return impossible(`${k} of ${parts.length} are required`, "require at most as many as there are");
  let states: number[] = [1];
  for (const down of parts) {
    const next = new Array<number>(states.length + 1).fill(0);
    states.forEach((probability, up) => {
      next[up]! += probability * down;
      next[up + 1]! += probability * (1 - down);
    });
    states = next;
  }
  return ok(states.slice(0, k).reduce((sum, probability) => sum + probability, 0));
}

const YEAR_MS = 365.25 * 24 * 3_600_000;

/** Expected downtime in a year, ms. */
export const downtimePerYearMs = (unavailable: Unavailability): number => unavailable * YEAR_MS;
