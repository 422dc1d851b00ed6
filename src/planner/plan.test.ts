import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Application, Evidence } from "../domain/index.ts";
import { ASSUMPTIONS, NOTHING_OPEN, STRATEGIES } from "../domain/index.ts";
import { figuresFor, p95Of, plan, search } from "./index.ts";

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
    service: { replicas: { required, max: required + spare, targetInFlight: 8 }, gateways: 2 },
    assumptions: {},
    models: models ? [{ name: "m", source: "m", role: "primary", gigabytes: null }] : [],
    data: [{ name: "d", driver: "files", path: "data", replication: barrier ? "barrier" : "async", gigabytes: null }],
    sites: Array.from({ length: sites }, (_, index) => ({
      name: `s${index}`,
      platform: "local",
      zones: ["a", "b"],
      region: `s${index}`,
      usdPerMonth: 10,
      usdPerInstanceMonth: price,
      usdPerGbMonth: 0,
    })),
    witness: { store: "sqlite" },
    failover: { strategy: "auto", detectionMs: 2_000, leaseMs: 3_000, onPromote: "start" },
    open: NOTHING_OPEN,
  } as unknown as Application;
}

const chosen = (knobs: Partial<Knobs>): string | null => plan(application(knobs)).chosen?.strategy ?? null;

describe("the plan", () => {
  it("adds no spare instance that no objective asks for, also where no price was declared", () => {
    const free = plan(application({ price: 0, spare: 2 }));
    expect(free.chosen?.spare).toBe(0);
    expect(free.front.some((option) => option.design === free.chosen?.design)).toBe(true);
    const needed = plan(application({ price: 0, spare: 2, models: true, required: 30, availability: 0.9999 }));
    expect(needed.chosen?.spare).toBe(1);
  });

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
    expect(relaxations.map((each) => each.changes.map((change) => change.objective))).toEqual([["rtoMs"]]);
    expect(relaxations[0]!.changes[0]!.value).toBeCloseTo(13_000, -1);
  });

  it("names two objectives when loosening one is not enough", () => {
    const { relaxations } = plan(application({ rtoMs: 5_000, budget: 20 }));
    expect(relaxations.map((each) => each.changes.map((change) => change.objective))).toEqual([
      ["rtoMs", "budgetUsdPerMonth"],
    ]);
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

  it("never gets cheaper when the RTO is made stricter", () => {
    fc.assert(
      fc.property(knobs, fc.integer({ min: 0, max: 100_000 }), (given, less) => {
        const loose = plan(application(given)).chosen;
        const strict = plan(application({ ...given, rtoMs: Math.max(1, given.rtoMs - less) })).chosen;
        if (strict) expect(strict.usdPerMonth).toBeGreaterThanOrEqual(loose!.usdPerMonth);
      }),
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
          const option = search(application(given), ASSUMPTIONS).options.find((each) => each.strategy === strategy)!;
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
