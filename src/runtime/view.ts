import type { FailoverConfig, FailoverState, SiteView, View } from "../control/failover/index.ts";
import { type Beat, type Desired, type InSync, KEYS, type PowerRecord, type SiteRecord } from "../domain/index.ts";
import { type Mirror, monotonicMs, TIMING } from "../register/index.ts";

/** The leader's own stall, or a Store that did not answer: nobody else is blamed for it. */
const STALL_MS = 1_000;

export function failoverConfig(desired: Desired): FailoverConfig {
  const { application, strategy } = desired;
  const { failover } = application;
  return {
    sites: application.sites.map((site) => site.name),
    strategy,
    automatic: application.witness !== null,
    failback: failover.failback,
    detectionMs: failover.detectionMs,
    leaseMs: failover.leaseMs,
    rpoMs: application.objectives.rpoMs,
    onPromote: failover.onPromote,
    onRpoExceeded: failover.onRpoExceeded,
    hasData: application.data.length > 0,
    maxPerHour: failover.maxPerHour,
    stableMs: failover.stableMs,
    drainTimeoutMs: application.service.drainTimeoutMs,
  };
}

/** What the leader sees of every site, with silence measured on its own clock. */
export class Observer {
  readonly #mirror: Mirror;
  readonly #beats = new Map<string, { version: number; atMs: number }>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  look(desired: Desired, state: FailoverState, inSync: InSync | null): View {
    const now = monotonicMs();
    // A standby that lost its own view of the world must not promote (safety rule 14).
    const blind = now - this.#lookedMs > STALL_MS || this.#mirror.silentMs > STALL_MS + TIMING.heartbeat;
    this.#lookedMs = now;
    const sites = desired.application.sites.map((site) => site.name);
    for (const site of sites) {
      const { version } = this.#mirror.get<Beat>(KEYS.beat(site));
      if (blind || this.#beats.get(site)?.version !== version) this.#beats.set(site, { version, atMs: now });
    }
    const writer = state.phase.kind === "fencing" ? state.phase.from : null;
    const writerSilentMs = writer === null ? 0 : now - this.#beats.get(writer)!.atMs;
    return {
      sites: Object.fromEntries(
        sites.map((site) => [site, this.#viewOf(site, desired, state, inSync, now, writerSilentMs)]),
      ),
    };
  }

  #viewOf(
    site: string,
    desired: Desired,
    state: FailoverState,
    inSync: InSync | null,
    now: number,
    writerSilentMs: number,
  ): SiteView {
    const record = this.#mirror.value<SiteRecord>(KEYS.site(site));
    const beat = this.#mirror.value<Beat>(KEYS.beat(site));
    const power = this.#mirror.value<PowerRecord>(KEYS.power(site));
    const silentMs = now - this.#beats.get(site)!.atMs;
    const barrier = desired.application.data.every((data) => data.replication === "barrier");
    const staleMs = beat?.staleMs ?? null;
    // What the writer wrote after its last sign of life to us, it may have written at most one heartbeat later.
    const lossBoundMs = staleMs === null ? null : Math.max(0, staleMs + silentMs - writerSilentMs) + TIMING.heartbeat;
    return {
      silentMs,
      dead: power !== null && power.state !== "on",
      readyInstances: record?.instances.filter((instance) => instance.state === "ready").length ?? 0,
      wantedInstances: record?.wanted ?? 0,
      writing: record?.writing ?? null,
      demoted: record?.demoted ?? null,
      following: staleMs !== null && staleMs < TIMING.following,
      inSync: barrier && inSync?.epoch === state.epoch && inSync.sites.includes(site),
      lossBoundMs,
    };
  }
}
