import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { FilesDriver, type FromStandby } from "../../src/adapters/files/index.ts";
import { epoch, orThrow } from "../../src/domain/index.ts";
import { until } from "../cluster.ts";
import { mountSmallDisk, onSmallDisk } from "../small-disk.ts";
import { type DataUnderTest, dataDriverConformance } from "./data-driver.ts";

type Site = { driver: FilesDriver; reachable: boolean; held: { sent: () => void; released: Promise<void> } | null };

/** `folderOf`: where a site lies, for tests with a disk of its own. */
function make(folderOf: (root: string, site: string) => string = join): DataUnderTest {
  const root = mkdtempSync(join(tmpdir(), "holdfast-files-"));
  const left: string[] = [];
  const stale = new Map<string, number>();
  const sites: Record<string, Site> = {};
  const send = async (from: Site, to: string, frame: Buffer): Promise<FromStandby | null> => {
    if (from.held) {
      const { sent, released } = from.held;
      from.held = null;
      sent();
      await released;
      return null;
    }
    const target = sites[to]!;
    // A driver that throws answers 500 over the link, which the sender sees as no answer.
    return from.reachable && target.reachable ? target.driver.receive(frame).catch(() => null) : null;
  };
  const open = (name: string): FilesDriver =>
    new FilesDriver({
      name: "d",
      site: folderOf(root, name),
      standbys: ["east", "west"].filter((other) => other !== name),
      send: (to, frame) => send(sites[name]!, to, frame),
      leave: async (site) => left.push(site) > 0,
      onStale: (epoch) => stale.set(name, epoch),
    });
  for (const name of ["east", "west"]) {
    mkdirSync(folderOf(root, name), { recursive: true });
    sites[name] = { driver: open(name), reachable: true, held: null };
  }
  const at = (site: string, key: string): string => join(folderOf(root, site), "data", "d", `${key}.txt`);
  return {
    driver: (site) => sites[site]!.driver,
    restart: async (site) => {
      await sites[site]!.driver.close();
      sites[site]!.driver = open(site);
    },
    reach: (site, reachable) => {
      sites[site]!.reachable = reachable;
    },
    hold: (site) => {
      const sent = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      sites[site]!.held = { sent: sent.resolve, released: released.promise };
      return { sent: sent.promise, release: released.resolve };
    },
    write: (site, key, value) => {
      const file = at(site, key);
      mkdirSync(dirname(file), { recursive: true });
      if (value === null) return rmSync(file);
      writeFileSync(`${file}.tmp`, value);
      renameSync(`${file}.tmp`, file);
    },
    read: (site, key) => {
      try {
        return readFileSync(at(site, key), "utf8");
      } catch {
        return null;
      }
    },
    left: () => left,
    stale: (site) => stale.get(site) ?? null,
    aside: (site) =>
      sites[site]!.driver.record()
        .keptAside.flatMap(({ folder }) => readdirSync(folder))
        .map((name) => name.replace(/\.txt$/, ""))
        .sort(),
    close: async () => {
      for (const site of Object.values(sites)) await site.driver.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

dataDriverConformance("files", make);

it("refuses a live database with the name of the driver to use", async () => {
  const made = make();
  orThrow(await made.driver("east").promote(epoch(1)));
  made.write("east", "app", "SQLite format 3\0 and more");
  const refused = await made.driver("east").barrier();
  expect(refused).toMatchObject({ ok: false, error: { next: expect.stringContaining("driver: sqlite") } });
  await made.close();
});

onSmallDisk("a standby with a full disk leaves the in-sync set, and follows again when there is room", async () => {
  const disk = mountSmallDisk(1024 * 1024);
  const made = make((root, site) => (site === "west" ? join(disk.folder, site) : join(root, site)));
  try {
    orThrow(await made.driver("east").promote(epoch(1)));
    await until("west follows", async () => made.driver("east").record().standbys["west"]?.inSync);
    made.write("east", "large", "x".repeat(2 * 1024 * 1024));
    expect(orThrow(await made.driver("east").barrier()).standbys).toEqual([]);
    expect(made.left()).toContain("west");
    expect(made.driver("west").record().problem).toContain("ENOSPC");
    made.write("east", "large", null);
    made.write("east", "small", "kept");
    await until("west follows again", async () => made.driver("east").record().standbys["west"]?.inSync);
    expect(made.read("west", "small")).toBe("kept");
  } finally {
    await made.close();
    disk.unmount();
  }
});

onSmallDisk("a writer with a full disk says so, loses nothing, and goes on when there is room", async () => {
  const disk = mountSmallDisk(1024 * 1024);
  const made = make((root, site) => (site === "east" ? join(disk.folder, site) : join(root, site)));
  try {
    orThrow(await made.driver("east").promote(epoch(1)));
    await until("west follows", async () => made.driver("east").record().standbys["west"]?.inSync);
    made.write("east", "before", "kept");
    orThrow(await made.driver("east").barrier());
    expect(() => made.write("east", "large", "x".repeat(2 * 1024 * 1024))).toThrow("ENOSPC");
    const full = await made.driver("east").barrier();
    if (full.ok) expect(made.read("west", "large")).toBeNull();
    disk.clear(/large/);
    made.write("east", "after", "kept too");
    await until("a barrier that ends well", async () => (await made.driver("east").barrier()).ok);
    expect([made.read("west", "before"), made.read("west", "after")]).toEqual(["kept", "kept too"]);
  } finally {
    await made.close();
    disk.unmount();
  }
});
