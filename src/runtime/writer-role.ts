import { exec } from "node:child_process";
import { type FailoverState, mayWrite } from "../control/failover/index.ts";
import { type Desired, type Epoch, KEYS, type LogEvent } from "../domain/index.ts";
import type { Store, WriteLease } from "../ports/index.ts";
import { type Mirror, monotonicMs, TIMING } from "../register/index.ts";
import type { DataSets } from "./data-sets.ts";
import type { Instances } from "./instances.ts";

const HOOK_BOUND_MS = 60_000;

export type WriterRoleDeps = {
  readonly site: string;
  readonly store: Store;
  readonly mirror: Mirror;
  readonly data: DataSets;
  readonly instances: Instances;
  readonly log: (event: Omit<LogEvent, "at">) => void;
  /** Whether every other site agrees that this one goes on under the epoch (safety rule 8). */
  readonly allAgree: (epoch: Epoch) => Promise<boolean>;
  readonly onChange: () => void;
};

/** The site's right to write: renewed from the Store, carried to the shims, given up before it runs out. */
export class WriterRole {
  readonly #deps: WriterRoleDeps;
  #lease: WriteLease | null = null;
  #writing: Epoch | null = null;
  #demoted: { readonly epoch: Epoch; readonly flushedTo: readonly string[] } | null = null;
  #working: Promise<void> = Promise.resolve();
  #nextMs = 0;

  constructor(deps: WriterRoleDeps) {
    this.#deps = deps;
  }

  get writing(): Epoch | null {
    return this.#writing;
  }

  get demoted(): { readonly epoch: Epoch; readonly flushedTo: readonly string[] } | null {
    return this.#demoted;
  }

  /** For instances that start now: bound from their first moment. null: not writing, or nothing to protect. */
  lease(): WriteLease | null {
    if (!this.#protects() || this.#writing === null) return null;
    return this.#lease && monotonicMs() < this.#lease.deadlineMs ? this.#lease : null;
  }

  /** Valid right now, for work that commits in the same turn of the event loop. */
  holds(epoch: number): boolean {
    return this.#writing === epoch && this.#lease?.epoch === epoch && monotonicMs() < this.#lease.deadlineMs;
  }

  /** `urgent`: the failover state changed; otherwise it renews at its own pace. */
  tend(urgent: boolean): Promise<void> {
    if (!urgent && monotonicMs() < this.#nextMs) return this.#working;
    this.#working = this.#working
      .then(() => this.#tend())
      .catch((error: unknown) => {
        this.#deps.log({ kind: "error", site: this.#deps.site, text: `writer role: ${String(error)}` });
      });
    return this.#working;
  }

  /** Only data needs protection: without it, losing the Store must not stop anybody from answering. */
  #protects(): boolean {
    return (this.#deps.mirror.value<Desired>(KEYS.desired)?.application.data.length ?? 0) > 0;
  }

  async #tend(): Promise<void> {
    this.#nextMs = monotonicMs() + TIMING.writerRenew;
    const sentMs = monotonicMs();
    const current = await this.#deps.store.get(KEYS.failover);
    const leaseMs = this.#deps.mirror.value<Desired>(KEYS.desired)?.application.failover.leaseMs ?? 0;
    if (current.ok) {
      const state = current.value.value as FailoverState | null;
      const allowed = state !== null && mayWrite(state.phase) === this.#deps.site;
      if (allowed) await this.#go({ epoch: state.epoch, deadlineMs: sentMs + leaseMs });
      else if (state && this.#writing !== null) await this.#giveUp(state);
      return;
    }
    if (this.#lease && this.#writing !== null && (await this.#deps.allAgree(this.#lease.epoch))) {
      await this.#go({ epoch: this.#lease.epoch, deadlineMs: sentMs + leaseMs });
    } else {
      await this.#stopIfLate();
    }
  }

  async #go(lease: WriteLease): Promise<void> {
    this.#lease = lease;
    if (this.#writing !== lease.epoch && !(await this.#promote(lease.epoch))) return;
    if (this.#protects()) await this.#deps.instances.bind(lease);
  }

  async #promote(epoch: Epoch): Promise<boolean> {
    const { data, instances, mirror, log, site } = this.#deps;
    const desired = mirror.value<Desired>(KEYS.desired);
    if (!desired) return false;
    const promoted = await data.promote(epoch, desired.application);
    if (!promoted.ok) {
      log({ kind: "promotion-waits", site, text: promoted.error.message, epoch });
      return false;
    }
    const first = this.#writing === null && this.#demoted === null && instances.records().length === 0;
    const { onPromote } = desired.application.failover;
    if (!first && onPromote === "restart") await instances.restartAll();
    if (!first && typeof onPromote === "object") await this.#runHook(onPromote.hook, epoch);
    this.#writing = epoch;
    this.#demoted = null;
    log({ kind: "writing", site, text: `${site} writes under epoch ${epoch}`, epoch });
    this.#deps.onChange();
    return true;
  }

  #runHook(command: string, epoch: Epoch): Promise<void> {
    const env = { ...process.env, HOLDFAST_SITE_NAME: this.#deps.site, HOLDFAST_EPOCH: String(epoch) };
    return new Promise((resolve) => {
      exec(command, { timeout: HOOK_BOUND_MS, env }, (error) => {
        if (error)
          this.#deps.log({ kind: "hook-failed", site: this.#deps.site, text: `onPromote hook: ${error.message}` });
        resolve();
      });
    });
  }

  async #giveUp(state: FailoverState): Promise<void> {
    const { data, instances, site, mirror, log } = this.#deps;
    const { phase } = state;
    const planned = phase.kind === "failing-back" && phase.from === site && this.#writing === state.epoch;
    const graceMs = planned ? (mirror.value<Desired>(KEYS.desired)?.application.service.drainTimeoutMs ?? 0) : 0;
    const epoch = this.#writing!;
    // From here on no barrier counts any more, however long the rest takes.
    this.#lease = null;
    if (this.#protects()) await instances.unbind(graceMs);
    if (planned) {
      const flushedTo = await data.demote();
      this.#demoted = { epoch, flushedTo };
    } else {
      await data.follow(state.epoch);
    }
    this.#writing = null;
    log({
      kind: "stopped-writing",
      site,
      text: `${site} stopped writing${planned ? " after it flushed its data" : ""}`,
      epoch,
    });
    this.#deps.onChange();
  }

  /** Before the shims do it: an agent that cannot renew stops its own writers (safety rule 5). */
  async #stopIfLate(): Promise<void> {
    if (this.#writing === null || !this.#lease || !this.#protects()) return;
    if (monotonicMs() < this.#lease.deadlineMs - TIMING.writerStopsBefore - TIMING.writerRenew) return;
    const epoch = this.#writing;
    this.#lease = null;
    await this.#deps.instances.unbind(0);
    this.#writing = null;
    await this.#deps.data.follow(epoch);
    this.#deps.log({
      kind: "stopped-writing",
      site: this.#deps.site,
      text: "the store cannot be reached: writing stopped before the lease ran out",
      epoch,
    });
    this.#deps.onChange();
  }
}
