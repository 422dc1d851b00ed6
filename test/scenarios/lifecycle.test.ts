import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { holdfast, interrupt, TestCluster, until } from "../cluster.ts";

const SMALL = (yaml: string): string =>
  yaml.replace("required: 2, max: 4, targetInFlight: 16", "required: 1, max: 3, targetInFlight: 2");

describe("from nothing to serving, and on", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.make(SMALL);
  });
  afterAll(async () => {
    expect(await cluster.remove()).toEqual([]);
  });

  it("starts once although two start it at the same moment", async () => {
    const [one, two] = await Promise.all([cluster.run("up"), cluster.run("up")]);
    expect([one.code, two.code], one.stderr + two.stderr).toEqual([0, 0]);
    expect(await cluster.detect()).toBe(200);
    expect(cluster.processes().filter((line) => line.includes("internal supervisor")).length).toBe(1);
  });

  it("says that there are no changes when it is applied again", async () => {
    const again = await cluster.run("apply", "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ changes: [] });
    expect((await cluster.run("plan", "--detailed-exitcode")).code).toBe(0);
  });

  it("scales up with load, and down again without it", async () => {
    let loading = true;
    const text = "Guten Morgen, wie geht es dir heute? ".repeat(400);
    const clients = Array.from({ length: 24 }, async () => {
      while (loading)
        await fetch(`${cluster.url}/v1/detect`, { method: "POST", body: JSON.stringify({ text }) }).then((response) =>
          response.text(),
        );
    });
    const count = async (): Promise<number> => {
      const status = await cluster.status();
      return status.sites[status.route!.writer!]!.instances.filter((each) => each.state === "ready").length;
    };
    await until("more instances", async () => (await count()) > 1);
    loading = false;
    await Promise.all(clients);
    await until("one instance again", async () => (await count()) === 1, 60_000);
  });

  it("fixes the number of instances by hand", async () => {
    expect((await cluster.run("scale", "2")).code).toBe(0);
    const status = await cluster.status();
    expect(status.sites[status.route!.writer!]!.instances.length).toBe(2);
    expect((await cluster.run("scale", "auto")).code).toBe(0);
    const wrong = await cluster.run("scale", "many");
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("holdfast scale 4");
  });

  it("rolls a new release out without a failed request", async () => {
    const before = (await cluster.status()).desired!.release;
    appendFileSync(join(cluster.folder, "server.js"), "\n// another release\n");
    let failed = 0;
    let going = true;
    const reading = (async () => {
      while (going) if ((await cluster.detect().catch(() => 0)) !== 200) failed += 1;
    })();
    const deployed = await cluster.run("deploy", "--json");
    going = false;
    await reading;
    expect(deployed.code, deployed.stderr).toBe(0);
    expect(failed).toBe(0);
    expect((await cluster.status()).desired!.release).not.toBe(before);
  });

  it("rolls a release that crashes back by itself, and goes on serving", async () => {
    const file = join(cluster.folder, "server.js");
    const good = readFileSync(file, "utf8");
    const before = (await cluster.status()).desired!.release;
    writeFileSync(file, `process.exit(3);\n${good}`);
    const deployed = await cluster.run("deploy");
    expect(deployed.code).toBe(1);
    expect(deployed.stderr).toContain("rolled back");
    expect((await cluster.status()).desired!.release).toBe(before);
    expect(await cluster.detect()).toBe(200);
    writeFileSync(file, good);
  });

  it("shows logs", async () => {
    const { stdout } = await cluster.run("logs", "east/0", "-n", "20");
    expect(stdout).toContain("listening on");
    expect((await cluster.run("logs", "nowhere")).stderr).toContain("east, west");
  });

  it("exports the metrics that an operator watches", async () => {
    const base = JSON.parse(readFileSync(join(cluster.folder, ".holdfast", "cluster.json"), "utf8")) as {
      base: number;
    };
    const token = readFileSync(join(cluster.folder, ".holdfast", "api-token"), "utf8");
    const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${base.base + 2}/metrics`, { headers });
    expect((await ask({})).status).toBe(401);
    const text = await (await ask({ authorization: `Bearer ${token}` })).text();
    for (const name of [
      "gateway_lease_seconds",
      "replication_lag_seconds",
      "newest_recovery_point_age_seconds",
      "last_drill_age_seconds",
    ]) {
      expect(text).toContain(`holdfast_${name}`);
    }
  });

  it("refuses a plan that was edited, and one that is out of date", async () => {
    const file = join(cluster.folder, "plan.json");
    expect((await cluster.run("plan", "--out", file)).code).toBe(0);
    writeFileSync(file, readFileSync(file, "utf8").replace('"required": 1', '"required": 2'));
    expect((await cluster.run("apply", file)).stderr).toContain("was changed after it was made");
    cluster.edit((yaml) => yaml.replace("interval: 1s", "interval: 1500ms"));
    await cluster.run("plan", "--out", file);
    await cluster.run("scale", "1");
    const late = await cluster.run("apply", file);
    expect(late.code).toBe(1);
    expect(late.stderr).toContain("the plan was made for version");
  });

  it("is brought to the end by a second run after an interrupted one", async () => {
    await cluster.run("down");
    for (const afterMs of [150, 600, 1_100]) {
      await interrupt(cluster.folder, afterMs, "up");
    }
    await cluster.up();
    expect(await cluster.detect()).toBe(200);
  });
}, 240_000);

describe("what can be wrong before it starts", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.make(SMALL);
  });
  afterAll(async () => {
    expect(await cluster.remove()).toEqual([]);
  });

  it("names a port that is in use", async () => {
    const other = await new Promise<Server>((resolve) => {
      const server = createServer().listen(cluster.port, "127.0.0.1", () => resolve(server));
    });
    const ran = await cluster.run("up");
    other.close();
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`port ${cluster.port}`);
    expect(ran.stderr).toContain("service.port");
    await cluster.run("down");
  });

  it("says why an application does not stay up", async () => {
    cluster.edit((yaml) => yaml.replace("command: [node, server.js]", "command: [node, absent.js]"));
    const ran = await cluster.run("up");
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("does not stay up");
    cluster.edit((yaml) => yaml.replace("[node, absent.js]", "[no-such-program]"));
    const missing = await cluster.run("up");
    expect(missing.code).not.toBe(0);
    cluster.edit((yaml) => yaml.replace("[no-such-program]", "[node, server.js]"));
  });

  it("never sends traffic to an application that answers 200 with nonsense", async () => {
    await cluster.run("down", "--forget", "--yes");
    cluster.edit((yaml) => yaml.replace("equals: fr", "equals: martian"));
    await cluster.run("up");
    const response = await fetch(`${cluster.url}/v1/detect`, {
      method: "POST",
      body: '{"text":"Guten Morgen"}',
      signal: AbortSignal.timeout(15_000),
    });
    expect(response.status).toBe(503);
    cluster.edit((yaml) => yaml.replace("equals: martian", "equals: fr"));
  });

  it.each([
    [
      "corrupted",
      (file: string) => {
        // A log that was not folded in yet would repair what it holds.
        rmSync(`${file}-wal`, { force: true });
        writeFileSync(file, "this is not a database, and long enough to be read as one ".repeat(200));
      },
    ],
    ["newer", (file: string) => openAnd(file, (db) => db.exec("PRAGMA user_version = 99"))],
  ])("refuses a store that is %s, and says what to do", async (name, damage) => {
    await cluster.run("down", "--forget", "--yes");
    await cluster.up();
    await cluster.run("down");
    const file = join(cluster.folder, ".holdfast", "store", "store.db");
    damage(file);
    const ran = await cluster.run("up");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(name === "newer" ? "newer Holdfast" : "damaged");
    expect(ran.stderr).toContain("next:");
  });

  it("says that a store is locked by somebody else", async () => {
    await cluster.run("down", "--forget", "--yes");
    await cluster.up();
    await cluster.run("down");
    const db = new DatabaseSync(join(cluster.folder, ".holdfast", "store", "store.db"));
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    const ran = await cluster.run("up");
    db.close();
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("locked");
  });
}, 240_000);

describe("wrong input", () => {
  it("suggests the command that was meant", async () => {
    const ran = await holdfast(import.meta.dirname, "statsu");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("status");
  });

  it("says where to begin without an application file", async () => {
    const ran = await holdfast("/", "plan");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("holdfast init");
  });

  it("exits with 3 and the nearest relaxation when objectives cannot be met", async () => {
    const cluster = await TestCluster.make((yaml) => yaml.replace("rto: 15s", "rto: 100ms"));
    const ran = await cluster.run("plan");
    expect(ran.code).toBe(3);
    expect(ran.stdout).toContain("NOT ACHIEVABLE");
    expect(ran.stdout).toContain("rto 13s: hot-standby");
    await cluster.remove();
  });
}, 60_000);

function openAnd(file: string, work: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(file);
  work(db);
  db.close();
}
