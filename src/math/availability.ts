import { fail, ok, type Problem, problem, type Result } from "../domain/index.ts";
import { binomialAtLeast } from "./binomial.ts";
import type { Availability, Milliseconds, Time, Unavailability } from "./units.ts";

const impossible = (message: string, next: string): Result<never, Problem> =>
  fail(problem("impossible", message, next));

/** Availability = up / (up + down); any unit of time, both the same. Source: IEC 60050-192, 192-08-05. */
export function availability<T extends Time>(up: T, down: T): Result<Availability> {
  if (!(up >= 0) || !(down >= 0))
    return impossible(`up ${up} and down ${down} must not be negative`, "give two spans of time");
  if (up + down === 0) return impossible("up and down are both zero", "give the time that was observed");
  return ok(up / (up + down));
}

/** Steady-state unavailability from mean time between failures and mean time to repair, same unit: MTTR / (MTBF + MTTR). */
export const unavailabilityOf = <T extends Time>(mtbf: T, mttr: T): Unavailability => mttr / (mtbf + mttr);

/** All are needed: U = 1 − Π(1 − uᵢ), through log1p so that tiny parts keep their digits. */
export const series = (parts: readonly Unavailability[]): Unavailability =>
  -Math.expm1(parts.reduce((sum, part) => sum + Math.log1p(-part), 0));

/** One is enough, failures independent: U = Π uᵢ. */
export const parallel = (parts: readonly Unavailability[]): Unavailability =>
  parts.reduce((product, part) => product * part, 1);

/** States times parts that one call may take; about a second. */
const WORK_LIMIT = 2e8;

/**
 * At least `k` of the parts are needed, failures independent, parts may differ. Dynamic programming over the parts that
 * are down (or up, whichever has fewer states); every term is positive, so nothing cancels: 10⁶ parts with 10 spares
 * keep their digits. Source: Barlow & Heidtmann, Computing k-out-of-n system reliability, IEEE Trans. Reliability 33 (1984).
 */
export function kOfN(k: number, parts: readonly Unavailability[]): Result<Unavailability> {
  const n = parts.length;
  if (!Number.isInteger(k) || k < 0) return impossible(`k is ${k}`, "give a whole number from 0");
  if (k > n) return impossible(`${k} of ${n} are required`, "require at most as many as there are");
  const odd = parts.find((part) => !(part >= 0 && part <= 1));
  if (odd !== undefined) return impossible(`an unavailability of ${odd}`, "give numbers from 0 to 1");
  const spare = n - k;
  if (n * (Math.min(k, spare) + 1) > WORK_LIMIT)
    return impossible(`${k} of ${n} different parts take too long`, "group equal parts, or use fewer");
  return ok(spare < k ? tooManyDown(spare, parts) : tooFewUp(k, parts));
}

/** P(more than `spare` are down): what passes the last state never comes back. */
function tooManyDown(spare: number, parts: readonly Unavailability[]): number {
  const down = new Float64Array(spare + 1);
  down[0] = 1;
  let lost = 0;
  for (const u of parts) {
    lost += down[spare]! * u;
    for (let count = spare; count >= 1; count--) down[count] = down[count]! * (1 - u) + down[count - 1]! * u;
    down[0] = down[0]! * (1 - u);
  }
  return lost;
}

/** P(fewer than `k` are up). */
function tooFewUp(k: number, parts: readonly Unavailability[]): number {
  if (k === 0) return 0;
  const up = new Float64Array(k);
  up[0] = 1;
  for (const u of parts) {
    for (let count = k - 1; count >= 1; count--) up[count] = up[count]! * u + up[count - 1]! * (1 - u);
    up[0] = up[0]! * u;
  }
  return up.reduce((sum, each) => sum + each, 0);
}

/** The same for n equal parts, any n (binomial, without a loop over the parts). */
export function kOfEqual(k: number, n: number, u: Unavailability): Result<Unavailability> {
  if (!Number.isInteger(k) || !Number.isInteger(n) || k < 0 || n < 0)
    return impossible(`${k} of ${n}`, "give whole numbers from 0");
  if (k > n) return impossible(`${k} of ${n} are required`, "require at most as many as there are");
  if (!(u >= 0 && u <= 1)) return impossible(`an unavailability of ${u}`, "give a number from 0 to 1");
  return ok(k === 0 ? 0 : binomialAtLeast(n - k + 1, n, u));
}

const YEAR_MS = 365.25 * 24 * 3_600_000;

/** Expected downtime in a year, ms. */
export const downtimePerYearMs = (unavailable: Unavailability): Milliseconds => unavailable * YEAR_MS;
