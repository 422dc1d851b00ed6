import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fault, TICK_MS, type Timed, World } from "./world.ts";

/** A generator whose sequence its seed fixes (mulberry32). */
function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Outcome = { readonly acknowledged: number; readonly epoch: number; readonly lateMs: number };

/** Faults come and go, then everything is left alone until the end. */
function run(seed: number, faults: readonly Timed[], lengthMs: number): Outcome {
  const world = new World(random(seed));
  const begins = [...faults].sort((a, b) => a.atMs - b.atMs);
  const ends = [...faults].sort((a, b) => a.atMs + a.forMs - (b.atMs + b.forMs));
  while (world.now < lengthMs) {
    while (begins[0] && begins[0].atMs <= world.now) world.begin(begins.shift()!.fault);
    while (ends[0] && ends[0].atMs + ends[0].forMs <= world.now) world.end(ends.shift()!.fault);
    world.tick();
  }
  return {
    acknowledged: world.acknowledged.length,
    epoch: world.failover.state.epoch,
    lateMs: lengthMs - (world.acknowledged.at(-1)?.atMs ?? 0),
  };
}

const side = fc.constantFrom<0 | 1>(0, 1);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      "kill-site" as const,
      "pause-site" as const,
      "pause-agent" as const,
      "cut-store" as const,
      "cut-peers" as const,
    ),
    site: side,
  }),
  fc.record({ kind: fc.constant("pause-gateway" as const), gateway: side }),
  fc.record({
    kind: fc.constantFrom(
      "power-fails" as const,
      "switch-leader" as const,
      "leader-dies-before-effect" as const,
      "store-answer-lost" as const,
    ),
  }),
);
const timed = fc.record({ atMs: fc.nat(30_000), forMs: fc.integer({ min: TICK_MS, max: 9_000 }), fault });

const RUNS = Number(process.env["SIMULATIONS"] ?? 300);
const FAULTS_MS = 30_000;
const CALM_MS = 25_000;

describe("a simulated world", () => {
  it("acknowledges writes when nothing happens, under one epoch", () => {
    const { acknowledged, epoch } = run(1, [], 20_000);
    expect(acknowledged).toBeGreaterThan(300);
    expect(epoch).toBe(1);
  });

  it("moves when the writing site is killed, and home again, unless it is back before anybody noticed", () => {
    const killed: Timed = { atMs: 5_000, forMs: 50, fault: { kind: "kill-site", site: 0 } };
    const outcomes = Array.from({ length: 20 }, (_, seed) => run(seed, [killed], 40_000));
    expect(new Set(outcomes.map((outcome) => outcome.epoch))).toContain(3);
    for (const { acknowledged, lateMs } of outcomes) {
      expect(acknowledged).toBeGreaterThan(500);
      expect(lateMs).toBeLessThan(3_000);
    }
  });

  it("rules 3, 6 and 9: whatever fails in whatever order: never two writers, nothing acknowledged is lost, and it comes back", () => {
    let acknowledged = 0;
    let epochs = 0;
    fc.assert(
      fc.property(fc.integer(), fc.array(timed, { minLength: 3, maxLength: 16 }), (seed, faults) => {
        const outcome = run(seed, faults, FAULTS_MS + CALM_MS);
        acknowledged += outcome.acknowledged;
        epochs += outcome.epoch;
        // Left alone, it serves writes again.
        expect(outcome.lateMs, "writes are acknowledged at the end").toBeLessThan(5_000);
      }),
      { numRuns: RUNS },
    );
    // The runs really did something.
    expect(acknowledged / RUNS).toBeGreaterThan(300);
    expect(epochs / RUNS).toBeGreaterThan(1.5);
  });
});
