import { setTimeout as wait } from "node:timers/promises";
import type { Entry, Store } from "../ports/index.ts";
import { monotonicMs } from "./timing.ts";

const WAIT_MS = 5_000;
const RETRY_MS = 100;

/** A copy of the Store in memory, kept up to date by waiting for changes. It may lag; what must not lag is read directly. */
export class Mirror {
  readonly #store: Store;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(keys: readonly string[]) => void>();
  #since = 0;
  #contactMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves when the first state is there. */
  async start(): Promise<void> {
    while (!this.#closed && !(await this.#look(0))) await wait(RETRY_MS);
    void this.#follow();
  }

  get<T>(key: string): Entry<T> {
    return (this.#entries.get(key) as Entry<T> | undefined) ?? { key, value: null, version: 0 };
  }

  value<T>(key: string): T | null {
    return this.get<T>(key).value;
  }

  /** Existing values below a prefix, by the rest of their key. */
  below<T>(prefix: string): Readonly<Record<string, T>> {
    const found: Record<string, T> = {};
    for (const [key, entry] of this.#entries) {
      if (key.startsWith(prefix) && entry.value !== null) found[key.slice(prefix.length)] = entry.value as T;
    }
    return found;
  }

  /** Time since the Store last answered. */
  get silentMs(): number {
    return monotonicMs() - this.#contactMs;
  }

  onChange(listener: (keys: readonly string[]) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#closed = true;
  }

  async #follow(): Promise<void> {
    while (!this.#closed) if (!(await this.#look(WAIT_MS))) await wait(RETRY_MS);
  }

  async #look(waitMs: number): Promise<boolean> {
    const changes = await this.#store.changes("", this.#since, waitMs);
    if (!changes.ok) return false;
    this.#contactMs = monotonicMs();
    this.#since = Math.max(this.#since, changes.value.revision);
    const fresh = changes.value.entries.filter((entry) => !entry.key.startsWith("event/"));
    for (const entry of fresh) this.#entries.set(entry.key, entry);
    if (fresh.length > 0) for (const listener of this.#listeners) listener(fresh.map((entry) => entry.key));
    return true;
  }
}
