import { fail, invariant, ok, problem, type Result } from "../domain/index.ts";
import type { Probability, Seconds } from "./units.ts";

/** How long one phase takes, seconds. `samples`: measured values, each equally likely. */
export type Duration =
  | { readonly kind: "fixed"; readonly s: Seconds }
  | { readonly kind: "uniform"; readonly fromS: Seconds; readonly toS: Seconds }
  | { readonly kind: "triangular"; readonly fromS: Seconds; readonly likelyS: Seconds; readonly toS: Seconds }
  | { readonly kind: "exponential"; readonly meanS: Seconds }
  | { readonly kind: "log-normal"; readonly medianS: Seconds; readonly sigma: number }
  | { readonly kind: "samples"; readonly s: readonly Seconds[] };

/** P(duration ≤ t). */
export function durationWithin(duration: Duration, t: Seconds): Probability {
  switch (duration.kind) {
    case "fixed":
      return t >= duration.s ? 1 : 0;
    case "uniform":
      if (duration.toS === duration.fromS) return t >= duration.fromS ? 1 : 0;
      return clamp((t - duration.fromS) / (duration.toS - duration.fromS));
    case "triangular":
      return triangular(duration, t);
    case "exponential":
      return t <= 0 ? 0 : -Math.expm1(-t / duration.meanS);
    case "log-normal":
      return t <= 0 ? 0 : normalAtMost(Math.log(t / duration.medianS) / duration.sigma);
    case "samples":
      return duration.s.filter((each) => each <= t).length / duration.s.length;
  }
}

const clamp = (x: number): number => Math.min(1, Math.max(0, x));

function triangular({ fromS: a, likelyS: c, toS: b }: Extract<Duration, { kind: "triangular" }>, t: number): number {
  if (t <= a) return t < a || b > a ? 0 : 1;
  if (t >= b) return 1;
  return t <= c ? (t - a) ** 2 / ((b - a) * (c - a)) : 1 - (b - t) ** 2 / ((b - a) * (b - c));
}

/** Φ(x), by the complementary error function's continued fraction and series (Abramowitz and Stegun 7.1.5, 7.1.14). */
export function normalAtMost(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const tail = z < 2.5 ? 1 - erfSeries(z) : erfcFraction(z);
  return x < 0 ? tail / 2 : 1 - tail / 2;
}

function erfSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (-z * z) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function erfcFraction(z: number): number {
  let f = 0;
  for (let n = 60; n >= 1; n--) f = n / 2 / (z + f);
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + f);
}

/** Mean, seconds. */
export function meanOf(duration: Duration): Seconds {
  switch (duration.kind) {
    case "fixed":
      return duration.s;
    case "uniform":
      return (duration.fromS + duration.toS) / 2;
    case "triangular":
      return (duration.fromS + duration.likelyS + duration.toS) / 3;
    case "exponential":
      return duration.meanS;
    case "log-normal":
      return duration.medianS * Math.exp(duration.sigma ** 2 / 2);
    case "samples":
      return duration.s.reduce((sum, each) => sum + each, 0) / duration.s.length;
  }
}

/** A sum on a grid: `at[i]` is the probability that it lies in cell i; `far`: above the grid. */
export type Grid = { readonly stepS: Seconds; readonly at: Float64Array; readonly far: number };

export type SumOfPhases = {
  /** P(sum ≤ t): proved bounds, because each phase is rounded up once and down once. */
  within(t: Seconds): { readonly low: Probability; readonly high: Probability };
  /** Smallest t with P(sum ≤ t) ≥ p, rounded up to the grid; infinite when it is beyond. */
  quantile(p: Probability): Seconds;
};

/** Cells of the grid, unless the caller wants it coarser and faster; the work grows with their square. */
const CELLS = 2_000;
const PHASES_LIMIT = 100;

/** Distribution of the sum of independent phases, by convolution on a grid up to `horizonS`. */
export function sumOfPhases(
  phases: readonly Duration[],
  horizonS: Seconds,
  cellCount: number = CELLS,
): Result<SumOfPhases> {
  if (!(horizonS > 0)) return fail(problem("impossible", `a horizon of ${horizonS} s`, "give a time above 0"));
  if (phases.length > PHASES_LIMIT)
    return fail(problem("impossible", `${phases.length} phases`, `at most ${PHASES_LIMIT}`));
  const wrong = phases.map(problemOf).find((each) => each !== null);
  if (wrong) return fail(problem("impossible", wrong, "give times from 0 in rising order"));
  const stepS = horizonS / cellCount;
  const start = new Float64Array(cellCount + 1);
  start[0] = 1;
  let up: Grid = { stepS, at: start, far: 0 };
  let down: Grid = { stepS, at: Float64Array.from(start), far: 0 };
  for (const phase of phases) {
    up = convolve(up, cells(phase, stepS, cellCount, 1));
    down = convolve(down, cells(phase, stepS, cellCount, 0));
  }
  const late = cumulative(up);
  const early = cumulative(down);
  const index = (t: number): number => Math.min(cellCount, Math.floor(t / stepS + 1e-9));
  return ok({
    within: (t) => (t < 0 ? { low: 0, high: 0 } : { low: late[index(t)]!, high: early[index(t)]! }),
    quantile: (p) => {
      const found = late.findIndex((each) => each >= p - 1e-12);
      return found < 0 ? Number.POSITIVE_INFINITY : found * stepS;
    },
  });
}

function problemOf(duration: Duration): string | null {
  const values = Object.entries(duration).flatMap(([name, value]) =>
    name === "kind" ? [] : (value as number | number[]),
  );
  if (values.length === 0) return "a phase without samples";
  if (values.some((value) => !(value >= 0) || !Number.isFinite(value)))
    return `a phase with the times ${values.join(", ")}`;
  if (duration.kind === "uniform" && duration.fromS > duration.toS) return "a phase whose end is before its beginning";
  if (duration.kind === "triangular" && !(duration.fromS <= duration.likelyS && duration.likelyS <= duration.toS))
    return "a phase whose likely time is outside its limits";
  if (duration.kind === "log-normal" && !(duration.sigma > 0 && duration.medianS > 0))
    return "a log-normal phase without spread";
  return null;
}

/** `shift` 1: every value in a cell counts as its upper end; 0: as its lower end. */
function cells(duration: Duration, stepS: Seconds, count: number, shift: 0 | 1): Grid {
  const at = new Float64Array(count + 1);
  let before = durationWithin(duration, 0);
  at[0] = before;
  for (let cell = 1; cell <= count; cell++) {
    const upTo = durationWithin(duration, cell * stepS);
    at[shift === 1 ? cell : cell - 1]! += upTo - before;
    before = upTo;
  }
  const beyond = 1 - before;
  // Rounded down, what is beyond the grid may still be at its last cell.
  if (shift === 0) at[count]! += beyond;
  return { stepS, at, far: shift === 1 ? beyond : 0 };
}

function convolve(a: Grid, b: Grid): Grid {
  invariant(a.at.length === b.at.length, "grids of one size");
  const at = new Float64Array(a.at.length);
  for (let i = 0; i < a.at.length; i++) {
    const share = a.at[i]!;
    if (share === 0) continue;
    for (let j = 0; i + j < at.length; j++) at[i + j]! += share * b.at[j]!;
  }
  const kept = at.reduce((sum, each) => sum + each, 0);
  return { stepS: a.stepS, at, far: Math.max(0, 1 - kept) };
}

function cumulative(grid: Grid): readonly number[] {
  let sum = 0;
  return Array.from(grid.at, (each) => {
    sum += each;
    return Math.min(1, sum);
  });
}
