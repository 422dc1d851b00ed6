import type { Result } from "../domain/index.ts";

/** One register. `version` 0: never written. A `null` value with a version above 0 is the tombstone of a deletion. */
export type Entry<T = unknown> = { readonly key: string; readonly value: T | null; readonly version: number };

/** A write ends in one of three ways; `unknown` (it may or may not have happened) is a result, not an exception. */
export type PutResult =
  | { readonly kind: "ok"; readonly version: number }
  | { readonly kind: "conflict"; readonly current: Entry }
  | { readonly kind: "unknown"; readonly message: string };

/** Every entry of a prefix that changed after `since`, tombstones included, and the revision they bring one to. */
export type Changes = { readonly entries: readonly Entry[]; readonly revision: number };

/**
 * A linearizable register. Versions come from one counter that only rises, so a key's version is never reused, not
 * even after a deletion. Values are JSON, at most 1 MiB; keys at most 200 characters.
 */
export interface Store {
  get(key: string): Promise<Result<Entry>>;
  /** Writes only if the key still has `expectedVersion`. */
  put(key: string, value: unknown, expectedVersion: number): Promise<PutResult>;
  /** Deletes only if the key still has `expectedVersion`; leaves a tombstone. */
  delete(key: string, expectedVersion: number): Promise<PutResult>;
  /** Existing entries of a prefix; tombstones are left out. */
  list(prefix: string): Promise<Result<Changes>>;
  /** Waits up to `waitMs` for something newer than `since`; an empty answer means that nothing came. */
  changes(prefix: string, since: number, waitMs: number): Promise<Result<Changes>>;
}
