// Other strategies and policies than the example's, each with a real loss.
import { describe, expect, it } from "vitest";
import { TestCluster, until } from "../cluster.ts";

async function withCluster(edit: (yaml: string) => string, work: (cluster: TestCluster) => Promise<void>) {
  const cluster = await TestCluster.make(edit);
  try {
    await cluster.up();
    await cluster.whole();
    await work(cluster);
  } finally {
    expect(await cluster.remove()).toEqual([]);
  }
}

const withPolicy =
  (policy: string) =>
  (yaml: string): string =>
    yaml.replace("strategy: hot-standby, maxPerHour: 20", policy);

type Drilled = { verdict: string; rpo: { lostWrites: number; acknowledgedWrites: number }; reads: { failed: number } };

describe("the loss of the writing site", () => {
  it.each([
    "active-active",
    "warm-standby",
    "pilot-light",
  ])("rule 13: is survived by %s although the folder of the lost site is out of reach", async (strategy) => {
    await withCluster(withPolicy(`strategy: ${strategy}`), async (cluster) => {
      const ran = await cluster.run("drill", "kill-site", "--yes", "--json");
      const found = JSON.parse(ran.stdout) as Drilled;
      expect(found, ran.stdout).toMatchObject({ verdict: "met", rpo: { lostWrites: 0 } });
      expect(found.rpo.acknowledgedWrites).toBeGreaterThan(20);
      if (strategy === "active-active") expect(found.reads.failed).toBe(0);
    });
  }, 120_000);

  it("rule 12: writing returns home by itself when it was asked to, by the same protocol, and nothing is lost", async () => {
    await withCluster(withPolicy("strategy: hot-standby, failback: auto, stable: 2s"), async (cluster) => {
      const before = (await cluster.status()).failover!.epoch;
      process.kill(-cluster.pid("site-east"), "SIGKILL");
      const written: string[] = [];
      let going = true;
      const writing = (async () => {
        for (let number = 0; going; number++)
          if ((await cluster.put(`home-${number}`)) < 300) written.push(`home-${number}`);
      })();
      await until("west writes", async () => (await cluster.status()).route?.writer === "west");
      const home = await until("east writes again", async () => {
        const status = await cluster.status();
        return status.route?.writer === "east" && status.failover?.phase.kind === "steady" ? status : null;
      });
      going = false;
      await writing;
      expect(home.failover!.epoch).toBe(before + 2);
      expect(home.failover!.history.map((move) => [move.from, move.to])).toEqual([
        ["east", "west"],
        ["west", "east"],
      ]);
      expect(written.length).toBeGreaterThan(20);
      for (const id of written) expect(await cluster.has(id), id).toBe(true);
    });
  }, 120_000);

  it("rule 12: what a lost writer had not replicated is kept aside when it returns, reported, and never merged", async () => {
    const asynchronous = (yaml: string): string =>
      withPolicy("strategy: hot-standby, onRpoExceeded: promote")(yaml)
        .replace("replication: barrier", "replication: async")
        .replace("rpo: 0s", "rpo: 5s");
    await withCluster(asynchronous, async (cluster) => {
      expect(await cluster.put("replicated")).toBeLessThan(300);
      await until("the standby has it", async () => {
        const { sites } = await cluster.status();
        return sites["west"]!.data["notes"]!.files === sites["east"]!.data["notes"]!.files;
      });
      const west = cluster.pid("site-west");
      process.kill(-west, "SIGSTOP");
      expect(await cluster.put("only-east"), "asynchronous: acknowledged without the standby").toBeLessThan(300);
      process.kill(-cluster.pid("site-east"), "SIGKILL");
      process.kill(-west, "SIGCONT");
      await until("west writes", async () => (await cluster.status()).route?.writer === "west");
      const status = await until("east follows", async () => {
        const found = await cluster.status();
        return found.sites["east"]!.data["notes"]!.keptAside.length > 0 ? found : null;
      });
      expect(status.sites["east"]!.data["notes"]!.keptAside).toMatchObject([{ files: 1 }]);
      expect(await cluster.has("replicated")).toBe(true);
      expect(await cluster.has("only-east")).toBe(false);
      expect((await cluster.run("status")).stdout).toContain("1 files that were never replicated are kept in");
    });
  }, 120_000);
});
