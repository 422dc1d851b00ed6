import { KEYS, type PowerRecord } from "../domain/index.ts";
import type { Store } from "../ports/index.ts";
import { type Mirror, monotonicMs, TIMING } from "../register/index.ts";

type LeaderRecord = { readonly site: string; readonly incarnation: string; readonly count: number };

/** One agent leads, by a lease in the Store. */
export class Leadership {
  readonly #store: Store;
  readonly #mirror: Mirror;
  readonly #site: string;
  readonly #incarnation: string;
  #validUntilMs = 0;
  #seen = { version: -1, atMs: 0 };
  #working = false;

  constructor(store: Store, mirror: Mirror, site: string, incarnation: string) {
    this.#store = store;
    this.#mirror = mirror;
    this.#site = site;
    this.#incarnation = incarnation;
  }

  get leading(): boolean {
    return monotonicMs() < this.#validUntilMs;
  }

  /** Names this leader's clock: waits of another leader are not continued. */
  get clock(): string {
    return this.#incarnation;
  }

  /** Renews, or takes over what its holder let run out. Called often; does little. */
  async tend(): Promise<void> {
    if (this.#working || this.#validUntilMs - monotonicMs() > TIMING.leaderLease - TIMING.leaderRenew) return;
    this.#working = true;
    try {
      await this.#tryToLead();
    } finally {
      this.#working = false;
    }
  }

  async #tryToLead(): Promise<void> {
    const entry = this.#mirror.get<LeaderRecord>(KEYS.leader);
    const now = monotonicMs();
    if (entry.version !== this.#seen.version) this.#seen = { version: entry.version, atMs: now };
    const holder = entry.value;
    const mine = holder?.incarnation === this.#incarnation;
    if (holder && !mine && !this.#ranOut(holder, now)) return;
    const sentMs = monotonicMs();
    const record: LeaderRecord = { site: this.#site, incarnation: this.#incarnation, count: (holder?.count ?? 0) + 1 };
    const result = await this.#store.put(KEYS.leader, record, entry.version);
    // Timed from when it was sent (safety rule 4).
    if (result.kind === "ok") this.#validUntilMs = sentMs + TIMING.leaderLease;
    if (result.kind === "conflict") this.#validUntilMs = mine ? 0 : this.#validUntilMs;
  }

  /** A full lease from our own last sight of it, or its processes were seen gone. */
  #ranOut(holder: LeaderRecord, now: number): boolean {
    const power = this.#mirror.value<PowerRecord>(KEYS.power(holder.site));
    if (power && power.state !== "on" && holder.site !== this.#site) return true;
    // An earlier incarnation of ourselves leads no more.
    if (holder.site === this.#site) return true;
    return now - this.#seen.atMs > TIMING.leaderLease + TIMING.margin && this.#mirror.silentMs < TIMING.leaderLease;
  }

  async resign(): Promise<void> {
    if (!this.leading) return;
    this.#validUntilMs = 0;
    const current = await this.#store.get(KEYS.leader);
    if (current.ok && (current.value.value as LeaderRecord | null)?.incarnation === this.#incarnation) {
      await this.#store.delete(KEYS.leader, current.value.version);
    }
  }
}
