import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FailoverState, initialState } from "../control/failover/index.ts";
import type { Desired } from "../domain/index.ts";
import type { Mirror } from "../register/index.ts";
import { failoverConfig, Observer } from "./view.ts";

const DESIRED = {
  strategy: "hot-standby",
  application: {
    sites: [{ name: "east" }, { name: "west" }],
    data: [{ name: "d", replication: "barrier" }],
    objectives: { rpoMs: 0 },
    service: { drainTimeoutMs: 1_000 },
    witness: { store: "sqlite" },
    failover: { detectionMs: 2_000, leaseMs: 3_000 },
  },
} as unknown as Desired;

describe("what the leader sees", () => {
  let beats: Record<string, number>;
  let storeSilentMs: number;
  let observer: Observer;
  let state: FailoverState;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["hrtime", "Date"] });
    [beats, storeSilentMs] = [{ east: 1, west: 1 }, 0];
    const mirror = {
      get silentMs() {
        return storeSilentMs;
      },
      get: (key: string) => ({ key, value: null, version: beats[key.replace("beat/", "")] ?? 0 }),
      value: () => null,
    };
    observer = new Observer(mirror as unknown as Mirror);
    state = initialState(failoverConfig(DESIRED));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Looks every 250 ms for a time, the sites named giving a sign of life each time; the silence of each site at its end. */
  const watch = (ms: number, ...alive: readonly string[]): Record<string, number> => {
    let silent: Record<string, number> = {};
    for (let passed = 0; passed <= ms; passed += 250) {
      for (const site of alive) beats[site]! += 1;
      const { sites } = observer.look(DESIRED, state, null);
      silent = Object.fromEntries(Object.entries(sites).map(([site, seen]) => [site, Math.round(seen.silentMs)]));
      vi.advanceTimersByTime(250);
    }
    return silent;
  };

  it("measures the silence of a site on its own clock", () => {
    watch(1_000, "east", "west");
    expect(watch(2_500, "west")).toEqual({ east: 2_750, west: 0 });
  });

  it("rule 14: blames nobody for the time in which it was stopped itself", () => {
    watch(1_000, "east", "west");
    vi.advanceTimersByTime(60_000);
    expect(watch(0)).toEqual({ east: 0, west: 0 });
  });

  it("rule 14: blames nobody while it does not hear the Store", () => {
    watch(1_000, "east", "west");
    storeSilentMs = 5_000;
    expect(watch(10_000)).toEqual({ east: 0, west: 0 });
  });
});
