import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Application, Evidence } from "../domain/index.ts";
import { ASSUMPTIONS, STRATEGIES } from "../domain/index.ts";
import { evaluate, everyOption, figuresFor, missesOf, type Option, p95Of, plan } from "./index.ts";

type Knobs = {
  rtoMs: number;
  rpoMs: number;
  availability: number;
  budget: number | null;
  sites: number;
  required: number;
  price: number;
  barrier: boolean;
  models: boolean;
  /** Instances that the file allows beyond the required ones. */
  spare: number;
};

const USUAL: Knobs = {
  rtoMs: 60_000,
  rpoMs: 0,
  availability: 0.999,
  budget: null,
  sites: 2,
  required: 2,
  price: 15,
  barrier: true,
  models: false,
  spare: 0,
};

function application(knobs: Partial<Knobs>): Application {
  const { rtoMs, rpoMs, availability, budget, sites, required, price, barrier, models, spare } = { ...USUAL, ...knobs };
  return {
    name: "x",
    objectives: { availability, rtoMs, rpoMs, budgetUsdPerMonth: budget },
    service: { replicas: { required, max: required + spare, targetInFlight: 8 } },
    assumptions: {},
    models: models ? [{ name: "m", source: "m", role: "primary" }] : [],
    data: [{ name: "d", driver: "files", path: "data", replication: barrier ? "barrier" : "async" }],
    sites: Array.from({ length: sites }, (_, index) => ({
      name: `s${index}`,
      platform: "local",
      zones: ["a"],
      usdPerMonth: 10,
      usdPerInstanceMonth: price,
      usdPerGbMonth: 0,
    })),
    failover: { strategy: "auto", detectionMs: 2_000, leaseMs: 3_000, onPromote: "start" },
  } as unknown as Application;
}

const chosen = (knobs: Partial<Knobs>): string | null => plan(application(knobs)).chosen?.strategy ?? null;

describe("the plan", () => {
  it.each<[Partial<Knobs>, string | null]>([
    [{}, "pilot-light"],
    [{ rtoMs: 13_000 }, "warm-standby"],
    [{ rtoMs: 14_000 }, "pilot-light"],
    [{ rtoMs: 13_000, models: true }, "warm-standby"],
    [{ rtoMs: 20_000, models: true }, "warm-standby"],
    [{ rtoMs: 30_000, models: true }, "pilot-light"],
    [{ rtoMs: 5_000 }, null],
    [{ rpoMs: 0, barrier: false }, null],
    [{ rpoMs: 2_000, barrier: false }, "pilot-light"],
    [{ budget: 30 }, null],
    [{ budget: 50 }, "pilot-light"],
    [{ sites: 1 }, null],
    [{ availability: 0.9999999 }, null],
    [{ sites: 3, rtoMs: 13_000 }, "warm-standby"],
  ])("for %o it chooses %s", (knobs, expected) => expect(chosen(knobs)).toBe(expected));

  it("names the nearest relaxation when nothing meets the objectives", () => {
    const { relaxations } = plan(application({ rtoMs: 5_000 }));
    expect(relaxations.map((each) => each.objective)).toEqual(["rtoMs"]);
    expect(relaxations[0]!.value).toBeCloseTo(13_000, -1);
  });

  const knobs = fc.record({
    rtoMs: fc.integer({ min: 1_000, max: 4_000_000 }),
    rpoMs: fc.constantFrom(0, 500, 2_000, 4_000_000),
    availability: fc.constantFrom(0.9, 0.999, 0.99995, 0.9999999),
    budget: fc.option(fc.integer({ min: 0, max: 200 })),
    sites: fc.integer({ min: 1, max: 4 }),
    required: fc.integer({ min: 1, max: 5 }),
    price: fc.integer({ min: 0, max: 30 }),
    barrier: fc.boolean(),
    models: fc.boolean(),
    spare: fc.nat(3),
  });

  it("is never dearer than another strategy that meets everything (brute force)", () => {
    fc.assert(
      fc.property(knobs, (given) => {
        const subject = application(given);
        const meeting: Option[] = [];
        for (const strategy of STRATEGIES)
          for (let spare = 0; spare <= given.spare; spare++) {
            const option = evaluate(strategy, subject, ASSUMPTIONS, spare);
            if (option.notExecutable === null && missesOf(option, subject.objectives).length === 0)
              meeting.push(option);
          }
        const { chosen: found } = plan(subject);
        expect(found?.usdPerMonth ?? null).toBe(
          meeting.length === 0 ? null : Math.min(...meeting.map((option) => option.usdPerMonth)),
        );
      }),
      { numRuns: 10_000 },
    );
  });

  it("never gets cheaper when the RTO is made stricter", () => {
    fc.assert(
      fc.property(knobs, fc.integer({ min: 0, max: 100_000 }), (given, less) => {
        const loose = plan(application(given)).chosen;
        const strict = plan(application({ ...given, rtoMs: Math.max(1, given.rtoMs - less) })).chosen;
        if (strict) expect(strict.usdPerMonth).toBeGreaterThanOrEqual(loose!.usdPerMonth);
      }),
    );
  });

  it("shows as its Pareto front exactly what nothing else beats (brute force)", () => {
    fc.assert(
      fc.property(knobs, (given) => {
        const subject = application(given);
        const all = everyOption(subject, ASSUMPTIONS).filter((option) => option.notExecutable === null);
        const scores = (option: Option): number[] => [
          option.usdPerMonth,
          option.unavailability,
          option.rto.worstS,
          option.rpoS,
        ];
        const beats = (a: Option, b: Option): boolean =>
          scores(a).every((score, index) => score <= scores(b)[index]!) &&
          scores(a).some((score, index) => score < scores(b)[index]!);
        const key = (option: Option): string => scores(option).join("|");
        const expected = new Set(all.filter((option) => !all.some((other) => beats(other, option))).map(key));
        expect(new Set(plan(subject).front.map(key))).toEqual(expected);
        expect(plan(subject).front.length, "equal ones are shown once").toBe(expected.size);
      }),
      { numRuns: 300 },
    );
  });

  it("says what more would cost, never less than nothing for what the choice does not give", () => {
    fc.assert(
      fc.property(knobs, (given) => {
        const subject = application({ ...given, budget: null });
        const found = plan(subject);
        for (const { usdPerMonth } of found.shadowPrices)
          if (usdPerMonth !== null && subject.failover.strategy === "auto")
            expect(Number.isFinite(usdPerMonth)).toBe(true);
        const half = found.shadowPrices.find((price) => price.what === "half the RTO");
        if (half?.usdPerMonth != null) expect(half.usdPerMonth).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });

  it("adds a spare instance only when the availability asks for it", () => {
    const figures = { ...ASSUMPTIONS, instanceMtbf: { ...ASSUMPTIONS.instanceMtbf, value: 3_600 } };
    const spareFor = (availability: number): number | undefined =>
      plan(application({ spare: 3, availability, models: true }), figures).chosen?.spare;
    expect([spareFor(0.99), spareFor(0.999)]).toEqual([0, 1]);
  });

  it("has 95 of 100 recoveries between the usual and the worst", () => {
    fc.assert(
      fc.property(knobs, (given) => {
        for (const strategy of STRATEGIES) {
          const option = evaluate(strategy, application(given), ASSUMPTIONS);
          expect(p95Of(option)).toBeGreaterThanOrEqual(option.rto.typicalS);
          expect(p95Of(option)).toBeLessThanOrEqual(option.rto.worstS);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("the figures that a plan rests on", () => {
  const drilled = (at: string, detect: number, kind = "kill-site"): Evidence =>
    ({
      at,
      fault: { kind },
      measured: {
        rtoMs: 500,
        phases: { detect, decide: 10, fence: 50, restore: 20, loadModel: 0, moveTraffic: 60, firstCorrectAnswer: 30 },
      },
    }) as unknown as Evidence;

  it("say of each whether it is assumed, catalogued, measured or declared", () => {
    const drills = [
      drilled("2026-01-01T00:00:00Z", 100),
      drilled("2026-03-01T00:00:00Z", 300),
      drilled("2026-02-01T00:00:00Z", 200),
      drilled("2026-09-01T00:00:00Z", 9_000, "kill-agent"),
    ];
    const figures = figuresFor({ siteMtbf: 1_000, confirmedFence: 0.5 }, drills);
    expect(figures.powerDetection).toMatchObject({ value: 0.2, kind: "measured" });
    expect(figures.powerDetection.source).toBe("median of 3 drills of this application, the last on 2026-03-01");
    expect(figures.siteMtbf).toMatchObject({ value: 1_000, kind: "declared" });
    expect(figures.confirmedFence).toMatchObject({ value: 0.5, kind: "declared" });
    expect(figures.modelLoad.kind).toBe("assumed");
    expect(figuresFor({}).powerDetection.kind).toBe("catalogued");
  });

  it("change the plan when they are declared", () => {
    const subject = application({ models: true, rtoMs: 13_500 });
    expect(plan(subject).chosen?.strategy).toBe("warm-standby");
    expect(plan({ ...subject, assumptions: { modelLoad: 0.1, processStart: 0.1 } }).chosen?.strategy).toBe(
      "pilot-light",
    );
  });
});
