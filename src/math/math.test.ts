import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { availability, kOfN, parallel, redundancy, series, unavailabilityOf } from "./index.ts";

const value = <T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T => {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

/** Every combination of up and down parts. */
function enumerated(k: number, parts: readonly number[]): number {
  let sum = 0;
  for (let state = 0; state < 2 ** parts.length; state++) {
    const up = parts.map((_, index) => (state >> index) & 1);
    if (up.reduce((total, each) => total + each, 0) >= k) continue;
    sum += parts.reduce((product, down, index) => product * (up[index] ? 1 - down : down), 1);
  }
  return sum;
}

describe("availability", () => {
  it("is up / (up + down)", () => expect(value(availability(8_751, 9))).toBeCloseTo(0.99897260274, 10));
  it("refuses what cannot be", () => {
    expect(availability(-1, 2).ok).toBe(false);
    expect(availability(0, 0).ok).toBe(false);
    expect(kOfN(3, [0.1, 0.1]).ok).toBe(false);
    expect(redundancy(2, 3).ok).toBe(false);
  });
  it("keeps the digits of tiny unavailabilities", () => {
    expect(series([1e-15, 1e-15])).toBeCloseTo(2e-15, 28);
    expect(parallel([1e-9, 1e-9])).toBeCloseTo(1e-18, 30);
    expect(value(kOfN(1, [1e-9, 1e-9]))).toBeCloseTo(1e-18, 30);
  });
  // Two of three with availability 0.9 each: 3·0.9²·0.1 + 0.9³ = 0.972 (Rausand & Høyland, System Reliability Theory, 2oo3).
  it("knows two out of three", () => expect(1 - value(kOfN(2, [0.1, 0.1, 0.1]))).toBeCloseTo(0.972, 12));
  it("has one year in ten down when repair takes a ninth of the time between failures", () =>
    expect(unavailabilityOf(9, 1)).toBeCloseTo(0.1, 12));

  it("agrees with the enumeration of all states", () => {
    const parts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(parts, fc.nat(9), (given, wanted) => {
        const k = Math.min(wanted, given.length);
        expect(value(kOfN(k, given))).toBeCloseTo(enumerated(k, given), 10);
      }),
    );
  });
});

describe("redundancy", () => {
  it("is total / required", () => {
    expect(value(redundancy(3, 2))).toMatchObject({ level: 1.5, spare: 1, meaning: expect.stringContaining("N+1") });
    expect(value(redundancy(4, 2)).meaning).toContain("2N");
    expect(value(redundancy(2, 2)).meaning).toContain("no spare");
  });
});
