import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster, until } from "../cluster.ts";

type Drilled = {
  verdict: string;
  rto: { measuredMs: number };
  rpo: { lostWrites: number; acknowledgedWrites: number };
  outOfRotationMs: number | null;
  reads: { sent: number; failed: number };
  writes: { failed: number };
  evidence: string;
};

describe("two sites, one writes", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.make();
    await cluster.up();
  });
  afterAll(async () => {
    expect(await cluster.remove()).toEqual([]);
  });

  const drill = async (...args: string[]): Promise<Drilled> => {
    await whole();
    const ran = await cluster.run("drill", ...args, "--yes", "--json");
    expect(ran.stderr).toBe("");
    return JSON.parse(ran.stdout) as Drilled;
  };

  const whole = (): Promise<unknown> => cluster.whole();

  it("survives the loss of the writing site without losing an acknowledged write", async () => {
    const before = await cluster.status();
    const found = await drill("kill-site");
    expect(found.verdict).toBe("met");
    expect(found.rpo.acknowledgedWrites).toBeGreaterThan(20);
    expect(found.rpo.lostWrites).toBe(0);
    expect(found.reads.failed).toBe(0);
    const after = await cluster.status();
    expect(after.failover!.epoch).toBe(before.failover!.epoch + 1);
    expect(after.route!.writer).not.toBe(before.route!.writer);
  });

  it("proves it with evidence that any changed byte breaks", async () => {
    const { stdout } = await cluster.run("evidence", "list", "--json");
    const file = (JSON.parse(stdout) as { evidence: string[] }).evidence.at(-1)!;
    expect((await cluster.run("evidence", "verify", file)).code).toBe(0);
    expect(readFileSync(join(file, "..", "report.html"), "utf8")).toContain("<svg");
  });

  it("survives a writing site that hangs, bound by its lease", async () => {
    const found = await drill("hang-site");
    expect(found.rpo.lostWrites).toBe(0);
    expect(found.rto.measuredMs).toBeLessThan(12_000);
  });

  it("sees no failed request when an instance is killed or hangs", async () => {
    const killed = await drill("kill-instance", "--reads", "100");
    expect(killed.reads.failed).toBe(0);
    const hung = await drill("hang-instance", "--reads", "100");
    expect(hung.reads.failed).toBe(0);
    expect(hung.outOfRotationMs).toBeLessThan(3_000);
  });

  it("takes an instance that answers wrongly out of the rotation", async () => {
    const found = await drill("wrong-answers");
    expect(found.outOfRotationMs).toBeGreaterThan(0);
    expect(found.outOfRotationMs).toBeLessThan(10_000);
  });

  it("adopts the running instances again when the agent is killed", async () => {
    await whole();
    const before = await cluster.status();
    const site = before.route!.writer!;
    process.kill(before.sites[site]!.pid, "SIGKILL");
    const after = await until("a new agent", async () => {
      const status = await cluster.status();
      return status.sites[site]!.pid !== before.sites[site]!.pid && status.sites[site]!.instances.length === 2
        ? status
        : null;
    });
    expect(after.sites[site]!.instances.map((each) => each.pid).sort()).toEqual(
      before.sites[site]!.instances.map((each) => each.pid).sort(),
    );
    expect(after.failover!.epoch).toBe(before.failover!.epoch);
    await until("a write again", async () => (await cluster.put("after-agent")) < 300);
  });

  it("replaces a gateway that hangs", async () => {
    await whole();
    const before = await cluster.status();
    const { id, pid } = Object.values(before.gateways)[0]!;
    process.kill(pid, "SIGSTOP");
    await until("another process in its place", async () => {
      const now = (await cluster.status()).gateways[id];
      return now !== undefined && now.pid !== pid;
    });
    await until("a read", async () => (await cluster.detect()) === 200);
  });

  it("moves by hand without losing anything, and back", async () => {
    await whole();
    const from = (await cluster.status()).route!.writer!;
    const to = from === "east" ? "west" : "east";
    const written: string[] = [];
    let going = true;
    const writing = (async () => {
      for (let number = 0; going; number++)
        if ((await cluster.put(`moved-${number}`)) < 300) written.push(`moved-${number}`);
    })();
    const moved = await cluster.run("failover", to, "--yes", "--json");
    expect(moved.code).toBe(0);
    expect(JSON.parse(moved.stdout)).toMatchObject({ writer: to });
    going = false;
    await writing;
    expect(written.length).toBeGreaterThan(0);
    for (const id of written) expect(await cluster.has(id)).toBe(true);
    await whole();
    const back = await cluster.run("failover", from, "--yes", "--json");
    expect(JSON.parse(back.stdout)).toMatchObject({ writer: from });
  });

  it("refuses a move to the site that writes already, and asks first", async () => {
    await whole();
    const writer = (await cluster.status()).route!.writer!;
    const refused = await cluster.run("failover", writer, "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("already");
    const unasked = await cluster.run("failover");
    expect(unasked.code).toBe(1);
    expect(unasked.stderr).toContain("--yes");
  });
}, 240_000);
