import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Application } from "../domain/index.ts";
import { STRATEGIES } from "../domain/index.ts";
import { ASSUMPTIONS, evaluate, missesOf, plan } from "./index.ts";

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
};

function application(knobs: Partial<Knobs>): Application {
  const { rtoMs, rpoMs, availability, budget, sites, required, price, barrier, models } = { ...USUAL, ...knobs };
  return {
    name: "x",
    objectives: { availability, rtoMs, rpoMs, budgetUsdPerMonth: budget },
    service: { replicas: { required, max: required, targetInFlight: 8 } },
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
  });

  it("is never dearer than another strategy that meets everything (brute force)", () => {
    fc.assert(
      fc.property(knobs, (given) => {
        const subject = application(given);
        const meeting = STRATEGIES.map((strategy) => evaluate(strategy, subject, ASSUMPTIONS)).filter(
          (option) => option.notExecutable === null && missesOf(option, subject.objectives).length === 0,
        );
        const { chosen: found } = plan(subject);
        expect(found?.usdPerMonth ?? null).toBe(
          meeting.length === 0 ? null : Math.min(...meeting.map((option) => option.usdPerMonth)),
        );
      }),
      { numRuns: 1_000 },
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
});
