import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { epoch, orThrow } from "../../src/domain/index.ts";
import type { InstanceSpec, Platform, RunningInstance } from "../../src/ports/index.ts";
import { until } from "../cluster.ts";

export type PlatformUnderTest = {
  platform: Platform;
  /** What starts a small HTTP server that answers on the port it is given. */
  readonly spec: (incarnation: string) => InstanceSpec;
  /** Looks at the system itself, not at what the platform says. */
  readonly runs: (instance: RunningInstance) => boolean;
  /** The agent is gone, without a word. */
  readonly agentDies: () => void;
  /** Another agent of the site, which adopts what runs. */
  readonly agentReturns: () => Promise<Platform>;
  /** Ends what holds the lease of an instance, from outside. */
  readonly killShim: (incarnation: string) => void;
  readonly close: () => Promise<void>;
};

export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** What every Platform does. One suite for all adapters, against the real system. */
export function platformConformance(name: string, make: () => PlatformUnderTest): void {
  describe(`Platform: ${name}`, () => {
    let made: PlatformUnderTest;
    let platform: Platform;
    beforeEach(() => {
      made = make();
      platform = made.platform;
    });
    afterEach(() => made.close());

    const gone = (instance: RunningInstance): Promise<unknown> =>
      until(`${instance.pid} is gone`, async () => !made.runs(instance), 10_000);

    it("starts, shows and stops an instance, and reports its exit", async () => {
      const started = orThrow(await platform.start(made.spec("one"), null));
      expect((await platform.observe()).map((each) => each.pid)).toEqual([started.pid]);
      await platform.stop("one", 1_000);
      expect(made.runs(started)).toBe(false);
      expect(platform.exits()).toMatchObject([{ incarnation: "one", reason: "stopped" }]);
      expect(await platform.observe()).toEqual([]);
    });

    it("names the cause of an exit, however closely it is watched", async () => {
      for (const name of ["w1", "w2", "w3", "w4", "w5"]) {
        orThrow(await platform.start(made.spec(name), null));
        let stopped = false;
        const watching = (async () => {
          while (!stopped) {
            await platform.observe();
            await setTimeout(1);
          }
        })();
        await platform.stop(name, 1_000);
        stopped = true;
        await watching;
        expect(platform.exits()).toMatchObject([{ incarnation: name, reason: "stopped" }]);
      }
    });

    it("stops nothing twice, and nothing that is not there", async () => {
      await platform.stop("absent", 0);
      orThrow(await platform.start(made.spec("once"), null));
      await Promise.all([platform.stop("once", 500), platform.stop("once", 500)]);
      expect(await platform.observe()).toEqual([]);
    });

    it("gives each instance a port of its own", async () => {
      const started = await Promise.all(["p1", "p2", "p3"].map((each) => platform.start(made.spec(each), null)));
      expect(new Set(started.map((each) => orThrow(each).port)).size).toBe(3);
    });

    it("rule 10: two runs of one slot are told apart by their incarnation", async () => {
      const first = orThrow(await platform.start(made.spec("run-1"), null));
      await platform.stop("run-1", 500);
      const second = orThrow(await platform.start(made.spec("run-2"), null));
      await platform.stop("run-1", 500);
      expect(made.runs(second), "stopping the first run again leaves the second alone").toBe(true);
      expect(await platform.bind("run-1", { epoch: epoch(1), deadlineMs: monotonicMs() + 100 })).toBe(false);
      expect([first.spec.slot, second.spec.slot]).toEqual([0, 0]);
    });

    it("adopts what an earlier agent started", async () => {
      const started = orThrow(await platform.start(made.spec("two"), null));
      made.agentDies();
      platform = await made.agentReturns();
      expect((await platform.observe()).map((each) => each.pid)).toEqual([started.pid]);
    });

    it("rule 5: kills an instance whose lease is not renewed, with no agent there", async () => {
      const lease = { epoch: epoch(1), deadlineMs: monotonicMs() + 1_500 };
      const started = orThrow(await platform.start(made.spec("three"), lease));
      made.agentDies();
      await gone(started);
      expect(monotonicMs()).toBeGreaterThanOrEqual(lease.deadlineMs);
      expect(monotonicMs() - lease.deadlineMs).toBeLessThan(500);
    });

    it("keeps an instance whose lease is renewed, and binds one that was free", async () => {
      const started = orThrow(await platform.start(made.spec("four"), null));
      for (let round = 0; round < 6; round++) {
        expect(await platform.bind("four", { epoch: epoch(2), deadlineMs: monotonicMs() + 600 })).toBe(true);
        const asked = monotonicMs();
        await until("0.3 s passed", async () => monotonicMs() - asked > 300);
        expect(made.runs(started)).toBe(true);
      }
      await gone(started);
    });

    it("rule 2: an older epoch does not prolong a newer lease", async () => {
      const lease = { epoch: epoch(5), deadlineMs: monotonicMs() + 800 };
      const started = orThrow(await platform.start(made.spec("five"), lease));
      await platform.bind("five", { epoch: epoch(4), deadlineMs: monotonicMs() + 60_000 });
      await gone(started);
    });

    it("rule 4: a lease that arrives late prolongs nothing", async () => {
      const late = { epoch: epoch(1), deadlineMs: monotonicMs() - 10 };
      const started = await platform.start(made.spec("late"), late);
      if (started.ok) await gone(started.value);
      await until("nothing is shown", async () => (await platform.observe()).length === 0);
    });

    it("kills an instance whose shim was killed", async () => {
      const started = orThrow(await platform.start(made.spec("six"), null));
      made.killShim("six");
      await until("the instance is buried", async () => (await platform.observe()).length === 0);
      await gone(started);
    });

    it("says why a program cannot be started", async () => {
      const failed = await platform.start({ ...made.spec("eight"), command: ["no-such-program"] }, null);
      expect(failed).toMatchObject({ ok: false, error: { message: expect.stringContaining("no-such-program") } });
      await platform.observe();
    });
  });
}
