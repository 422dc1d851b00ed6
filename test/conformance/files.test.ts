import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FilesDriver, type FromStandby } from "../../src/adapters/files/index.ts";
import { epoch, orThrow } from "../../src/domain/index.ts";
import { until } from "../cluster.ts";

type Site = { readonly name: string; readonly folder: string; driver: FilesDriver; reachable: boolean };

describe("DataDriver: files", () => {
  let root: string;
  let sites: Record<string, Site>;
  let left: string[];

  const open = (name: string, folder: string): FilesDriver =>
    new FilesDriver({
      name: "d",
      site: folder,
      standbys: ["east", "west"].filter((other) => other !== name),
      send: async (to, frame): Promise<FromStandby | null> =>
        sites[to]!.reachable && sites[name]!.reachable ? sites[to]!.driver.receive(frame) : null,
      leave: async (site) => left.push(site) > 0,
      onStale: () => {},
    });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "holdfast-files-"));
    left = [];
    sites = {};
    for (const name of ["east", "west"]) {
      const folder = join(root, name);
      mkdirSync(folder);
      sites[name] = { name, folder, driver: null as unknown as FilesDriver, reachable: true };
      sites[name].driver = open(name, folder);
    }
  });
  afterEach(async () => {
    for (const site of Object.values(sites)) await site.driver.close();
    rmSync(root, { recursive: true, force: true });
  });

  const at = (site: string, path: string): string => join(root, site, "data", "d", path);
  const write = (site: string, path: string, text: string): void => {
    mkdirSync(join(at(site, path), ".."), { recursive: true });
    writeFileSync(`${at(site, path)}.tmp`, text);
    renameSync(`${at(site, path)}.tmp`, at(site, path));
  };
  const joined = (writer: string, standby: string): Promise<unknown> =>
    until("the standby follows", async () => sites[writer]!.driver.record().standbys[standby]?.inSync);

  it("has every change made before a barrier at the standby when the barrier ends", async () => {
    orThrow(await sites["east"]!.driver.promote(epoch(1)));
    await joined("east", "west");
    for (let number = 0; number < 50; number++) {
      write("east", `${number % 7}/${number}.txt`, `text ${number}`);
      expect(orThrow(await sites["east"]!.driver.barrier()).standbys).toEqual(["west"]);
      expect(readFileSync(at("west", `${number % 7}/${number}.txt`), "utf8")).toBe(`text ${number}`);
    }
    rmSync(at("east", "3"), { recursive: true });
    orThrow(await sites["east"]!.driver.barrier());
    expect(existsSync(at("west", "3/3.txt"))).toBe(false);
  });

  it("copies what was there before it joined", async () => {
    write("east", "old/one.txt", "one");
    write("west", "stale.txt", "left over");
    await sites["west"]!.driver.close();
    sites["west"]!.driver = open("west", sites["west"]!.folder);
    orThrow(await sites["east"]!.driver.promote(epoch(1)));
    await joined("east", "west");
    expect(readFileSync(at("west", "old/one.txt"), "utf8")).toBe("one");
    expect(existsSync(at("west", "stale.txt"))).toBe(false);
  });

  it("takes a standby that does not answer out of the in-sync set before it goes on without it", async () => {
    orThrow(await sites["east"]!.driver.promote(epoch(1)));
    await joined("east", "west");
    sites["west"]!.reachable = false;
    write("east", "a.txt", "a");
    expect(orThrow(await sites["east"]!.driver.barrier()).standbys).toEqual([]);
    expect(left).toEqual(["west"]);
    sites["west"]!.reachable = true;
    await joined("east", "west");
    expect(readFileSync(at("west", "a.txt"), "utf8")).toBe("a");
  });

  it("rule 2: refuses an older epoch, also after a restart", async () => {
    orThrow(await sites["east"]!.driver.promote(epoch(1)));
    await joined("east", "west");
    orThrow(await sites["west"]!.driver.promote(epoch(2)));
    write("east", "late.txt", "late");
    await sites["east"]!.driver.barrier();
    expect(existsSync(at("west", "late.txt"))).toBe(false);
    await sites["west"]!.driver.close();
    sites["west"]!.driver = open("west", sites["west"]!.folder);
    expect((await sites["west"]!.driver.promote(epoch(1))).ok).toBe(false);
  });

  it("rule 12: keeps what was never replicated aside when the old writer returns, and merges nothing", async () => {
    orThrow(await sites["east"]!.driver.promote(epoch(1)));
    write("east", "shared.txt", "first");
    await joined("east", "west");
    orThrow(await sites["east"]!.driver.barrier());
    sites["east"]!.reachable = false;
    write("east", "only-east.txt", "never replicated");
    write("east", "shared.txt", "changed in the east");
    await sites["east"]!.driver.barrier();
    orThrow(await sites["west"]!.driver.promote(epoch(2)));
    write("west", "shared.txt", "changed in the west");
    await sites["east"]!.driver.close();
    sites["east"]!.driver = open("east", sites["east"]!.folder);
    sites["east"]!.reachable = true;
    await joined("west", "east");
    expect(readFileSync(at("east", "shared.txt"), "utf8")).toBe("changed in the west");
    expect(existsSync(at("east", "only-east.txt"))).toBe(false);
    const { keptAside } = sites["east"]!.driver.record();
    expect(keptAside).toMatchObject([{ files: 2 }]);
    expect(readdirSync(keptAside[0]!.folder).sort()).toEqual(["only-east.txt", "shared.txt"]);
  });

  it("rule 15: a demotion flushes everything, and says to whom", async () => {
    orThrow(await sites["east"]!.driver.promote(epoch(1)));
    await joined("east", "west");
    write("east", "last.txt", "last");
    expect(await sites["east"]!.driver.demote()).toEqual({ flushedTo: ["west"] });
    expect(readFileSync(at("west", "last.txt"), "utf8")).toBe("last");
  });

  it("refuses a live database with the name of the driver to use", async () => {
    orThrow(await sites["east"]!.driver.promote(epoch(1)));
    write("east", "app.db", "SQLite format 3\0 and more");
    const refused = await sites["east"]!.driver.barrier();
    expect(refused).toMatchObject({ ok: false, error: { next: expect.stringContaining("driver: sqlite") } });
  });
});
