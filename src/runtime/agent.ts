import { setTimeout as wait } from "node:timers/promises";
import { type FailoverState, mayWrite, SHIM_KILL_MARGIN_MS } from "../control/failover/index.ts";
import { advanceRollout, releaseFor } from "../control/rollout/index.ts";
import {
  type Beat,
  type Desired,
  type Epoch,
  type GatewayRecord,
  KEYS,
  type LogEvent,
  type PeerAddress,
  type PowerRecord,
  type SiteRecord,
} from "../domain/index.ts";
import type { Platform, PowerSwitch, Store } from "../ports/index.ts";
import { EventLog, Mirror, monotonicMs, Publisher, TIMING } from "../register/index.ts";
import { DataSets, type MakeDriver } from "./data-sets.ts";
import { FailoverLoop } from "./failover-loop.ts";
import { InSyncSet } from "./in-sync.ts";
import { Instances } from "./instances.ts";
import { Leadership } from "./leadership.ts";
import { type FetchBlob, Releases } from "./releases.ts";
import { Replicas } from "./replicas.ts";
import { WriterRole } from "./writer-role.ts";

export type AgentDeps = {
  readonly site: string;
  /** Unique for every start of the agent (safety rule 10). */
  readonly incarnation: string;
  readonly folder: string;
  readonly address: PeerAddress;
  readonly store: Store;
  readonly platform: Platform;
  readonly power: PowerSwitch;
  readonly makeDriver: MakeDriver;
  readonly fetchBlob: FetchBlob;
  /** Asks another site whether this one may go on writing without the Store. */
  readonly askAgreement: (site: string, epoch: Epoch) => Promise<boolean>;
};

const GATEWAY_FRESH_MS = 3_000;
const SHUTDOWN_MARGIN_MS = 1_000;
const TELL_POSITIONS_MS = 1_000;
const AGREE_READ_MS = 250;
const VOLATILE = new Set(["position", "confirmed", "lagMs", "files"]);

/** The agent of one site: keeps its instances, holds its right to write, replicates its data, and leads if it is elected. */
export class Agent {
  readonly #deps: AgentDeps;
  readonly mirror: Mirror;
  readonly data: DataSets;
  readonly writer: WriterRole;
  readonly instances: Instances;
  readonly #leadership: Leadership;
  readonly #failover: FailoverLoop;
  readonly #releases: Releases;
  readonly #replicas = new Replicas();
  readonly #events: EventLog;
  readonly #siteRecord: Publisher<SiteRecord>;
  readonly #beat: Publisher<Beat>;
  #detours = new Map<string, number>();
  #promisedUntilMs = 0;
  #beats = 0;
  #told: { readonly records: SiteRecord["data"]; readonly text: string; readonly atMs: number } = {
    records: {},
    text: "",
    atMs: 0,
  };
  #wanted = 0;
  #follows = 0;
  #problem: string | null = null;
  #stopping = false;
  #wake: () => void = () => {};

  constructor(deps: AgentDeps) {
    this.#deps = deps;
    const { store, site, platform } = deps;
    this.mirror = new Mirror(store);
    this.#events = new EventLog(store);
    const log = (event: Omit<LogEvent, "at">): void => this.log(event);
    const onChange = (): void => this.#wake();
    const inSync = new InSyncSet(store);
    this.data = new DataSets(site, inSync);
    this.instances = new Instances({
      platform,
      onChange,
      log: (kind, text) => log({ kind, site, text }),
      busyGateways: (incarnation) => this.#busyGateways(incarnation),
    });
    this.writer = new WriterRole({
      site,
      store,
      mirror: this.mirror,
      data: this.data,
      instances: this.instances,
      log,
      allAgree: (epoch) => this.#allAgree(epoch),
      onChange: () => {
        this.#publish();
        onChange();
      },
    });
    this.#leadership = new Leadership(store, this.mirror, site, deps.incarnation);
    const { mirror, power } = { mirror: this.mirror, power: deps.power };
    this.#failover = new FailoverLoop({
      store,
      mirror,
      power,
      log,
      leadership: this.#leadership,
      promisedUntilMs: () => this.#promisedUntilMs,
    });
    this.#releases = new Releases(deps.folder, deps.fetchBlob);
    this.#siteRecord = new Publisher(store, KEYS.site(site));
    this.#beat = new Publisher(store, KEYS.beat(site));
  }

  log(event: Omit<LogEvent, "at">): void {
    console.log(`${new Date().toISOString()} ${event.kind}: ${event.text}`);
    this.#events.append({ at: Date.now(), ...event });
  }

  async run(): Promise<void> {
    await this.mirror.start();
    this.mirror.onChange((keys) => {
      if (keys.includes(KEYS.failover) || keys.includes(KEYS.desired)) void this.writer.tend(true);
      if (keys.some((key) => !key.startsWith("beat/"))) this.#wake();
      void this.#lead();
    });
    const beating = this.#beatForever();
    while (!this.#stopping) {
      await this.#tend().catch((error: unknown) =>
        this.log({ kind: "error", site: this.#deps.site, text: String(error instanceof Error ? error.stack : error) }),
      );
      await this.#pause();
    }
    await beating;
  }

  /** Drains and stops everything of this site; for `down`, not for failover. */
  async shutDown(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#wake();
    const graceMs = this.#desired()?.application.service.drainTimeoutMs ?? SHUTDOWN_MARGIN_MS;
    await this.instances.stopAll(graceMs);
    if (this.writer.writing !== null) await Promise.race([this.data.barrier(), wait(SHUTDOWN_MARGIN_MS)]);
    await this.data.close();
    await this.#leadership.resign();
    for (const publisher of [this.#siteRecord, this.#beat]) publisher.close();
    this.mirror.close();
  }

  /** Another site asks to go on writing without the Store (safety rule 8): read for it, or promise to stand still. */
  async agree(writer: string, epoch: number): Promise<boolean> {
    // A Store that hangs would use up the asker's patience; a promise is as good as an answer from it.
    const current = await Promise.race([this.#deps.store.get(KEYS.failover), wait(AGREE_READ_MS, null)]);
    const state = current?.ok
      ? (current.value.value as FailoverState | null)
      : this.mirror.value<FailoverState>(KEYS.failover);
    const same = state !== null && state.epoch === epoch && mayWrite(state.phase) === writer;
    const leaseMs = this.#desired()?.application.failover.leaseMs ?? 0;
    if (!current?.ok && same) this.#promisedUntilMs = monotonicMs() + leaseMs + SHIM_KILL_MARGIN_MS;
    return same;
  }

  /** Sends an instance's traffic through another port, so that a drill can falsify its answers. */
  detour(incarnation: string, port: number | null): void {
    if (port === null) this.#detours.delete(incarnation);
    else this.#detours.set(incarnation, port);
    this.#publish();
  }

  #desired(): Desired | null {
    return this.mirror.value<Desired>(KEYS.desired);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, TIMING.tick);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #beatForever(): Promise<void> {
    const { incarnation } = this.#deps;
    while (!this.#stopping) {
      const leading = this.#leadership.leading;
      this.#beat.publish({
        incarnation,
        count: this.#beats++,
        leading,
        staleMs: this.data.staleMs(),
        lagMs: this.data.lagMs(),
      });
      void this.writer.tend(false);
      void this.#lead();
      await wait(TIMING.heartbeat);
    }
  }

  async #lead(): Promise<void> {
    if (this.#stopping) return;
    await this.#leadership.tend();
    if (!this.#leadership.leading) return;
    await this.#failover.tend();
  }

  async #tend(): Promise<void> {
    const { value: desired, version } = this.mirror.get<Desired>(KEYS.desired);
    const mine = desired?.application.sites.find((site) => site.name === this.#deps.site);
    if (!desired || !mine) return;
    const { application } = desired;
    this.data.open(application, this.#deps.makeDriver, () => void this.writer.tend(true));
    const release = releaseFor(desired, mine.name);
    const folder = await this.#releases.materialise(release, application);
    this.#problem = folder.ok ? null : folder.error.message;
    if (folder.ok) {
      const count = this.#count(desired);
      this.#wanted = count;
      this.#follows = version;
      await this.instances.tend({
        application,
        release,
        folder: folder.value,
        zones: mine.zones,
        count,
        lease: this.writer.lease(),
      });
    }
    await this.data.tend();
    this.#publish();
    if (this.#leadership.leading) {
      await this.#failover.tend();
      await this.#rollOut(desired);
    }
  }

  #count(desired: Desired): number {
    const state = this.mirror.value<FailoverState>(KEYS.failover);
    const active = desired.strategy === "active-active" || state === null || mayWrite(state.phase) === this.#deps.site;
    const gateways = Object.values(this.mirror.below<GatewayRecord>("gateway/"));
    return this.#replicas.count(desired, this.#deps.site, active, gateways, monotonicMs(), Date.now());
  }

  #busyGateways(incarnation: string): boolean {
    const gateways = Object.values(this.mirror.below<GatewayRecord>("gateway/"));
    const fresh = gateways.filter((gateway) => Math.abs(Date.now() - gateway.at) < GATEWAY_FRESH_MS);
    return fresh.some((gateway) => !gateway.drained.includes(incarnation) || gateway.busy.includes(incarnation));
  }

  async #rollOut(desired: Desired): Promise<void> {
    if (desired.rollout.state !== "rolling") return;
    const state = this.mirror.value<FailoverState>(KEYS.failover);
    const power = this.mirror.below<PowerRecord>("power/");
    const alive = desired.application.sites
      .map((site) => site.name)
      .filter((site) => (power[site]?.state ?? "on") === "on");
    const writer = state === null ? this.#deps.site : (mayWrite(state.phase) ?? this.#deps.site);
    const next = advanceRollout(desired, this.mirror.below<SiteRecord>("site/"), alive, writer);
    if (next === desired) return;
    const result = await this.#deps.store.put(KEYS.desired, next, this.mirror.get(KEYS.desired).version);
    if (result.kind !== "ok") return;
    const { rollout } = next;
    if (rollout.state === "rolled-back")
      this.log({
        kind: "rolled-back",
        site: null,
        text: `release ${rollout.release.slice(7, 19)} is rolled back: ${rollout.reason}`,
      });
    if (rollout.state === "done")
      this.log({ kind: "rolled-out", site: null, text: `release ${next.release.slice(7, 19)} runs everywhere` });
  }

  async #allAgree(epoch: Epoch): Promise<boolean> {
    const others =
      this.#desired()
        ?.application.sites.map((site) => site.name)
        .filter((site) => site !== this.#deps.site) ?? [];
    const answers = await Promise.all(others.map((site) => this.#deps.askAgreement(site, epoch)));
    return others.length > 0 && answers.every((agreed) => agreed);
  }

  /** Positions move with every write; the Store is told of them once a second, of everything else at once. */
  #dataRecords(): SiteRecord["data"] {
    const records = this.data.records();
    const text = JSON.stringify(records, (key, value: unknown) => (VOLATILE.has(key) ? undefined : value));
    const now = monotonicMs();
    if (text !== this.#told.text || now - this.#told.atMs > TELL_POSITIONS_MS)
      this.#told = { records, text, atMs: now };
    return this.#told.records;
  }

  #publish(): void {
    const { site, incarnation, address } = this.#deps;
    const instances = this.instances
      .records()
      .map((each) => ({ ...each, port: this.#detours.get(each.incarnation) ?? each.port }));
    this.#siteRecord.publish({
      site,
      incarnation,
      pid: process.pid,
      agent: address,
      instances,
      writing: this.writer.writing,
      demoted: this.writer.demoted,
      data: this.#dataRecords(),
      rolloutFailed: this.instances.failed,
      wanted: this.#wanted,
      follows: this.#follows,
      waiting: this.instances.waiting(),
      problem: this.#problem,
    });
  }
}
