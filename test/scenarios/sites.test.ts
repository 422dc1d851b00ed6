// Sites come and go while the application serves.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster, until } from "../cluster.ts";

const site = (name: string): string => `  - { name: ${name}, platform: local, zones: [a, b] }\n`;

describe("sites of a running application", () => {
  let cluster: TestCluster;
  const written: string[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.make();
    await cluster.up();
    await cluster.whole();
  });
  afterAll(async () => {
    expect(await cluster.remove()).toEqual([]);
  });

  const write = async (id: string): Promise<void> => {
    await until(`a write of ${id}`, () => cluster.tryPut(id));
    written.push(id);
  };
  const inSync = (...names: readonly string[]): Promise<unknown> =>
    until(`in sync: ${names.join(", ")}`, async () => {
      const { inSync: found, failover } = await cluster.status();
      return failover?.phase.kind === "steady" && [...(found?.sites ?? [])].sort().join() === [...names].sort().join();
    });
  const processesOf = (name: string): readonly string[] =>
    cluster.processes().filter((line) => line.includes(`sites/${name}`));

  it("takes a new site, and copies everything to it", async () => {
    await write("before");
    cluster.edit((yaml) => yaml.replace(site("west"), site("west") + site("south")));
    const applied = await cluster.run("apply", "--json");
    expect(applied.code, applied.stderr).toBe(0);
    expect(JSON.parse(applied.stdout).changes).toContain("add the site south");
    await inSync("west", "south");
    await write("with-three");
  });

  it("lets a standby go without a pause, and ends everything of it", async () => {
    cluster.edit((yaml) => yaml.replace(site("west"), ""));
    const applied = await cluster.run("apply", "--json");
    expect(applied.code, applied.stderr).toBe(0);
    expect(JSON.parse(applied.stdout).changes).toContain("remove the site west (its folder stays)");
    await write("without-west");
    await inSync("south");
    await until("west is gone", async () => processesOf("west").length === 0);
    expect(Object.keys((await cluster.status()).sites).sort()).toEqual(["east", "south"]);
  });

  it("refuses to remove the site that writes, and says what to do first", async () => {
    cluster.edit((yaml) => yaml.replace(site("east"), site("west")));
    const refused = await cluster.run("apply");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/east writes now.*\n.*holdfast failover south/);
    await write("still-from-east");
    const moved = await cluster.run("failover", "south", "--yes");
    expect(moved.code, moved.stderr).toBe(0);
    const applied = await cluster.run("apply", "--json");
    expect(applied.code, applied.stderr).toBe(0);
    await until("east is gone", async () => processesOf("east").length === 0);
    await inSync("west");
    await write("without-east");
  });

  it("takes a site back that has its old folder, and has lost nothing", async () => {
    cluster.edit((yaml) => yaml.replace(site("west"), site("west") + site("east")));
    expect((await cluster.run("apply")).code).toBe(0);
    await inSync("east", "west");
    await write("at-the-end");
    for (const id of written) expect(await cluster.has(id), id).toBe(true);
    expect((await cluster.run("failover", "east", "--yes")).code).toBe(0);
    for (const id of written) await until(`${id} at east`, () => cluster.has(id));
  });
}, 240_000);
