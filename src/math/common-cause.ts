import { fail, ok, problem, type Result } from "../domain/index.ts";
import { series } from "./availability.ts";
import { binomialAtLeast } from "./binomial.ts";
import type { Hours, PerHour, Probability, Unavailability } from "./units.ts";

/**
 * k of n equal parts of which a share β of all failures takes every part at once (beta-factor model, IEC 61508-6 annex
 * D): independent part (1 − β)·u, in series with the common part β·u.
 */
export function withCommonCause(k: number, n: number, u: Unavailability, beta: Probability): Result<Unavailability> {
  if (!(beta >= 0 && beta <= 1)) return fail(problem("impossible", `β is ${beta}`, "give a share from 0 to 1"));
  if (!Number.isInteger(n) || !Number.isInteger(k) || k < 0 || k > n)
    return fail(problem("impossible", `${k} of ${n} are required`, "require at most as many as there are"));
  if (!(u >= 0 && u <= 1)) return fail(problem("impossible", `an unavailability of ${u}`, "give a number from 0 to 1"));
  const independent = binomialAtLeast(n - k + 1, n, (1 - beta) * u);
  return ok(n > 1 ? series([independent, beta * u]) : u);
}

/**
 * Average probability of failure on demand of one of two with proof tests every T and failure rate λ, undetected until
 * the test: ((1 − β) λT)² / 3 + β λT / 2 (IEC 61508-6 annex B, simplified for small λT).
 */
export const probabilityOfFailureOnDemand = (ratePerHour: PerHour, testHours: Hours, beta: Probability): number =>
  ((1 - beta) * ratePerHour * testHours) ** 2 / 3 + (beta * ratePerHour * testHours) / 2;
