import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { orThrow } from "../../src/domain/index.ts";
import type { Store } from "../../src/ports/index.ts";

export type StoreUnderTest = { readonly store: Store; close(): Promise<void>; restart(): Promise<Store> };

/** What every Store does. One suite for all adapters, against the real system. */
export function storeConformance(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`Store: ${name}`, () => {
    let made: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      made = await make();
      store = made.store;
    });
    afterEach(() => made.close());

    it("says version 0 for a key that was never written", async () => {
      expect(orThrow(await store.get("a"))).toEqual({ key: "a", value: null, version: 0 });
    });

    it("writes only over the expected version, and says what is there instead", async () => {
      const first = await store.put("a", { n: 1 }, 0);
      expect(first.kind).toBe("ok");
      const late = await store.put("a", { n: 2 }, 0);
      expect(late).toMatchObject({ kind: "conflict", current: { value: { n: 1 } } });
    });

    it("lets exactly one of many writers win", async () => {
      const results = await Promise.all(Array.from({ length: 20 }, (_, number) => store.put("lock", number, 0)));
      expect(results.filter((result) => result.kind === "ok").length).toBe(1);
    });

    it("rule 1: never reuses a version, not even after a deletion", async () => {
      const first = await store.put("lease", 1, 0);
      const version = first.kind === "ok" ? first.version : 0;
      const gone = await store.delete("lease", version);
      expect(gone.kind).toBe("ok");
      expect((await store.put("lease", 2, 0)).kind, "the tombstone keeps its version").toBe("conflict");
      const tombstone = orThrow(await store.get("lease"));
      expect(tombstone.value).toBeNull();
      expect(tombstone.version).toBeGreaterThan(version);
      expect((await store.put("lease", 2, tombstone.version)).kind).toBe("ok");
    });

    it("lists a prefix without tombstones", async () => {
      await store.put("site/a", 1, 0);
      await store.put("site/b", 2, 0);
      await store.put("other", 3, 0);
      const b = orThrow(await store.get("site/b"));
      await store.delete("site/b", b.version);
      expect(orThrow(await store.list("site/")).entries.map((entry) => entry.key)).toEqual(["site/a"]);
    });

    it("wakes whoever waits for a change", async () => {
      const { revision } = orThrow(await store.list(""));
      const waiting = store.changes("a", revision, 5_000);
      await store.put("b", 1, 0);
      await store.put("a", 2, 0);
      expect(orThrow(await waiting).entries).toMatchObject([{ key: "a", value: 2 }]);
    });

    it("tells of deletions among the changes", async () => {
      const put = await store.put("a", 1, 0);
      const version = put.kind === "ok" ? put.version : 0;
      await store.delete("a", version);
      expect(orThrow(await store.changes("a", version, 1_000)).entries).toMatchObject([{ key: "a", value: null }]);
    });

    it("keeps what it answered over a restart", async () => {
      const put = await store.put("a", "kept", 0);
      store = await made.restart();
      expect(orThrow(await store.get("a"))).toMatchObject({
        value: "kept",
        version: put.kind === "ok" ? put.version : -1,
      });
    });
  });
}
