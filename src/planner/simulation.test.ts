// An independent evaluator: a discrete-event simulation of what the plan predicts, which shares no code with planner or
// math. It knows only the declared figures and what is kept where.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Application, Assumptions } from "../domain/index.ts";
import { ASSUMPTIONS, NOTHING_OPEN } from "../domain/index.ts";
import { type Option, plan, search } from "./index.ts";
import { restoreS, restoreStreams, weighData } from "./parts.ts";

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

/**
 * While another site takes over from the serving one, when that is lost (`sites`) or only pauses for too long (`pauses`
 * of whichever serves); it stays there.
 */
function takeovers(sites: readonly (readonly Span[])[], pauses: readonly number[], takes: number): Span[] {
  const down = sites.map(() => false);
  let serving = 0;
  const found: Span[] = pauses.map((at) => [at, at + takes] as const);
  for (const change of changesOf(sites)) {
    down[change.who] = change.down;
    const free = down.indexOf(false);
    if (!down[serving] || free < 0) continue;
    serving = free;
    found.push([change.at, change.at + takes]);
  }
  return found;
}

/** When pauses begin that last longer than `limit`. */
function longPauses(every: number, mean: number, limit: number, horizon: number, next: () => number): number[] {
  const found: number[] = [];
  const exponential = (average: number): number => -Math.log(next()) * average;
  for (let t = exponential(every); t < horizon; t += exponential(every)) if (exponential(mean) > limit) found.push(t);
  return found;
}

/** The losses of a site that come while the witness is lost too: nobody decides until it is back. */
const unwitnessed = (sites: readonly (readonly Span[])[], witness: readonly Span[]): Span[] =>
  sites.flatMap((spans) =>
    spans.flatMap(([at]) => witness.filter(([from, to]) => from <= at && at < to).map(([, to]) => [at, to] as const)),
  );

const both = (a: readonly Span[], b: readonly Span[]): Span[] => [...a, ...b].sort((x, y) => x[0] - y[0]);

/** Overlapping ones become one. */
function merged(spans: readonly Span[]): Span[] {
  const found: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
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
  const horizon = 1_500 * Math.min(f.siteMtbf.value, f.instanceMtbf.value * 20);
  const { design } = option;
  const several = design.sites.length > 1;
  const restart = f.processStart.value + f.modelLoad.value;
  const down = (mtbf: number, mttr: number): Span[] => outages(mtbf, mttr, horizon, next);
  const regions = new Map<string, Span[]>();
  for (const { region } of design.sites) {
    const shared = design.sites.filter((site) => site.region === region).length > 1;
    const share = f.siteMtbf.value / f.regionShare.value;
    regions.set(region, shared ? down(share, f.siteMttr.value) : []);
  }
  const sites = design.sites.map((site) => {
    const own = down(f.siteMtbf.value, f.siteMttr.value);
    return site.zones.length === 1 ? merged(both(own, down(f.zoneMtbf.value, f.zoneMttr.value))) : own;
  });
  const lost = sites.map((spans, index) => merged(both(spans, regions.get(design.sites[index]!.region)!)));
  const { zones } = design.sites[0]!;
  const zoneLosses = zones.length === 1 ? [[]] : zones.map(() => down(f.zoneMtbf.value, restart));
  const { required } = application.service.replicas;
  const instances = Array.from({ length: required + option.spare }, (_, index) =>
    merged(both(down(f.instanceMtbf.value, restart), zoneLosses[index % zones.length]!)),
  );
  const families = application.models.some((model) => model.role === "fallback") ? 2 : 1;
  const limit = Math.min(design.timing.detectionS, design.timing.leaseS);
  const pauses = longPauses(f.pauseEvery.value, f.pauseLength.value, limit, horizon, next);
  const spans = [
    ...fewerThan(1, lost, horizon),
    ...(several ? takeovers(sites, pauses, option.rto.worstS) : []),
    ...(several ? unwitnessed(sites.slice(0, 1), down(f.witnessMtbf.value, f.witnessMttr.value)) : []),
    ...fewerThan(required, instances, horizon),
    ...fewerThan(
      1,
      Array.from({ length: application.service.gateways }, () => down(f.gatewayMtbf.value, f.gatewayRestart.value)),
      horizon,
    ),
    ...fewerThan(
      1,
      Array.from({ length: families }, () => down(f.modelMtbf.value, f.modelMttr.value)),
      horizon,
    ),
    // A canary keeps the share of it that the figures say away from users.
    ...down(f.badRelease.value, f.rollback.value * (design.deployment === "canary" ? f.canaryShare.value : 1)),
    // What takes every site at once comes a share as often as the loss of one site.
    ...(several ? down(f.siteMtbf.value / f.sameAvailabilityShare.value, f.siteMttr.value) : []),
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
  zones: fc.integer({ min: 1, max: 3 }),
  zoneMtbf: fc.integer({ min: 3 * DAY, max: 60 * DAY }),
  oneRegion: fc.boolean(),
  regionShare: fc.double({ min: 0.01, max: 0.3, noNaN: true }),
  gateways: fc.integer({ min: 1, max: 2 }),
  gatewayMtbf: fc.integer({ min: HOUR, max: 30 * DAY }),
  witnessMtbf: fc.integer({ min: DAY, max: 30 * DAY }),
  witnessMttr: fc.integer({ min: 10, max: 6 * HOUR }),
  fallback: fc.boolean(),
  modelMtbf: fc.integer({ min: 2 * DAY, max: 60 * DAY }),
  pauseEvery: fc.integer({ min: HOUR, max: 7 * DAY }),
  pauseLength: fc.double({ min: 0.1, max: 2, noNaN: true }),
});

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

const applicationOf = (given: Problem): Application =>
  ({
    name: "x",
    objectives: { availability: given.availability, rtoMs: 3_600_000, rpoMs: 0, budgetUsdPerMonth: null },
    service: {
      replicas: { required: given.required, max: given.required + given.spare, targetInFlight: 8 },
      gateways: given.gateways,
    },
    models: [
      { name: "m", source: "m", role: "primary", gigabytes: null },
      ...(given.fallback ? [{ name: "n", source: "n", role: "fallback", gigabytes: null }] : []),
    ],
    data: [{ name: "d", driver: "files", path: "data", replication: "barrier", gigabytes: null }],
    sites: Array.from({ length: given.sites }, (_, index) => ({
      name: `s${index}`,
      zones: Array.from({ length: given.zones }, (_zone, zone) => `z${zone}`),
      region: given.oneRegion ? "one" : `r${index}`,
      usdPerMonth: 10,
      usdPerInstanceMonth: given.price,
      usdPerGbMonth: 0,
    })),
    failover: { strategy: "auto", detectionMs: 2_000, leaseMs: 3_000, onPromote: "start" },
    witness: { store: "sqlite" },
    assumptions: {},
    open: { ...NOTHING_OPEN, sites: given.sites > 1 ? "auto" : "all", detection: true, lease: true },
  }) as unknown as Application;

const FIGURES = [
  "siteMtbf",
  "siteMttr",
  "instanceMtbf",
  "modelLoad",
  "badRelease",
  "rollback",
  "zoneMtbf",
  "regionShare",
  "gatewayMtbf",
  "witnessMtbf",
  "witnessMttr",
  "modelMtbf",
  "pauseEvery",
  "pauseLength",
] as const;

function figuresOf(given: Problem): Assumptions {
  const share = { ...ASSUMPTIONS.sameAvailabilityShare, value: given.share };
  const others = FIGURES.map((name) => [name, { ...ASSUMPTIONS[name], value: given[name] }]);
  return { ...ASSUMPTIONS, sameAvailabilityShare: share, ...Object.fromEntries(others) };
}

/** First-order terms of the overlaps between causes. */
const MODEL_ERROR = 0.05;
const DEVIATIONS = 5;
const problems = fc.sample(problem, { numRuns: 60, seed: 20_261_124 });

describe("a discrete-event simulation", () => {
  it("agrees with the predicted availability of every option of 60 random problems", () => {
    problems.forEach((given, index) => {
      const [application, figures] = [applicationOf(given), figuresOf(given)];
      const options = search(application, figures).options;
      const option = options[index % options.length]!;
      const { mean, error } = simulate(option, application, figures, index + 1);
      const away = Math.abs(mean - option.unavailability);
      expect(
        away,
        `problem ${index} ${JSON.stringify(given)}: predicted ${option.unavailability}, simulated ${mean} ± ${error}`,
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

describe("recovery as it would happen", () => {
  /** `streams` copy chunks of the data sets over one link that they share; the last one ends the restore. */
  function restore(sizes: readonly number[], streams: number, stream: number, link: number): number {
    const chunk = 0.01;
    const waiting = sizes.flatMap((size) => Array.from({ length: Math.ceil(size / chunk) }, () => chunk));
    let [now, busy] = [0, [] as number[]];
    while (waiting.length > 0 || busy.length > 0) {
      while (busy.length < streams && waiting.length > 0) busy.push(waiting.pop()!);
      const rate = Math.min(stream, link / busy.length);
      const least = Math.min(...busy);
      now += least / rate;
      busy = busy.map((left) => left - least).filter((left) => left > 1e-12);
    }
    return now;
  }

  it("takes the restore time that is predicted, with as many streams as are predicted", () => {
    const { restoreLink, restoreStream } = ASSUMPTIONS;
    for (const sizes of [[1], [3, 5], [10, 1, 1]]) {
      const all = sizes.reduce((sum, size) => sum + size, 0);
      const took = restore(sizes, restoreStreams(ASSUMPTIONS), restoreStream.value, restoreLink.value);
      expect(Math.abs(took / restoreS(all, ASSUMPTIONS) - 1)).toBeLessThan(0.01);
      const fewer = restore(sizes, restoreStreams(ASSUMPTIONS) - 1, restoreStream.value, restoreLink.value);
      expect(fewer, "fewer streams are slower").toBeGreaterThan(took * 1.2);
    }
  });

  it("loses at most what is predicted, and not much less at worst", () => {
    const next = random(7);
    for (const intervalS of [300, 3_600, 86_400]) {
      const weight = weighData({ kind: "recovery-points", intervalS }, 20, ASSUMPTIONS);
      const takes = (20 * ASSUMPTIONS.dailyChange.value * intervalS) / 86_400 / ASSUMPTIONS.restoreLink.value;
      let worst = 0;
      for (let fault = 0; fault < 20_000; fault++) {
        const at = next() * 1_000 * intervalS + 10 * intervalS;
        const newest = Math.floor((at - takes) / intervalS) * intervalS;
        worst = Math.max(worst, at - newest);
      }
      expect(worst).toBeLessThanOrEqual(weight.rpoS);
      expect(worst).toBeGreaterThan(0.99 * weight.rpoS);
    }
  });
});
