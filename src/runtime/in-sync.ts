import { type Epoch, type InSync, KEYS } from "../domain/index.ts";
import type { Store } from "../ports/index.ts";

/** The set of standbys that hold every acknowledged write, kept in the Store by the writer. One change at a time. */
export class InSyncSet {
  readonly #store: Store;
  #queue: Promise<unknown> = Promise.resolve();
  #known: InSync | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A new epoch starts alone. */
  begin(epoch: Epoch): Promise<boolean> {
    return this.#change(epoch, () => []);
  }

  /** `isWhole` is asked at the moment of the change: a standby that just fell behind is not added. */
  join(epoch: Epoch, site: string, isWhole: () => boolean): Promise<boolean> {
    return this.#change(epoch, (sites) => (isWhole() && !sites.includes(site) ? [...sites, site] : sites));
  }

  /** true: the Store says that the site is not in the set, so that writes may be acknowledged without it. */
  leave(epoch: Epoch, site: string): Promise<boolean> {
    return this.#change(epoch, (sites) => sites.filter((other) => other !== site));
  }

  has(site: string): boolean {
    return this.#known?.sites.includes(site) ?? false;
  }

  #change(epoch: Epoch, change: (sites: readonly string[]) => readonly string[]): Promise<boolean> {
    const result = this.#queue.then(async () => {
      const current = await this.#store.get(KEYS.inSync);
      if (!current.ok) return false;
      const before = current.value.value as InSync | null;
      // A newer writer owns the set now (safety rule 2).
      if (before && before.epoch > epoch) return false;
      const sites = before?.epoch === epoch ? before.sites : [];
      const after: InSync = { epoch, sites: change(sites) };
      if (before?.epoch === epoch && after.sites.length === sites.length) {
        this.#known = before;
        return true;
      }
      const put = await this.#store.put(KEYS.inSync, after, current.value.version);
      this.#known = put.kind === "ok" ? after : null;
      return put.kind === "ok";
    });
    this.#queue = result.catch(() => false);
    return result;
  }
}
