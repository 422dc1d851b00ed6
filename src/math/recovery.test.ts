import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orThrow } from "../domain/index.ts";
import {
  type Duration,
  durationWithin,
  lossOfInterval,
  lossOfStreaming,
  meanOf,
  normalAtMost,
  sumOfPhases,
} from "./index.ts";

const uniform = (fromS: number, toS: number): Duration => ({ kind: "uniform", fromS, toS });

describe("the time of a recovery", () => {
  it("of two uniform phases is triangular", () => {
    const sum = orThrow(sumOfPhases([uniform(0, 1), uniform(0, 1)], 2));
    for (const [t, p] of [
      [0.5, 0.125],
      [1, 0.5],
      [1.5, 0.875],
    ] as const) {
      const { low, high } = sum.within(t);
      expect(low).toBeLessThanOrEqual(p);
      expect(high).toBeGreaterThanOrEqual(p);
      expect(high - low).toBeLessThan(0.004);
    }
    expect(sum.quantile(0.5)).toBeCloseTo(1, 2);
  });

  it("of exponential phases is Erlang's distribution", () => {
    const sum = orThrow(
      sumOfPhases(
        [1, 1, 1].map((meanS) => ({ kind: "exponential", meanS })),
        20,
      ),
    );
    const erlang = 1 - Math.exp(-4) * (1 + 4 + 8);
    const { low, high } = sum.within(4);
    expect([low <= erlang, erlang <= high]).toEqual([true, true]);
    expect(high - low).toBeLessThan(0.01);
  });

  it("of fixed phases is their sum, and beyond the horizon it is infinite", () => {
    const sum = orThrow(
      sumOfPhases(
        [
          { kind: "fixed", s: 2 },
          { kind: "fixed", s: 3 },
        ],
        10,
      ),
    );
    expect(sum.quantile(0.95)).toBeCloseTo(5, 2);
    expect(sum.within(4.9).high).toBe(0);
    expect(orThrow(sumOfPhases([{ kind: "fixed", s: 20 }], 10)).quantile(0.5)).toBe(Number.POSITIVE_INFINITY);
  });

  const duration: fc.Arbitrary<Duration> = fc.oneof(
    fc.record({ kind: fc.constant("fixed" as const), s: fc.double({ min: 0, max: 5, noNaN: true }) }),
    fc
      .tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true }))
      .map(([a, b]) => uniform(a, a + b)),
    fc.record({ kind: fc.constant("exponential" as const), meanS: fc.double({ min: 0.01, max: 2, noNaN: true }) }),
    fc.record({
      kind: fc.constant("log-normal" as const),
      medianS: fc.double({ min: 0.1, max: 2, noNaN: true }),
      sigma: fc.double({ min: 0.1, max: 1, noNaN: true }),
    }),
    fc.record({
      kind: fc.constant("samples" as const),
      s: fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 1, maxLength: 9 }),
    }),
  );

  it("has bounds in order that rise with time", () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 5 }), (phases) => {
        const sum = orThrow(sumOfPhases(phases, 40));
        let before = { low: 0, high: 0 };
        for (let t = 0; t < 40; t += 1.7) {
          const now = sum.within(t);
          expect(now.low).toBeLessThanOrEqual(now.high + 1e-9);
          expect(now.low).toBeGreaterThanOrEqual(before.low - 1e-12);
          before = now;
        }
      }),
      { numRuns: 30 },
    );
  });

  it("every distribution has the mean that its formula says, and reaches one", () => {
    fc.assert(
      fc.property(duration, (phase) => {
        // E[X] = ∫ (1 − F) dt, by the midpoint rule.
        let mean = 0;
        for (let t = 0.005; t < 200; t += 0.01) mean += (1 - durationWithin(phase, t)) * 0.01;
        expect(Math.abs(mean - meanOf(phase))).toBeLessThan(0.02 + 0.01 * meanOf(phase));
        expect(durationWithin(phase, 1e9)).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses what cannot be", () => {
    expect(sumOfPhases([uniform(3, 1)], 10).ok).toBe(false);
    expect(sumOfPhases([{ kind: "fixed", s: -1 }], 10).ok).toBe(false);
    expect(sumOfPhases([{ kind: "samples", s: [] }], 10).ok).toBe(false);
    expect(sumOfPhases([], 0).ok).toBe(false);
  });

  it("knows the normal distribution in its middle and its tails", () => {
    expect(normalAtMost(0)).toBe(0.5);
    expect(normalAtMost(8)).toBeCloseTo(1, 14);
  });
});

describe("what is lost", () => {
  it("with recovery points: half an interval usually, a whole one at worst, and the time until broken ones are noticed", () => {
    const hourly = { intervalS: 3_600, takesS: 60, brokenShare: 0, noticedAfterS: 86_400 };
    expect(orThrow(lossOfInterval(hourly))).toEqual({ meanS: 1_860, worstS: 3_660 });
    const { meanS, worstS } = orThrow(lossOfInterval({ ...hourly, brokenShare: 0.1 }));
    expect(meanS).toBeCloseTo(1_860 + 3_600 / 9, 9);
    expect(worstS).toBe(3_660 + 86_400);
  });

  it("with streaming: the lag, or the time until a standstill is noticed", () => {
    expect(orThrow(lossOfStreaming({ lagS: 1, worstLagS: 4, noticedAfterS: 300, stoppedShare: 0 }))).toEqual({
      meanS: 1,
      worstS: 4,
    });
    expect(orThrow(lossOfStreaming({ lagS: 1, worstLagS: 4, noticedAfterS: 300, stoppedShare: 0.01 })).worstS).toBe(
      300,
    );
    expect(lossOfStreaming({ lagS: 4, worstLagS: 1, noticedAfterS: 1, stoppedShare: 0 }).ok).toBe(false);
  });
});
