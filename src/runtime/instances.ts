import { randomBytes } from "node:crypto";
import { backoff, decide, type Seen } from "../control/reconcile/index.ts";
import { type Application, type InstanceRecord, shortDigest } from "../domain/index.ts";
import type { Platform, RunningInstance, WriteLease } from "../ports/index.ts";
import { Prober } from "./prober.ts";

export type Want = {
  readonly application: Application;
  readonly release: string;
  /** Folder of the materialised release. */
  readonly folder: string;
  readonly zones: readonly string[];
  readonly count: number;
  /** null: instances here do not write. */
  readonly lease: WriteLease | null;
};

const DEATHS_KEPT = 10;

export type InstancesDeps = {
  readonly platform: Platform;
  readonly onChange: () => void;
  readonly log: (kind: string, text: string) => void;
  /** Gateways that do not yet know that the instance drains, or still have requests in it. */
  readonly busyGateways: (incarnation: string) => boolean;
};

/** Keeps the instances of one site as wanted: looks, decides, does one step, looks again. */
export class Instances {
  readonly #deps: InstancesDeps;
  readonly #prober: Prober;
  readonly #draining = new Set<string>();
  readonly #starting = new Map<number, Seen>();
  readonly #pending = new Map<string, Promise<void>>();
  readonly #deaths = new Map<number, number[]>();
  readonly #restarts = new Map<number, number>();
  readonly #bound = new Set<string>();
  #running: readonly RunningInstance[] = [];
  #failed: { readonly release: string; readonly reason: string } | null = null;
  #lastReason = new Map<number, string>();

  constructor(deps: InstancesDeps) {
    this.#deps = deps;
    this.#prober = new Prober(deps.onChange);
  }

  /** A release whose instances cannot run; stays until another release is wanted. */
  get failed(): { readonly release: string; readonly reason: string } | null {
    return this.#failed;
  }

  async tend(want: Want): Promise<void> {
    const { platform } = this.#deps;
    this.#running = await platform.observe();
    this.#noteExits(want);
    this.#prober.look(this.#running, want.application.service.health);
    for (const { spec } of this.#running) this.#replaceIfStuck(spec.incarnation, want);
    if (this.#failed && this.#failed.release !== want.release) this.#failed = null;
    for (const action of decide(want, this.#seen())) {
      if (action.kind === "start") this.#start(action.slot, action.zone, want);
      else void this.drain(action.incarnation, want.application.service.drainTimeoutMs, action.reason);
    }
  }

  #seen(): readonly Seen[] {
    const running = this.#running.map(({ spec }) => ({
      incarnation: spec.incarnation,
      slot: spec.slot,
      release: spec.release,
      state: this.#draining.has(spec.incarnation) ? ("draining" as const) : this.#prober.stateOf(spec.incarnation),
    }));
    const known = new Set(running.map((instance) => instance.incarnation));
    return [...running, ...[...this.#starting.values()].filter((instance) => !known.has(instance.incarnation))];
  }

  #noteExits(want: Want): void {
    for (const exit of this.#deps.platform.exits()) {
      const wanted = this.#draining.delete(exit.incarnation);
      this.#bound.delete(exit.incarnation);
      this.#deps.log(
        wanted ? "instance-ended" : "instance-died",
        `instance ${exit.slot} (${exit.incarnation}) ended: ${exit.reason}`,
      );
      if (wanted) continue;
      this.#noteDeath(exit.slot, exit.reason, want);
    }
  }

  #noteDeath(slot: number, reason: string, want: Want): void {
    const deaths = [...(this.#deaths.get(slot) ?? []), Date.now()].slice(-DEATHS_KEPT);
    this.#deaths.set(slot, deaths);
    this.#restarts.set(slot, (this.#restarts.get(slot) ?? 0) + 1);
    this.#lastReason.set(slot, reason);
    if (!backoff(deaths, Date.now()).crashLooping) return;
    this.#failed ??= { release: want.release, reason: `instance ${slot} does not stay up: ${reason}` };
  }

  #replaceIfStuck(incarnation: string, want: Want): void {
    const reason = this.#prober.verdict(incarnation, want.application.service.health);
    if (!reason || this.#draining.has(incarnation)) return;
    const running = this.#running.find(({ spec }) => spec.incarnation === incarnation)!;
    this.#deps.log("instance-stuck", `instance ${running.spec.slot} (${incarnation}): ${reason}`);
    if (!this.#prober.stateOf(incarnation).includes("ready")) {
      this.#failed ??= { release: running.spec.release, reason: `instance ${running.spec.slot} is ${reason}` };
    }
    void this.kill(incarnation);
  }

  #start(slot: number, zone: string, want: Want): void {
    if (backoff(this.#deaths.get(slot) ?? [], Date.now()).waitMs > 0) return;
    const { service } = want.application;
    const incarnation = randomBytes(6).toString("hex");
    this.#starting.set(slot, { incarnation, slot, release: want.release, state: "starting" });
    const spec = {
      incarnation,
      slot,
      zone,
      release: want.release,
      folder: want.folder,
      command: service.command,
      env: service.env,
      ...service.resources,
    };
    if (want.lease) this.#bound.add(incarnation);
    const starting = this.#deps.platform.start(spec, want.lease).then((started) => {
      this.#pending.delete(incarnation);
      this.#starting.delete(slot);
      if (!started.ok) {
        this.#deps.log("start-failed", `instance ${slot}: ${started.error.message}`);
      } else {
        this.#deps.log(
          "instance-started",
          `instance ${slot} (${incarnation}) of release ${shortDigest(want.release)} on port ${started.value.port}`,
        );
      }
      this.#deps.onChange();
    });
    this.#pending.set(incarnation, starting);
  }

  /** Out of the gateways first, then SIGTERM, then SIGKILL: bounded by the drain time-out. */
  async drain(incarnation: string, graceMs: number, reason: string): Promise<void> {
    if (this.#draining.has(incarnation)) return;
    this.#draining.add(incarnation);
    this.#deps.log("instance-draining", `${incarnation} drains: ${reason}`);
    this.#deps.onChange();
    // One that is just being started cannot be stopped before it is there.
    await this.#pending.get(incarnation);
    const end = performance.now() + graceMs;
    while (this.#deps.busyGateways(incarnation) && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await this.#deps.platform.stop(incarnation, Math.max(500, end - performance.now()));
    this.#deps.onChange();
  }

  /** At once: for an instance that is stuck, or that must not write any more. */
  async kill(incarnation: string): Promise<void> {
    await this.#deps.platform.stop(incarnation, 0);
    this.#deps.onChange();
  }

  /** Binds every running instance to the lease; from here on it lives no longer than the lease. */
  async bind(lease: WriteLease): Promise<void> {
    const before = this.#bound.size;
    const running = this.#running.map(({ spec }) => spec.incarnation);
    const bound = await Promise.all(running.map((incarnation) => this.#deps.platform.bind(incarnation, lease)));
    running.forEach((incarnation, index) => {
      if (bound[index]) this.#bound.add(incarnation);
    });
    // Gateways send writes to bound instances only, so they are told at once.
    if (this.#bound.size > before) this.#deps.onChange();
  }

  /** Ends every instance that may have written, seen gone. */
  async unbind(graceMs: number): Promise<void> {
    const bound = [...this.#bound].filter((incarnation) =>
      this.#running.some(({ spec }) => spec.incarnation === incarnation),
    );
    await Promise.all(bound.map((incarnation) => this.#deps.platform.stop(incarnation, graceMs)));
    this.#deaths.clear();
  }

  async restartAll(): Promise<void> {
    await Promise.all(this.#running.map(({ spec }) => this.#deps.platform.stop(spec.incarnation, 500)));
  }

  async stopAll(graceMs: number): Promise<void> {
    await Promise.all(this.#pending.values());
    this.#running = await this.#deps.platform.observe();
    await Promise.all(this.#running.map(({ spec }) => this.drain(spec.incarnation, graceMs, "the site shuts down")));
    this.#prober.close();
  }

  records(): readonly InstanceRecord[] {
    const running = this.#running.map(
      ({ spec, host, port, pid, limits }): InstanceRecord => ({
        incarnation: spec.incarnation,
        slot: spec.slot,
        zone: spec.zone,
        host,
        port,
        pid,
        release: spec.release,
        state: this.#draining.has(spec.incarnation) ? "draining" : this.#prober.stateOf(spec.incarnation),
        writes: this.#bound.has(spec.incarnation),
        restarts: this.#restarts.get(spec.slot) ?? 0,
        limits,
      }),
    );
    return running;
  }

  /** Slots that wait before they start again, with the reason. */
  waiting(): readonly { readonly slot: number; readonly reason: string; readonly crashLooping: boolean }[] {
    return [...this.#deaths].flatMap(([slot, deaths]) => {
      const { waitMs, crashLooping } = backoff(deaths, Date.now());
      const up = this.#running.some(({ spec }) => spec.slot === slot);
      return waitMs > 0 && !up ? [{ slot, reason: this.#lastReason.get(slot) ?? "", crashLooping }] : [];
    });
  }
}
