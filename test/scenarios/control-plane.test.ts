// The control plane is lost in parts: serving goes on, and nobody writes who must not.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { TestCluster, until } from "../cluster.ts";

const LEASE_MS = 3_000;

/** Looks again and again for a time; fails at the first look that is not well. */
async function allThrough(ms: number, look: () => Promise<void>): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await look();
}

describe("the control plane is lost in parts", () => {
  let cluster: TestCluster;
  let number = 0;
  beforeAll(async () => {
    cluster = await TestCluster.make();
    await cluster.up();
  });
  afterAll(async () => {
    expect(await cluster.remove()).toEqual([]);
  });

  const read = async (): Promise<void> => expect(await cluster.detect()).toBe(200);
  const written: string[] = [];
  const write = async (): Promise<boolean> => {
    const id = `note-${number++}`;
    const done = await cluster.tryPut(id);
    if (done) written.push(id);
    return done;
  };
  const everythingIsThere = async (): Promise<void> => {
    expect(written.length).toBeGreaterThan(0);
    for (const id of written) expect(await cluster.has(id), id).toBe(true);
  };
  const stopped = new Set<number>();
  const stop = (pids: readonly number[]): void => {
    for (const pid of pids) {
      process.kill(pid, "SIGSTOP");
      stopped.add(pid);
    }
  };
  const resume = (): void => {
    for (const pid of stopped) {
      try {
        process.kill(pid, "SIGCONT");
      } catch {
        // Somebody ended it meanwhile, as they should.
      }
    }
    stopped.clear();
  };
  afterEach(resume);

  it("rules 3 and 5: with agent, holder and power switch stopped, the shims end the writers, and only then does another site write", async () => {
    const before = await cluster.whole();
    const site = before.route!.writer!;
    const writers = before.sites[site]!.instances.map((each) => each.pid);
    expect(await write()).toBe(true);
    const stoppedAt = performance.now();
    stop([cluster.pid("supervisor"), cluster.pid(`site-${site}`), before.sites[site]!.pid]);
    await until("a write elsewhere", write);
    expect(performance.now() - stoppedAt).toBeLessThan(12_000);
    const alive = cluster.processes().filter((line) => writers.some((pid) => line.trim().startsWith(`${pid} `)));
    expect(alive, "no instance that wrote before is left").toEqual([]);
    const after = await cluster.status();
    expect(after.failover!.epoch).toBe(before.failover!.epoch + 1);
    expect(after.route!.writer).not.toBe(site);
    resume();
    await cluster.whole();
    expect((await cluster.status()).failover!.epoch, "it returned as a standby").toBe(after.failover!.epoch);
    await everythingIsThere();
  });

  it("rule 8: without the Store writes go on while every site agrees, and stop when one is lost too", async () => {
    const before = await cluster.whole();
    const site = before.route!.writer!;
    const other = site === "east" ? "west" : "east";
    stop([cluster.pid("supervisor"), cluster.pid("store")]);
    await allThrough(2 * LEASE_MS, async () => {
      expect(await write(), "a write without the Store").toBe(true);
      await read();
    });
    stop([cluster.pid(`site-${other}`), before.sites[other]!.pid]);
    await until("writes stop", async () => !(await write()));
    await allThrough(LEASE_MS, async () => {
      expect(await write(), "a write without the Store and without the other site").toBe(false);
      await read();
    });
    resume();
    await until("writes again", write);
    await cluster.whole();
    expect((await cluster.status()).failover!.epoch).toBe(before.failover!.epoch);
    await everythingIsThere();
  });

  it("goes on serving the last known routes when every agent is dead", async () => {
    const before = await cluster.whole();
    const holders = Object.keys(before.sites).map((site) => cluster.pid(`site-${site}`));
    stop([cluster.pid("supervisor"), ...holders]);
    for (const site of Object.values(before.sites)) process.kill(site.pid, "SIGKILL");
    await allThrough(2 * LEASE_MS, read);
    expect(await write(), "nobody may write").toBe(false);
    resume();
    await until("writes again", write);
    await everythingIsThere();
  });

  it("survives a Store that is killed, and one that hangs", async () => {
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      const before = await cluster.whole();
      const pid = cluster.pid("store");
      process.kill(pid, signal);
      await until("another store process", async () => ![pid, Number.NaN].includes(cluster.pid("store")));
      await until("a write", write);
      expect((await cluster.whole()).failover!.epoch).toBe(before.failover!.epoch);
    }
    await everythingIsThere();
  });

  it("takes over what runs when the supervisor is killed and started again", async () => {
    const before = await cluster.whole();
    process.kill(cluster.pid("supervisor"), "SIGKILL");
    await until("it is gone", async () => Number.isNaN(cluster.pid("supervisor")));
    await read();
    expect(await write()).toBe(true);
    const again = await cluster.run("up");
    expect(again.code, again.stderr).toBe(0);
    const after = await cluster.whole();
    const pids = (status: typeof after): number[] =>
      Object.values(status.sites)
        .flatMap((each) => each.instances.map((instance) => instance.pid))
        .sort();
    expect(pids(after)).toEqual(pids(before));
  });
}, 300_000);

describe("a wall clock that jumps", () => {
  it("moves nothing, loses nothing, and a site can still be lost afterwards", async () => {
    const clock = join(mkdtempSync(join(tmpdir(), "holdfast-clock-")), "offset");
    writeFileSync(clock, "0");
    const cluster = await TestCluster.make();
    const preload = join(import.meta.dirname, "..", "jumping-clock.mjs");
    cluster.env = { NODE_OPTIONS: `--import ${preload}`, HOLDFAST_TEST_CLOCK: clock };
    try {
      await cluster.up();
      const before = await cluster.whole();
      for (const hours of [1, -2, 24 * 400]) {
        writeFileSync(clock, String(hours * 3_600_000));
        await allThrough(LEASE_MS + 1_000, async () => {
          expect(await cluster.tryPut(`jump-${hours}`)).toBe(true);
          expect(await cluster.detect()).toBe(200);
        });
        const now = await cluster.whole();
        expect(now.failover!.epoch, `after a jump of ${hours} h`).toBe(before.failover!.epoch);
      }
      const drill = await cluster.run("drill", "kill-site", "--yes", "--json");
      expect(JSON.parse(drill.stdout)).toMatchObject({ verdict: "met", rpo: { lostWrites: 0 } });
    } finally {
      expect(await cluster.remove()).toEqual([]);
    }
  });
}, 120_000);
