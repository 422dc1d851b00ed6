import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orThrow } from "../domain/index.ts";
import { atLeast, inParallel, inSeries, part, type Structure, structureUnavailability } from "./index.ts";

type Parts = Readonly<Record<string, number>>;

const exact = (structure: Structure, parts: Parts): number => {
  const found = orThrow(structureUnavailability(structure, parts));
  expect(found.exact).toBe(true);
  return found.low;
};

/** Whether it is up, given what is down: the definition itself. */
function isUp(structure: Structure, down: ReadonlySet<string>): boolean {
  if (structure.kind === "part") return !down.has(structure.name);
  const up = structure.of.filter((inner) => isUp(inner, down)).length;
  if (structure.kind === "at-least") return up >= structure.k;
  return structure.kind === "series" ? up === structure.of.length : up > 0;
}

/** The naive twin: every state of the parts. */
function enumerated(structure: Structure, parts: Parts): number {
  const names = Object.keys(parts);
  let sum = 0;
  for (let state = 0; state < 2 ** names.length; state++) {
    const down = new Set(names.filter((_, index) => (state >> index) & 1));
    if (isUp(structure, down)) continue;
    sum += names.reduce((product, name) => product * (down.has(name) ? parts[name]! : 1 - parts[name]!), 1);
  }
  return sum;
}

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;

const { tree: anyStructure } = fc.letrec<{ tree: Structure }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...NAMES).map(part),
    fc.array(tie("tree"), { minLength: 1, maxLength: 4 }).map((of) => inSeries(...of)),
    fc.array(tie("tree"), { minLength: 1, maxLength: 4 }).map((of) => inParallel(...of)),
    fc
      .tuple(fc.array(tie("tree"), { minLength: 1, maxLength: 4 }), fc.nat(4))
      .map(([of, k]) => atLeast(Math.min(k, of.length), ...of)),
  ),
}));

const anyParts = fc
  .tuple(...NAMES.map(() => fc.double({ min: 0, max: 1, noNaN: true })))
  .map((values) => Object.fromEntries(NAMES.map((name, index) => [name, values[index]!])));

describe("structures with shared parts", () => {
  it("the bridge of five at 0.9: 2p² + 2p³ − 5p⁴ + 2p⁵ (Rausand and Høyland)", () => {
    const path = (...names: string[]): Structure => inSeries(...names.map(part));
    const bridge = inParallel(path("1", "4"), path("2", "5"), path("1", "3", "5"), path("2", "3", "4"));
    const parts = Object.fromEntries(["1", "2", "3", "4", "5"].map((name) => [name, 0.1]));
    const p = 0.9;
    expect(1 - exact(bridge, parts)).toBeCloseTo(2 * p ** 2 + 2 * p ** 3 - 5 * p ** 4 + 2 * p ** 5, 14);
  });

  it("two copies of one release are one release: the shared part decides", () => {
    const copy = (name: string): Structure => inSeries(part(name), part("release"));
    const both = inParallel(copy("x"), copy("y"));
    expect(exact(both, { x: 0.01, y: 0.01, release: 0.001 })).toBeCloseTo(1 - (1 - 1e-4) * (1 - 1e-3), 15);
  });

  it("agrees with the enumeration of all states", () => {
    fc.assert(
      fc.property(anyStructure, anyParts, (structure, parts) => {
        expect(exact(structure, parts)).toBeCloseTo(enumerated(structure, parts), 10);
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps the digits of 10⁻¹⁵", () => {
    const found = exact(inParallel(part("a"), inSeries(part("b"), part("a"))), { a: 1e-15, b: 1e-3 });
    expect(found / 1e-15).toBeCloseTo(1, 12);
  });

  it("bounds what is too large for the diagram, and the bounds hold", () => {
    fc.assert(
      fc.property(anyStructure, anyParts, (structure, parts) => {
        const { low, high } = orThrow(structureUnavailability(structure, parts, 3));
        const truth = enumerated(structure, parts);
        expect(low).toBeLessThanOrEqual(truth + 1e-12);
        expect(high).toBeGreaterThanOrEqual(truth - 1e-12);
      }),
      { numRuns: 300 },
    );
  });

  it("gives narrow bounds for thirty parts that fail seldom", () => {
    const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
    const structure = atLeast(
      28,
      ...names.map((name) => inParallel(part(name), part(names[(Number(name.slice(1)) + 7) % 30]!))),
    );
    const parts = Object.fromEntries(names.map((name) => [name, 0.001]));
    const whole = orThrow(structureUnavailability(structure, parts));
    const bounded = orThrow(structureUnavailability(structure, parts, 10));
    expect(bounded.exact).toBe(false);
    expect(bounded.low).toBeLessThanOrEqual(whole.low * (1 + 1e-12));
    expect(bounded.high).toBeGreaterThanOrEqual(whole.low * (1 - 1e-12));
    expect(bounded.high - bounded.low).toBeLessThan(1e-9);
  });

  it.each<[string, Structure, Parts]>([
    ["a part of which nothing is known", part("x"), {}],
    ["an unavailability above one", part("x"), { x: 1.5 }],
    ["NaN", part("x"), { x: Number.NaN }],
    ["nothing in series", inSeries(), {}],
    ["more required than there are", atLeast(3, part("x")), { x: 0.1 }],
  ])("refuses %s", (_what, structure, parts) => {
    expect(structureUnavailability(structure, parts).ok).toBe(false);
  });
});

/** A generator whose sequence its seed fixes (Steele and Vigna's SplitMix, 32 bits). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

describe("Monte Carlo", () => {
  it("agrees with 200 random models with common causes, within its confidence interval", () => {
    const SAMPLES = 20_000;
    const structures = fc.sample(anyStructure, { numRuns: 200, seed: 20_261_124 });
    structures.forEach((structure, model) => {
      const next = random(1_000 + model);
      const parts: Record<string, number> = Object.fromEntries(NAMES.map((name) => [name, next() * 0.5]));
      // Two groups share a cause: when it happens, all of the group are down.
      const groups: Readonly<Record<string, string>> = {
        a: "power",
        b: "power",
        c: "power",
        d: "release",
        e: "release",
      };
      const withCauses = (inner: Structure): Structure => {
        if (inner.kind !== "part") return { ...inner, of: inner.of.map(withCauses) };
        const cause = groups[inner.name];
        return cause ? inSeries(inner, part(cause)) : inner;
      };
      const all: Record<string, number> = { ...parts, power: next() * 0.2, release: next() * 0.2 };
      const predicted = exact(withCauses(structure), all);
      let failed = 0;
      for (let sample = 0; sample < SAMPLES; sample++) {
        const power = next() < all["power"]!;
        const release = next() < all["release"]!;
        const down = new Set<string>();
        for (const name of NAMES) {
          const cause = groups[name];
          if (next() < parts[name]! || (cause === "power" && power) || (cause === "release" && release)) down.add(name);
        }
        if (!isUp(structure, down)) failed += 1;
      }
      // 4.5 standard deviations: wrong by chance once in 150,000 models.
      const deviation = Math.sqrt((predicted * (1 - predicted)) / SAMPLES);
      expect(Math.abs(failed / SAMPLES - predicted), `model ${model}`).toBeLessThanOrEqual(4.5 * deviation + 1e-12);
    });
  });
});
