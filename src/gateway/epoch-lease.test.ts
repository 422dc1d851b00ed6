import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { epoch, ok, problem, type RouteIntent } from "../domain/index.ts";
import type { Store } from "../ports/index.ts";
import { TIMING } from "../register/index.ts";
import { EpochLease } from "./epoch-lease.ts";

const ROUTE: RouteIntent = { number: 3, epoch: epoch(2), writer: "east", weights: { east: 1 }, mode: "serve" };

describe("the right of a gateway to pass on writes", () => {
  let delayMs: number;
  let reachable: boolean;
  let agree: boolean;
  let lease: EpochLease;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["hrtime", "setTimeout", "clearTimeout", "performance", "Date"] });
    [delayMs, reachable, agree] = [0, true, false];
    const get = async () => {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return reachable
        ? ok({ key: "route", value: ROUTE, version: 1 })
        : { ok: false as const, error: problem("lost", "x") };
    };
    lease = new EpochLease(
      { get } as unknown as Store,
      async () => agree,
      () => {},
    );
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const renewed = async (): Promise<void> => {
    const renewing = lease.renew();
    await vi.advanceTimersByTimeAsync(delayMs);
    await renewing;
  };

  it("rule 4: counts from when it asked, not from when it was answered", async () => {
    delayMs = 600;
    await renewed();
    expect(lease.remainingMs).toBeCloseTo(TIMING.gatewayLease - 600, 0);
    await vi.advanceTimersByTimeAsync(TIMING.gatewayLease - 600 - 1);
    expect(lease.covers(ROUTE)).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(lease.covers(ROUTE)).toBe(false);
  });

  it("covers only the route that it has read", async () => {
    await renewed();
    expect(lease.covers(ROUTE)).toBe(true);
    expect(lease.covers({ ...ROUTE, number: 4 })).toBe(false);
  });

  it("rule 8: is prolonged without the Store only when every site agrees", async () => {
    await renewed();
    reachable = false;
    await vi.advanceTimersByTimeAsync(TIMING.gatewayLease - 100);
    agree = true;
    await renewed();
    expect(lease.remainingMs).toBeGreaterThan(TIMING.gatewayLease - 100);
    agree = false;
    await vi.advanceTimersByTimeAsync(TIMING.gatewayLease);
    await renewed();
    expect(lease.covers(ROUTE)).toBe(false);
  });
});
