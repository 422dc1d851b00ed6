// Known answers: textbooks, papers, and closed forms evaluated another way. Relative error at most 10⁻⁹.
import { describe, expect, it } from "vitest";
import { orThrow, type Result } from "../domain/index.ts";
import {
  afterLosingOne,
  binomialAtLeast,
  clopperPearson,
  downtimeTable,
  erlangB,
  erlangC,
  errorBudget,
  kOfEqual,
  kOfN,
  meanTimeToDataLoss,
  normalAtMost,
  normalQuantile,
  probabilityOfFailureOnDemand,
  queue,
  rateInterval,
  repairable,
  series,
  serversFor,
  shownBy,
  trialsToShow,
  wilson,
  withCommonCause,
} from "./index.ts";

const value = <T>(result: Result<T>): T => orThrow(result);

function near(found: number, reference: number, relative = 1e-9): void {
  const error = Math.abs(found - reference) / Math.abs(reference);
  expect(error, `${found} against ${reference}`).toBeLessThanOrEqual(relative);
}

describe("k of n", () => {
  it("three of four at 0.9 and at 0.97", () => {
    near(1 - value(kOfEqual(3, 4, 0.1)), 0.9477);
    near(1 - value(kOfEqual(3, 4, 0.03)), 0.99481357);
  });
  it("a fan-out over a hundred at 99 % fails 63.4 % of the time", () =>
    near(series(new Array(100).fill(0.01)), 1 - 0.99 ** 100));
  it("a million parts of which all are needed", () =>
    near(value(kOfEqual(1e6, 1e6, 1e-9)), -Math.expm1(1e6 * Math.log1p(-1e-9))));
  it("a million parts with spares, as the Poisson limit says", () => {
    // np = 0.01: P(X ≥ 3) = e^-0.01 · Σ 0.01^k / k!, to within np² = 10⁻¹⁰.
    let poisson = 0;
    for (let k = 3, term = Math.exp(-0.01) * (0.01 ** 3 / 6); k < 12; k++, term *= 0.01 / k) poisson += term;
    near(value(kOfEqual(1e6 - 2, 1e6, 1e-8)), poisson, 1e-5);
  });
  it("unequal and equal parts agree, at a million and at 10⁻¹⁵", () => {
    near(value(kOfN(1e6 - 2, new Array(1e6).fill(1e-8))), value(kOfEqual(1e6 - 2, 1e6, 1e-8)));
    near(value(kOfN(1, [1e-15, 1e-15, 1e-15])), 1e-45);
    near(value(kOfEqual(2, 3, 1e-15)), 3e-30);
  });
  it("every tail of thirty, against whole numbers", () => {
    // p = 1/8: P(X ≥ x) = Σ C(30, k) 7^(30−k) / 8^30, in integers.
    const choose = (n: bigint, k: bigint): bigint => (k === 0n ? 1n : (choose(n - 1n, k - 1n) * n) / k);
    for (let x = 0; x <= 30; x++) {
      let sum = 0n;
      for (let k = BigInt(x); k <= 30n; k++) sum += choose(30n, k) * 7n ** (30n - k);
      near(binomialAtLeast(x, 30, 0.125), Number(sum) / 8 ** 30, 1e-12);
    }
  });
});

describe("common cause", () => {
  it("the low-demand formula of IEC 61508", () =>
    near(probabilityOfFailureOnDemand(1e-5, 8_760, 0.1), (0.9 * 0.0876) ** 2 / 3 + (0.1 * 0.0876) / 2));
  it("a tenth in common makes two copies little better than ten times one", () => {
    near(value(withCommonCause(1, 2, 1e-3, 0.1)), 1 - (1 - 0.81e-6) * (1 - 1e-4));
    near(value(withCommonCause(1, 2, 1e-3, 0)), 1e-6);
    near(value(withCommonCause(1, 2, 1e-3, 1)), 1e-3);
    near(value(withCommonCause(1, 1, 1e-3, 0.5)), 1e-3);
  });
});

describe("Markov models", () => {
  const base = {
    total: 2,
    required: 1,
    mtbfHours: 1_000,
    mttrHours: 10,
    crews: 1,
    standbyFactor: 1,
    coverage: 1,
    uncoveredHours: 1,
  };
  const rho = 0.01;
  it("two hot parts, one crew: 2ρ² / (1 + 2ρ + 2ρ²)", () =>
    near(value(repairable(base)).unavailability, (2 * rho ** 2) / (1 + 2 * rho + 2 * rho ** 2)));
  it("two hot parts, two crews: (ρ / (1 + ρ))²", () =>
    near(value(repairable({ ...base, crews: 2 })).unavailability, (rho / (1 + rho)) ** 2));
  it("cold standby, one crew: ρ² / (1 + ρ + ρ²)", () =>
    near(value(repairable({ ...base, standbyFactor: 0 })).unavailability, rho ** 2 / (1 + rho + rho ** 2)));
  it("mean time to failure of two hot parts: (3λ + μ) / 2λ²", () =>
    near(value(repairable(base)).mttfHours, (3 / 1_000 + 1 / 10) / (2 / 1_000 ** 2)));
  it("one part is MTTR / (MTBF + MTTR)", () =>
    near(value(repairable({ ...base, total: 1 })).unavailability, 10 / 1_010));
  it("a failure that nobody sees decides, however many parts there are", () => {
    const seen = value(repairable({ ...base, total: 4 })).unavailability;
    const unseen = value(repairable({ ...base, total: 4, coverage: 0.99, uncoveredHours: 1 })).unavailability;
    // About once in 100 failures an hour is lost: rate of failures 1/1000 (one works hot of four: 4/1000) · 0.01 · 1 h.
    near(unseen - seen, 4e-5, 0.05);
    expect(seen).toBeLessThan(1e-5);
  });
  it("two copies of data: (3λ + μ₁) / 2λ² with one repair at a time", () =>
    near(
      value(meanTimeToDataLoss({ total: 2, required: 1, mtbfHours: 1e6, mttrHours: 24 })),
      (3e-6 + 1 / 24) / (2 * 1e-12),
    ));
  it("erasure code 4 + 2: (6·5·4 λ³)⁻¹ μ·2μ when repairs are quick (Gibson 1992)", () =>
    near(value(meanTimeToDataLoss({ total: 6, required: 4, mtbfHours: 1e6, mttrHours: 1 })), 2 / (120 * 1e-18), 2e-5));
  it("keeps its digits where differences would lose them", () =>
    near(
      value(repairable({ ...base, mtbfHours: 1e9, mttrHours: 1, crews: 2 })).unavailability,
      1e-18 / (1 + 1e-9) ** 2,
    ));
});

describe("queues", () => {
  it("Erlang B and C of small systems", () => {
    near(erlangB(1, 1), 0.5);
    near(erlangB(5, 3), 3 ** 5 / 120 / (1 + 3 + 4.5 + 4.5 + 3.375 + 2.025));
    near(erlangC(2, 1), 1 / 3);
    near(erlangC(1, 0.7), 0.7);
  });
  it("M/M/1 waits ρ / (1 − ρ) service times", () =>
    near(value(queue({ perSecond: 8, serviceSeconds: 0.1, servers: 1 }, 1)).meanWaitSeconds, 0.4));
  it("two hundred servers do not overflow", () => expect(erlangC(10_000, 9_900)).toBeGreaterThan(0.1));
  it("finds the fewest servers, and what losing a site leaves", () => {
    const load = { perSecond: 100, serviceSeconds: 0.05 };
    const needed = value(serversFor(load, { limitSeconds: 0, lateShare: 0.1 }));
    expect(erlangC(needed, 5)).toBeLessThanOrEqual(0.1);
    expect(erlangC(needed - 1, 5)).toBeGreaterThan(0.1);
    const lost = value(afterLosingOne(load, [4, 4, 4], { limitSeconds: 0.05, lateShare: 0.2 }));
    expect(lost.reduced).toMatchObject({ left: 8, holds: true });
    expect(value(afterLosingOne(load, [4, 4], { limitSeconds: 0.05, lateShare: 0.2 })).reduced.holds).toBe(false);
    expect(afterLosingOne(load, [8], { limitSeconds: 0.05, lateShare: 0.2 }).ok).toBe(false);
  });
});

describe("confidence", () => {
  it("normal distribution, both ways (Abramowitz and Stegun, table 26.1)", () => {
    near(normalQuantile(0.975), 1.959963984540054, 1e-14);
    near(normalQuantile(1e-10), -6.361340902404056, 1e-13);
    near(normalAtMost(-6.361340902404056), 1e-10);
    near(normalAtMost(1), 0.8413447460685429, 1e-14);
    near(normalAtMost(-3.2), 0.0006871379379158604, 1e-12);
  });
  it("Wilson: 0 and 5 of 10", () => {
    near(value(wilson(5, 10, 0.95)).low, 0.2365930905, 1e-9);
    near(value(wilson(0, 10, 0.95)).high, 1.959963984540054 ** 2 / (10 + 1.959963984540054 ** 2));
  });
  it("Clopper and Pearson: 0, 5 and 10 of 10", () => {
    near(value(clopperPearson(0, 10, 0.95)).high, 1 - 0.025 ** 0.1);
    near(value(clopperPearson(5, 10, 0.95)).low, 0.18708602844739855);
    near(value(clopperPearson(5, 10, 0.95)).high, 0.8129139715526015);
    near(value(clopperPearson(10, 10, 0.95)).low, 0.025 ** 0.1);
  });
  it("Garwood: 0 and 5 events", () => {
    near(value(rateInterval(0, 1, 0.95)).high, -Math.log(0.025));
    near(value(rateInterval(5, 1, 0.95)).low, 1.623486390118409);
    near(value(rateInterval(5, 2, 0.95)).high, 11.66833207932267 / 2);
  });
  it("success runs: 29, 59 and 299 trials", () => {
    expect([0.9, 0.95, 0.99].map((share) => value(trialsToShow(share, 0.95)))).toEqual([29, 59, 299]);
    near(value(shownBy(299, 0.95)), 0.05 ** (1 / 299));
    expect(value(shownBy(299, 0.95))).toBeGreaterThanOrEqual(0.99);
    expect(value(shownBy(298, 0.95))).toBeLessThan(0.99);
  });
});

describe("objectives", () => {
  it("three, four and five nines of a year", () => {
    near(value(downtimeTable(0.999)).year, 31_557.6, 1e-9);
    near(value(downtimeTable(0.9999)).month, 262.98, 1e-9);
  });
  it("an error budget that is used twice as fast as allowed", () =>
    expect(value(errorBudget(0.999, 500_000, 1_000, 0.5))).toMatchObject({
      allowed: expect.closeTo(1_000),
      usedShare: expect.closeTo(1),
      burnRate: expect.closeTo(2),
    }));
});

describe("what cannot be is refused with a reason and a next action", () => {
  it.each<[string, Result<unknown>]>([
    ["more required than there are", kOfEqual(3, 2, 0.1)],
    ["half a part", kOfEqual(1.5, 2, 0.1)],
    ["an unavailability above one", kOfN(1, [1.2])],
    ["a negative one", kOfN(1, [-0.1])],
    ["NaN", kOfN(1, [Number.NaN])],
    ["β above one", withCommonCause(1, 2, 0.1, 2)],
    [
      "no crew",
      repairable({
        total: 2,
        required: 1,
        mtbfHours: 1,
        mttrHours: 1,
        crews: 0,
        standbyFactor: 1,
        coverage: 1,
        uncoveredHours: 1,
      }),
    ],
    ["more successes than trials", wilson(3, 2, 0.95)],
    ["a confidence of one", clopperPearson(1, 2, 1)],
    ["a certainty from trials", trialsToShow(1, 0.95)],
    ["an availability above one", downtimeTable(1.1)],
    ["a budget of a perfect objective", errorBudget(1, 10, 0, 1)],
    ["a queue without servers", queue({ perSecond: 1, serviceSeconds: 1, servers: 0 }, 1)],
  ])("%s", (_what, result) => {
    expect(result.ok).toBe(false);
    if (!result.ok) expect((result.error as { next?: string }).next).toBeTruthy();
  });
});
