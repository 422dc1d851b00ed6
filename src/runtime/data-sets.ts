import { type Application, type DataRecord, type Epoch, fail, ok, problem, type Result } from "../domain/index.ts";
import type { BarrierResult, DataDriver } from "../ports/index.ts";
import type { InSyncSet } from "./in-sync.ts";

/** A driver as the agent needs it: it also takes frames from the writer. */
export type ReplicatedDriver = DataDriver & { receive(frame: Buffer): Promise<unknown> };

export type DriverOptions = {
  readonly name: string;
  readonly standbys: readonly string[];
  readonly leave: (site: string) => Promise<boolean>;
  readonly onStale: (epoch: number) => void;
};

export type MakeDriver = (options: DriverOptions) => ReplicatedDriver;

/** Every data set of the application at this site, moved together. */
export class DataSets {
  readonly #drivers = new Map<string, ReplicatedDriver>();
  readonly #barriers = new Set<string>();
  readonly #inSync: InSyncSet;
  readonly #site: string;
  #epoch: Epoch | null = null;

  constructor(site: string, inSync: InSyncSet) {
    this.#site = site;
    this.#inSync = inSync;
  }

  /** Opens the data sets of an application that are not open yet, and tells the others which sites stand by. */
  open(application: Application, make: MakeDriver, onStale: (epoch: number) => void): void {
    const standbys = application.sites.map((site) => site.name).filter((name) => name !== this.#site);
    for (const { name, replication } of application.data) {
      if (replication === "barrier") this.#barriers.add(name);
      else this.#barriers.delete(name);
      const known = this.#drivers.get(name);
      if (known) {
        known.replicateTo(standbys);
        continue;
      }
      this.#drivers.set(name, make({ name, standbys, leave: (site) => this.#leave(site), onStale }));
    }
  }

  #leave(site: string): Promise<boolean> {
    return this.#epoch === null ? Promise.resolve(true) : this.#inSync.leave(this.#epoch, site);
  }

  async promote(epoch: Epoch, application: Application): Promise<Result<void>> {
    const missing = application.data.find((data) => !this.#drivers.has(data.name));
    if (missing) return fail(problem("not-open", `data set ${missing.name} is not open yet`, "it is tried again"));
    this.#epoch = epoch;
    if (this.#barriers.size > 0 && !(await this.#inSync.begin(epoch))) {
      return fail(problem("in-sync", "the in-sync set could not be taken over yet", "it is tried again"));
    }
    for (const driver of this.#drivers.values()) {
      const promoted = await driver.promote(epoch);
      if (!promoted.ok) return promoted;
    }
    return ok(undefined);
  }

  /** Puts standbys that are whole in every data set into the in-sync set. Called again and again. */
  async tend(): Promise<void> {
    const epoch = this.#epoch;
    if (epoch === null || this.#barriers.size === 0) return;
    const whole = (site: string): boolean =>
      [...this.#drivers.values()].every((driver) => driver.record().standbys[site]?.inSync === true);
    const sites = Object.keys([...this.#drivers.values()][0]?.record().standbys ?? {});
    for (const site of sites)
      if (whole(site) && !this.#inSync.has(site)) await this.#inSync.join(epoch, site, () => whole(site));
  }

  /** Sends what is left and stops writing; names the sites that have everything. */
  async demote(): Promise<readonly string[]> {
    const results = await Promise.all([...this.#drivers.values()].map((driver) => driver.demote()));
    this.#epoch = null;
    const first = results[0]?.flushedTo ?? [];
    return first.filter((site) => results.every((result) => result.flushedTo.includes(site)));
  }

  async follow(epoch: Epoch): Promise<void> {
    this.#epoch = null;
    await Promise.all([...this.#drivers.values()].map((driver) => driver.follow(epoch)));
  }

  async barrier(): Promise<Result<readonly BarrierResult[]>> {
    const drivers = [...this.#drivers].filter(([name]) => this.#barriers.has(name)).map(([, driver]) => driver);
    const results = await Promise.all(drivers.map((driver) => driver.barrier()));
    const failed = results.find((result) => !result.ok);
    return failed && !failed.ok ? failed : ok(results.flatMap((result) => (result.ok ? [result.value] : [])));
  }

  receive(name: string, frame: Buffer): Promise<unknown> | null {
    return this.#drivers.get(name)?.receive(frame) ?? null;
  }

  /** null: some copy was never whole. */
  staleMs(): number | null {
    const worst = Math.max(0, ...[...this.#drivers.values()].map((driver) => driver.staleMs()));
    return Number.isFinite(worst) ? worst : null;
  }

  lagMs(): number {
    const lags = [...this.#drivers.values()].flatMap((driver) =>
      Object.values(driver.record().standbys).map((each) => each.lagMs),
    );
    return Math.max(0, ...lags);
  }

  records(): Readonly<Record<string, DataRecord>> {
    return Object.fromEntries([...this.#drivers].map(([name, driver]) => [name, driver.record()]));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#drivers.values()].map((driver) => driver.close()));
  }
}
