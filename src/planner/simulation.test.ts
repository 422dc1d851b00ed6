// An independent evaluator: a discrete-event simulation of what the plan predicts, which shares no code with planner or
// math. It knows only the declared figures and what is kept where.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Application, Assumptions } from "../domain/index.ts";
import { ASSUMPTIONS } from "../domain/index.ts";
import { everyOption, type Option, plan } from "./index.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** [from, to[ in seconds. */
type Span = readonly [number, number];

/** A generator whose sequence its seed fixes: Marsaglia's xorshift, 32 bits. */
function random(seed: number): () => number {
  let x = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return ((x >>> 0) + 0.5) / 2 ** 32;
  };
}

/** When something is down: up for exponential times, then down for exponential times. */
function outages(meanUp: number, meanDown: number, horizon: number, next: () => number): Span[] {
  const found: Span[] = [];
  for (let t = -Math.log(next()) * meanUp; t < horizon; ) {
    const to = t - Math.log(next()) * meanDown;
    found.push([t, Math.min(to, horizon)]);
    t = to - Math.log(next()) * meanUp;
  }
  return found;
}

type Change = { readonly at: number; readonly who: number; readonly down: boolean };

const changesOf = (spans: readonly (readonly Span[])[]): Change[] =>
  spans
    .flatMap((each, who) =>
      each.flatMap(([from, to]) => [
        { at: from, who, down: true },
        { at: to, who, down: false },
      ]),
    )
    .sort((a, b) => a.at - b.at);

/** Spans in which fewer than `needed` of them are up. */
function fewerThan(needed: number, spans: readonly (readonly Span[])[], horizon: number): Span[] {
  let up = spans.length;
  let since: number | null = up < needed ? 0 : null;
  const found: Span[] = [];
  for (const change of changesOf(spans)) {
    up += change.down ? -1 : 1;
    if (up < needed) since ??= change.at;
    else if (since !== null) {
      found.push([since, change.at]);
      since = null;
    }
  }
  if (since !== null) found.push([since, horizon]);
  return found;
}

/** While the serving site is lost and another takes over; it stays there. */
function takeovers(sites: readonly (readonly Span[])[], takes: number): Span[] {
  const down = sites.map(() => false);
  let serving = 0;
  const found: Span[] = [];
  for (const change of changesOf(sites)) {
    down[change.who] = change.down;
    const free = down.indexOf(false);
    if (!down[serving] || free < 0) continue;
    serving = free;
    found.push([change.at, change.at + takes]);
  }
  return found;
}

/** Length of the union, in [from, to[. */
function covered(spans: readonly Span[], from: number, to: number): number {
  let sum = 0;
  let end = from;
  for (const [a, b] of [...spans].sort((x, y) => x[0] - y[0])) {
    const [start, stop] = [Math.max(a, end), Math.min(b, to)];
    if (stop > start) sum += stop - start;
    end = Math.max(end, Math.min(b, to));
  }
  return sum;
}

const BATCHES = 25;

/** Unavailability with its standard error, over batches of time. */
function simulate(
  option: Option,
  application: Application,
  f: Assumptions,
  seed: number,
): { mean: number; error: number } {
  const next = random(seed);
  const horizon = 4_000 * Math.min(f.siteMtbf.value, f.instanceMtbf.value * 20);
  const several = application.sites.length > 1;
  const sites = application.sites.map(() => outages(f.siteMtbf.value, f.siteMttr.value, horizon, next));
  const instances = Array.from({ length: application.service.replicas.required + option.spare }, () =>
    outages(f.instanceMtbf.value, f.processStart.value + f.modelLoad.value, horizon, next),
  );
  const spans = [
    ...fewerThan(1, sites, horizon),
    ...(several ? takeovers(sites, option.rto.worstS) : []),
    ...fewerThan(application.service.replicas.required, instances, horizon),
    ...outages(f.badRelease.value, f.rollback.value, horizon, next),
    // What takes every site at once comes a share as often as the loss of one site.
    ...(several ? outages(f.siteMtbf.value / f.sameAvailabilityShare.value, f.siteMttr.value, horizon, next) : []),
  ];
  const length = horizon / BATCHES;
  const batches = Array.from(
    { length: BATCHES },
    (_, batch) => covered(spans, batch * length, (batch + 1) * length) / length,
  );
  const mean = batches.reduce((sum, each) => sum + each, 0) / BATCHES;
  const variance = batches.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (BATCHES - 1);
  return { mean, error: Math.sqrt(variance / BATCHES) };
}

const problem = fc.record({
  sites: fc.integer({ min: 1, max: 4 }),
  required: fc.integer({ min: 1, max: 4 }),
  spare: fc.nat(2),
  siteMtbf: fc.integer({ min: 2 * DAY, max: 30 * DAY }),
  siteMttr: fc.integer({ min: HOUR, max: 6 * HOUR }),
  share: fc.double({ min: 0.01, max: 0.2, noNaN: true }),
  instanceMtbf: fc.integer({ min: 4 * HOUR, max: 5 * DAY }),
  modelLoad: fc.integer({ min: 1, max: 120 }),
  badRelease: fc.integer({ min: 2 * DAY, max: 60 * DAY }),
  rollback: fc.integer({ min: 30, max: HOUR }),
  availability: fc.constantFrom(0.9, 0.99, 0.995, 0.999),
  price: fc.integer({ min: 1, max: 40 }),
});

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

const applicationOf = (given: Problem): Application =>
  ({
    name: "x",
    objectives: { availability: given.availability, rtoMs: 3_600_000, rpoMs: 0, budgetUsdPerMonth: null },
    service: { replicas: { required: given.required, max: given.required + given.spare, targetInFlight: 8 } },
    models: [{ name: "m", source: "m", role: "primary" }],
    data: [{ name: "d", driver: "files", path: "data", replication: "barrier" }],
    sites: Array.from({ length: given.sites }, (_, index) => ({
      name: `s${index}`,
      usdPerMonth: 10,
      usdPerInstanceMonth: given.price,
      usdPerGbMonth: 0,
    })),
    failover: { strategy: "auto", detectionMs: 2_000, leaseMs: 3_000, onPromote: "start" },
    assumptions: {},
  }) as unknown as Application;

const figuresOf = (given: Problem): Assumptions => ({
  ...ASSUMPTIONS,
  siteMtbf: { ...ASSUMPTIONS.siteMtbf, value: given.siteMtbf },
  siteMttr: { ...ASSUMPTIONS.siteMttr, value: given.siteMttr },
  sameAvailabilityShare: { ...ASSUMPTIONS.sameAvailabilityShare, value: given.share },
  instanceMtbf: { ...ASSUMPTIONS.instanceMtbf, value: given.instanceMtbf },
  modelLoad: { ...ASSUMPTIONS.modelLoad, value: given.modelLoad },
  badRelease: { ...ASSUMPTIONS.badRelease, value: given.badRelease },
  rollback: { ...ASSUMPTIONS.rollback, value: given.rollback },
});

/** First-order terms of the overlaps between causes. */
const MODEL_ERROR = 0.05;
const DEVIATIONS = 5;
const problems = fc.sample(problem, { numRuns: 60, seed: 20_261_124 });

describe("a discrete-event simulation", () => {
  it("agrees with the predicted availability of every option of 60 random problems", () => {
    problems.forEach((given, index) => {
      const [application, figures] = [applicationOf(given), figuresOf(given)];
      const options = everyOption(application, figures);
      const option = options[index % options.length]!;
      const { mean, error } = simulate(option, application, figures, index + 1);
      const away = Math.abs(mean - option.unavailability);
      expect(
        away,
        `problem ${index}: predicted ${option.unavailability}, simulated ${mean} ± ${error}`,
      ).toBeLessThanOrEqual(DEVIATIONS * error + MODEL_ERROR * option.unavailability);
    });
  });

  it("confirms every plan that is shown as meeting its availability", () => {
    let confirmed = 0;
    problems.forEach((given, index) => {
      const [application, figures] = [applicationOf(given), figuresOf(given)];
      const { chosen } = plan(application, figures);
      if (!chosen) return;
      const { mean, error } = simulate(chosen, application, figures, 1_000 + index);
      expect(mean, `problem ${index}`).toBeLessThanOrEqual(
        (1 - given.availability) * (1 + MODEL_ERROR) + DEVIATIONS * error,
      );
      confirmed += 1;
    });
    expect(confirmed).toBeGreaterThan(20);
  });
});
