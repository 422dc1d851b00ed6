import { KEYS, type LogEvent } from "../domain/index.ts";
import type { Store } from "../ports/index.ts";

/** Older events are deleted. */
const KEPT = 5_000;
const QUEUE_LIMIT = 500;
const TRIES = 100;

/** The append-only log of what happened, built on the register: each event takes the next free number. */
export class EventLog {
  readonly #store: Store;
  #next: number | null = null;
  #queue: LogEvent[] = [];
  #working = false;

  constructor(store: Store) {
    this.#store = store;
  }

  append(event: LogEvent): void {
    if (this.#queue.length < QUEUE_LIMIT) this.#queue.push(event);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let tries = 0; this.#queue.length > 0 && tries < TRIES; tries++) {
      this.#next ??= await this.#lastNumber();
      if (this.#next === null) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      const result = await this.#store.put(KEYS.event(this.#next), this.#queue[0], 0);
      if (result.kind === "unknown") continue;
      if (result.kind === "ok") {
        this.#queue.shift();
        await this.#prune(this.#next);
        tries = 0;
      }
      this.#next += 1;
    }
    this.#working = false;
  }

  async #lastNumber(): Promise<number | null> {
    const all = await this.#store.list("event/");
    if (!all.ok) return null;
    return all.value.entries.reduce((last, entry) => Math.max(last, Number(entry.key.slice(6))), 0) + 1;
  }

  async #prune(number: number): Promise<void> {
    if (number <= KEPT) return;
    const old = await this.#store.get(KEYS.event(number - KEPT));
    if (old.ok && old.value.value !== null) await this.#store.delete(old.value.key, old.value.version);
  }
}
