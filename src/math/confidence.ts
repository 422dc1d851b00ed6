import { fail, ok, type Problem, problem, type Result } from "../domain/index.ts";
import { incompleteBeta, incompleteGamma, inverse, normalQuantile } from "./special.ts";
import type { Probability } from "./units.ts";

export type Interval = { readonly low: number; readonly high: number };

const wrong = (message: string, next: string): Result<never, Problem> => fail(problem("impossible", message, next));

function checkTrials(successes: number, trials: number, confidence: Probability): Problem | null {
  const whole = Number.isInteger(successes) && Number.isInteger(trials) && successes >= 0 && trials >= 1;
  if (!whole) return problem("impossible", `${successes} of ${trials}`, "give whole numbers, at least one trial");
  if (successes > trials) return problem("impossible", `${successes} successes of ${trials} trials`, "swap them?");
  return checkConfidence(confidence);
}

const checkConfidence = (confidence: Probability): Problem | null =>
  confidence > 0 && confidence < 1
    ? null
    : problem("impossible", `a confidence of ${confidence}`, "give a share between 0 and 1, such as 0.95");

/** Wilson's score interval of a share (Wilson 1927): close to nominal on average, also for few trials. */
export function wilson(successes: number, trials: number, confidence: Probability): Result<Interval> {
  const problem = checkTrials(successes, trials, confidence);
  if (problem) return fail(problem);
  const z = normalQuantile((1 + confidence) / 2);
  const share = successes / trials;
  const scale = 1 + (z * z) / trials;
  const middle = (share + (z * z) / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return ok({ low: successes === 0 ? 0 : middle - half, high: successes === trials ? 1 : middle + half });
}

/** The exact interval of a share (Clopper and Pearson 1934): never less than nominal. */
export function clopperPearson(successes: number, trials: number, confidence: Probability): Result<Interval> {
  const problem = checkTrials(successes, trials, confidence);
  if (problem) return fail(problem);
  const tail = (1 - confidence) / 2;
  const failures = trials - successes;
  const low = successes === 0 ? 0 : inverse((x) => incompleteBeta(x, successes, failures + 1), tail, 0, 1);
  const high = failures === 0 ? 1 : inverse((x) => incompleteBeta(x, successes + 1, failures), 1 - tail, 0, 1);
  return ok({ low, high });
}

/** The exact interval of a rate from a count in a time (Garwood 1936), per unit of `time`. */
export function rateInterval(events: number, time: number, confidence: Probability): Result<Interval> {
  if (!Number.isInteger(events) || events < 0 || !(time > 0))
    return wrong(`${events} events in ${time}`, "give a whole number of events and a time above 0");
  const problem = checkConfidence(confidence);
  if (problem) return fail(problem);
  const tail = (1 - confidence) / 2;
  const far = 10 * (events + 20);
  const low = events === 0 ? 0 : inverse((x) => incompleteGamma(events, x), tail, 0, far);
  return ok({ low: low / time, high: inverse((x) => incompleteGamma(events + 1, x), 1 - tail, 0, far) / time });
}

/**
 * Trials, all of them successful, that show a success share of at least `share` with this confidence: the least n with
 * shareⁿ ≤ 1 − confidence ("success run", Nelson 1985).
 */
export function trialsToShow(share: number, confidence: Probability): Result<number> {
  if (!(share > 0 && share < 1))
    return wrong(`a share of ${share}`, "give a share between 0 and 1; 1 cannot be shown by any number of trials");
  const problem = checkConfidence(confidence);
  if (problem) return fail(problem);
  return ok(Math.ceil(Math.log1p(-confidence) / Math.log(share) - 1e-12));
}

/** What n trials without a failure show: the share that is met at least, with this confidence. */
export function shownBy(trials: number, confidence: Probability): Result<number> {
  if (!Number.isInteger(trials) || trials < 1) return wrong(`${trials} trials`, "give a whole number from 1");
  const problem = checkConfidence(confidence);
  return problem ? fail(problem) : ok((1 - confidence) ** (1 / trials));
}
