import { fail, invariant, ok, type Problem, problem, type Result } from "../domain/index.ts";
import type { Hours, Probability, Unavailability } from "./units.ts";

/** Rates from state to state, per unit of time; the diagonal is not used. */
export type Rates = readonly (readonly number[])[];

const STATES_LIMIT = 2_000;

/**
 * Stationary distribution of a continuous-time Markov chain: Grassmann, Taksar and Heyman (1985), which subtracts
 * nothing, so that probabilities of 10⁻¹⁵ have all their digits. The chain must be able to go from every state to every
 * other.
 */
export function stationary(rates: Rates): readonly number[] {
  const size = rates.length;
  invariant(size > 0 && size <= STATES_LIMIT, `1 to ${STATES_LIMIT} states`);
  const q = rates.map((row) => [...row]);
  const leaving = new Array<number>(size).fill(0);
  for (let n = size - 1; n > 0; n--) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += q[n]![j]!;
    leaving[n] = sum;
    invariant(sum > 0, `state ${n} cannot be left towards the states before it`);
    for (let i = 0; i < n; i++) {
      const share = q[i]![n]! / sum;
      if (share === 0) continue;
      for (let j = 0; j < n; j++) if (j !== i) q[i]![j]! += share * q[n]![j]!;
    }
  }
  const weight = new Array<number>(size).fill(0);
  weight[0] = 1;
  for (let n = 1; n < size; n++) {
    let inflow = 0;
    for (let i = 0; i < n; i++) inflow += weight[i]! * q[i]![n]!;
    weight[n] = inflow / leaving[n]!;
  }
  const total = weight.reduce((sum, each) => sum + each, 0);
  return weight.map((each) => each / total);
}

/**
 * Mean time from state 0 until a state of `absorbing` is reached: the stationary distribution of the chain that begins
 * anew in state 0 whenever it gets there tells the rate of getting there, again without a subtraction.
 */
export function meanTimeTo(rates: Rates, absorbing: (state: number) => boolean): number {
  const kept = rates.map((_, state) => state).filter((state) => !absorbing(state));
  const closed = kept.map((from) => kept.map((to) => rates[from]![to]!));
  const into = kept.map((from) => rates[from]!.reduce((sum, rate, to) => (absorbing(to) ? sum + rate : sum), 0));
  kept.forEach((_, from) => {
    if (from > 0) closed[from]![0]! += into[from]!;
  });
  const share = stationary(closed);
  const rate = share.reduce((sum, probability, state) => sum + probability * into[state]!, 0);
  return 1 / rate;
}

/** n equal parts of which k are needed, repaired by crews, some of them standing by. Rates per hour, times in hours. */
export type Repairable = {
  readonly total: number;
  readonly required: number;
  readonly mtbfHours: Hours;
  readonly mttrHours: Hours;
  /** Repairs at the same time. */
  readonly crews: number;
  /** Failure rate of a part that stands by, as a share of one that works: 1 hot, 0 cold. */
  readonly standbyFactor: number;
  /** Share of failures that are detected and switched away from at once. */
  readonly coverage: Probability;
  /** Down after a failure that was not detected at once, until somebody notices. */
  readonly uncoveredHours: Hours;
};

export type RepairableResult = { readonly unavailability: Unavailability; readonly mttfHours: Hours };

function checkRepairable(given: Repairable): Problem | null {
  const { total, required, mtbfHours, mttrHours, crews, standbyFactor, coverage, uncoveredHours } = given;
  const bad = (message: string, next: string): Problem => problem("impossible", message, next);
  if (!Number.isInteger(total) || !Number.isInteger(required) || required < 1)
    return bad("total and required", "give whole numbers, required at least 1");
  if (required > total) return bad(`${required} are required and ${total} exist`, "add parts, or require fewer");
  if (!(mtbfHours > 0) || !(mttrHours > 0)) return bad("times between failures and of repair", "give times above 0");
  if (!Number.isInteger(crews) || crews < 1) return bad(`${crews} crews`, "give at least one");
  if (!(standbyFactor >= 0 && standbyFactor <= 1))
    return bad(`a standby factor of ${standbyFactor}`, "give 0 (cold) to 1 (hot)");
  if (!(coverage >= 0 && coverage <= 1)) return bad(`a coverage of ${coverage}`, "give a share from 0 to 1");
  if (coverage < 1 && !(uncoveredHours > 0))
    return bad("the time until an undetected failure is noticed", "give a time above 0");
  if (total > 500) return bad(`${total} parts`, "at most 500 here; use k of n for more");
  return null;
}

/**
 * Birth and death of parts (state i: i are down), with a second state for each i in which a failure went unnoticed and
 * the whole is down until it is (imperfect coverage: Dugan and Trivedi, IEEE Trans. Computers 38, 1989).
 */
export function repairable(given: Repairable): Result<RepairableResult> {
  const wrong = checkRepairable(given);
  if (wrong) return fail(wrong);
  const { total, required, mtbfHours, mttrHours, crews, standbyFactor, coverage, uncoveredHours } = given;
  const hidden = coverage < 1;
  const size = total + 1 + (hidden ? total : 0);
  const rates = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let down = 0; down < total; down++) {
    const alive = total - down;
    const working = Math.min(alive, required);
    const failing = (working + (alive - working) * standbyFactor) / mtbfHours;
    rates[down]![down + 1] = failing * coverage;
    if (hidden) {
      const unnoticed = total + 1 + down;
      rates[down]![unnoticed] = failing * (1 - coverage);
      rates[unnoticed]![down + 1] = 1 / uncoveredHours;
    }
    rates[down + 1]![down] = Math.min(down + 1, crews) / mttrHours;
  }
  const isDown = (state: number): boolean => state > total || total - state < required;
  const ordered = orderForElimination(rates, total, hidden);
  const share = stationary(ordered.rates);
  let unavailability = 0;
  share.forEach((probability, index) => {
    if (isDown(ordered.states[index]!)) unavailability += probability;
  });
  return ok({ unavailability, mttfHours: meanTimeTo(rates, isDown) });
}

/** A hidden state leads only upwards in i, so it comes before the state that it leads to. */
function orderForElimination(
  rates: readonly (readonly number[])[],
  total: number,
  hidden: boolean,
): { readonly rates: Rates; readonly states: readonly number[] } {
  if (!hidden) return { rates, states: rates.map((_, state) => state) };
  const states = Array.from({ length: total }, (_, down) => [down + 1, total + 1 + down]).flat();
  const order = [0, ...states];
  return { rates: order.map((from) => order.map((to) => rates[from]![to]!)), states: order };
}

/**
 * Mean time to data loss of `total` copies or fragments of which `required` rebuild the data: lost when fewer are left.
 * Replication: required 1. Erasure code k + m: total k + m, required k. Repairs run in parallel unless `crews` says less.
 */
export function meanTimeToDataLoss(given: {
  readonly total: number;
  readonly required: number;
  readonly mtbfHours: Hours;
  readonly mttrHours: Hours;
  readonly crews?: number;
}): Result<Hours> {
  const wrong = checkRepairable({
    ...given,
    crews: given.crews ?? given.total,
    standbyFactor: 1,
    coverage: 1,
    uncoveredHours: 1,
  });
  if (wrong) return fail(wrong);
  const { total, required, mtbfHours, mttrHours, crews = total } = given;
  const lost = total - required + 1;
  const rates = Array.from({ length: lost + 1 }, () => new Array<number>(lost + 1).fill(0));
  for (let down = 0; down < lost; down++) {
    rates[down]![down + 1] = (total - down) / mtbfHours;
    if (down > 0) rates[down]![down - 1] = Math.min(down, crews) / mttrHours;
  }
  return ok(meanTimeTo(rates, (state) => state === lost));
}
