import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { epoch, orThrow } from "../../src/domain/index.ts";
import type { DataDriver } from "../../src/ports/index.ts";
import { until } from "../cluster.ts";

/** Two sites, east and west, with one data set. */
export type DataUnderTest = {
  readonly driver: (site: string) => DataDriver;
  /** Ends the driver of a site and opens it again, as after a death of its agent. */
  readonly restart: (site: string) => Promise<void>;
  /** Cuts a site off from the other, or lets it back. */
  readonly reach: (site: string, reachable: boolean) => void;
  /** The next message of a site to the other is held; returns what lets it go, unanswered. */
  readonly hold: (site: string) => { readonly sent: Promise<void>; readonly release: () => void };
  /** The application writes, replaces or deletes (null) a value. */
  readonly write: (site: string, key: string, value: string | null) => void;
  readonly read: (site: string, key: string) => string | null;
  /** Sites that were taken out of the in-sync set. */
  readonly left: () => readonly string[];
  /** The newer epoch that a site was told of when it sent something. */
  readonly stale: (site: string) => number | null;
  /** What a site keeps aside, by key. */
  readonly aside: (site: string) => readonly string[];
  readonly close: () => Promise<void>;
};

/** What every DataDriver with a synchronous class does. One suite for all adapters, against the real system. */
export function dataDriverConformance(name: string, make: () => DataUnderTest): void {
  describe(`DataDriver: ${name}`, () => {
    let made: DataUnderTest;
    beforeEach(() => {
      made = make();
    });
    afterEach(() => made.close());

    const joined = (writer: string, standby: string): Promise<unknown> =>
      until("the standby follows", async () => made.driver(writer).record().standbys[standby]?.inSync);
    const promoted = async (): Promise<void> => {
      orThrow(await made.driver("east").promote(epoch(1)));
      await joined("east", "west");
    };

    it("has every change made before a barrier at the standby when the barrier ends", async () => {
      await promoted();
      for (let number = 0; number < 50; number++) {
        made.write("east", `${number % 7}/${number}`, `text ${number}`);
        expect(orThrow(await made.driver("east").barrier()).standbys).toEqual(["west"]);
        expect(made.read("west", `${number % 7}/${number}`)).toBe(`text ${number}`);
      }
      made.write("east", "3/3", null);
      orThrow(await made.driver("east").barrier());
      expect(made.read("west", "3/3")).toBeNull();
    });

    it("copies what was there before it joined, and removes what should not be", async () => {
      made.write("east", "old/one", "one");
      made.write("west", "stale", "left over");
      await made.restart("west");
      await promoted();
      expect(made.read("west", "old/one")).toBe("one");
      expect(made.read("west", "stale")).toBeNull();
    });

    it("fills a standby that is named later, and waits for none that is named no more", async () => {
      const driver = made.driver("east");
      driver.replicateTo([]);
      orThrow(await driver.promote(epoch(1)));
      made.write("east", "before", "1");
      expect(orThrow(await driver.barrier()).standbys).toEqual([]);
      driver.replicateTo(["west"]);
      await joined("east", "west");
      expect(made.read("west", "before")).toBe("1");
      made.write("east", "with", "2");
      expect(orThrow(await driver.barrier()).standbys).toEqual(["west"]);
      expect(made.read("west", "with")).toBe("2");
      driver.replicateTo([]);
      made.write("east", "after", "3");
      expect(orThrow(await driver.barrier()).standbys).toEqual([]);
      expect(made.left()).toContain("west");
      expect(driver.record().standbys).toEqual({});
      expect(made.read("west", "after")).toBeNull();
      driver.replicateTo(["west"]);
      await joined("east", "west");
      expect(made.read("west", "after")).toBe("3");
    });

    it("takes a standby that does not answer out of the in-sync set before it goes on without it", async () => {
      await promoted();
      made.reach("west", false);
      made.write("east", "a", "a");
      expect(orThrow(await made.driver("east").barrier()).standbys).toEqual([]);
      expect(made.left()).toEqual(["west"]);
      made.reach("west", true);
      await joined("east", "west");
      expect(made.read("west", "a")).toBe("a");
    });

    it("lets no barrier end well that was closed before a standby had stored it or left", async () => {
      await promoted();
      const { sent, release } = made.hold("east");
      made.write("east", "a", "a");
      const barrier = made.driver("east").barrier();
      await sent;
      const closed = made.driver("east").follow(epoch(2));
      release();
      expect((await barrier).ok).toBe(false);
      await closed;
      expect(made.left()).toEqual([]);
    });

    it("measures how far a standby is behind", async () => {
      await promoted();
      expect(made.driver("west").staleMs()).toBeLessThan(2_000);
      made.reach("west", false);
      made.write("east", "a", "a");
      await until("a lag", async () => (made.driver("east").record().standbys["west"]?.lagMs ?? 0) > 100);
      await until("a stale copy", async () => made.driver("west").staleMs() > 500);
    });

    it("rule 2: refuses an older epoch, also after a restart", async () => {
      await promoted();
      orThrow(await made.driver("west").promote(epoch(2)));
      made.write("east", "late", "late");
      await made.driver("east").barrier();
      expect(made.read("west", "late")).toBeNull();
      await made.restart("west");
      expect((await made.driver("west").promote(epoch(1))).ok).toBe(false);
    });

    it("rule 2: a copy that has seen a newer epoch takes nothing of an older writer", async () => {
      await promoted();
      made.reach("east", false);
      orThrow(await made.driver("west").promote(epoch(2)));
      await made.driver("west").demote();
      made.reach("east", true);
      made.write("east", "late", "late");
      await made.driver("east").barrier();
      await until("east was told of the newer epoch", async () => made.stale("east") === 2, 5_000);
      expect(made.read("west", "late")).toBeNull();
    });

    it("rule 12: keeps what was never replicated aside when the old writer returns, and merges nothing", async () => {
      orThrow(await made.driver("east").promote(epoch(1)));
      made.write("east", "shared", "first");
      await joined("east", "west");
      orThrow(await made.driver("east").barrier());
      made.reach("east", false);
      made.write("east", "only-east", "never replicated");
      made.write("east", "shared", "changed in the east");
      await made.driver("east").barrier();
      orThrow(await made.driver("west").promote(epoch(2)));
      made.write("west", "shared", "changed in the west");
      await made.restart("east");
      made.reach("east", true);
      await joined("west", "east");
      expect(made.read("east", "shared")).toBe("changed in the west");
      expect(made.read("east", "only-east")).toBeNull();
      expect(made.driver("east").record().keptAside).toMatchObject([{ files: 2 }]);
      expect(made.aside("east")).toEqual(["only-east", "shared"]);
    });

    it("rule 15: a demotion flushes everything, and says to whom", async () => {
      await promoted();
      made.write("east", "last", "last");
      expect(await made.driver("east").demote()).toEqual({ flushedTo: ["west"] });
      expect(made.read("west", "last")).toBe("last");
    });
  });
}
