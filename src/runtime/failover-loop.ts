import { isDeepStrictEqual } from "node:util";
import { type Effect, type FailoverEvent, type FailoverState, initialState, step } from "../control/failover/index.ts";
import {
  type Desired,
  type GatewayRecord,
  type InSync,
  KEYS,
  type LogEvent,
  type MoveRequest,
  type RouteIntent,
} from "../domain/index.ts";
import type { PowerSwitch, Store } from "../ports/index.ts";
import { type Mirror, monotonicMs, TIMING } from "../register/index.ts";
import { describeChange } from "./describe.ts";
import type { Leadership } from "./leadership.ts";
import { failoverConfig, Observer } from "./view.ts";

const EFFECT_RETRY_MS = 200;

type Stored = { readonly state: FailoverState; readonly version: number };

export type FailoverDeps = {
  readonly store: Store;
  readonly mirror: Mirror;
  readonly leadership: Leadership;
  readonly power: PowerSwitch;
  readonly log: (event: Omit<LogEvent, "at">) => void;
  /** Until then this agent has promised a writer not to change anything (safety rule 8). */
  readonly promisedUntilMs: () => number;
};

/** The leader's loop: read what is, call the pure step, store its answer, perform its effects. */
export class FailoverLoop {
  readonly #deps: FailoverDeps;
  readonly #observer: Observer;
  readonly #performing = new Set<number>();
  #stored: Stored | null = null;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: FailoverDeps) {
    this.#deps = deps;
    this.#observer = new Observer(deps.mirror);
  }

  /** Called on every change and every tick; runs one at a time. */
  tend(): Promise<void> {
    this.#working = this.#working.then(() => this.#tend());
    return this.#working;
  }

  async #tend(): Promise<void> {
    const { mirror, leadership, promisedUntilMs } = this.#deps;
    const desired = mirror.value<Desired>(KEYS.desired);
    if (!leadership.leading || !desired) return;
    const stored = this.#newest() ?? (await this.#create(desired));
    if (!stored || monotonicMs() < promisedUntilMs()) return;
    const request = mirror.value<MoveRequest>(KEYS.request);
    if (request && request.id !== stored.state.lastRequest) await this.#advance({ kind: "requested", request });
    const view = this.#observer.look(desired, this.#newest()!.state, await this.#inSync(stored.state));
    await this.#advance({ kind: "observed", view });
    for (const effect of this.#newest()!.state.effects) void this.#perform(effect);
  }

  /** While fencing, read afresh: the set may have shrunk until the moment in which every gateway held back. */
  async #inSync(state: FailoverState): Promise<InSync | null> {
    if (state.phase.kind !== "fencing") return this.#deps.mirror.value<InSync>(KEYS.inSync);
    const current = await this.#deps.store.get(KEYS.inSync);
    return current.ok ? (current.value.value as InSync | null) : null;
  }

  #newest(): Stored | null {
    const entry = this.#deps.mirror.get<FailoverState>(KEYS.failover);
    if (this.#stored && this.#stored.version >= entry.version) return this.#stored;
    return entry.value ? { state: entry.value, version: entry.version } : null;
  }

  async #create(desired: Desired): Promise<Stored | null> {
    const state = initialState(failoverConfig(desired));
    const result = await this.#deps.store.put(KEYS.failover, state, 0);
    this.#stored = result.kind === "ok" ? { state, version: result.version } : null;
    return this.#stored;
  }

  /** The new state is stored before anything in it is performed; a conflict means that somebody else was first. */
  async #advance(event: FailoverEvent): Promise<void> {
    const { mirror, leadership, store, log } = this.#deps;
    const desired = mirror.value<Desired>(KEYS.desired);
    const stored = this.#newest();
    if (!desired || !stored || !leadership.leading) return;
    const now = { clock: leadership.clock, ms: monotonicMs(), wallMs: Date.now() };
    const state = step(stored.state, event, now, failoverConfig(desired));
    if (isDeepStrictEqual(state, stored.state)) return;
    const result = await store.put(KEYS.failover, state, stored.version);
    if (result.kind !== "ok") {
      this.#stored = null;
      return;
    }
    this.#stored = { state, version: result.version };
    for (const change of describeChange(stored.state, state)) log(change);
  }

  async #perform(effect: Effect): Promise<void> {
    if (this.#performing.has(effect.id)) return;
    this.#performing.add(effect.id);
    try {
      if (effect.kind === "fence") await this.#fence(effect);
      else await this.#route(effect.id, effect.intent);
    } finally {
      this.#performing.delete(effect.id);
    }
  }

  async #fence(effect: Extract<Effect, { kind: "fence" }>): Promise<void> {
    const receipt = await this.#deps.power.fence(effect.site, effect.epoch);
    if (!receipt) {
      await new Promise((resolve) => setTimeout(resolve, EFFECT_RETRY_MS));
      return;
    }
    await this.#then({ kind: "fenced", effect: effect.id, receipt });
  }

  async #route(id: number, intent: RouteIntent): Promise<void> {
    const { store } = this.#deps;
    const current = await store.get(KEYS.route);
    if (!current.ok) return;
    const known = (current.value.value as RouteIntent | null)?.number ?? 0;
    if (known < intent.number && (await store.put(KEYS.route, intent, current.value.version)).kind !== "ok") return;
    // Listed after the change: a gateway that registers later reads the new route before it gets any right.
    const registered = await store.list("gateway/");
    if (!registered.ok) return;
    const ids = registered.value.entries.map((entry) => entry.key);
    if (await this.#confirmed(intent.number, ids, monotonicMs())) await this.#then({ kind: "routed", effect: id });
  }

  /** Every gateway confirmed; or each one's right to pass on writes, renewed before the change, has run out. */
  async #confirmed(number: number, ids: readonly string[], changedMs: number): Promise<boolean> {
    const { mirror, leadership } = this.#deps;
    while (leadership.leading) {
      if (ids.every((id) => (mirror.value<GatewayRecord>(id)?.confirmed ?? 0) >= number)) return true;
      if (monotonicMs() - changedMs > TIMING.gatewayLease + TIMING.margin && this.#isCurrent(number)) return true;
      await new Promise<void>((resolve) => setTimeout(resolve, 10));
    }
    return false;
  }

  #isCurrent(number: number): boolean {
    return (
      this.#newest()?.state.effects.some((effect) => effect.kind === "route" && effect.intent.number === number) ??
      false
    );
  }

  #then(event: FailoverEvent): Promise<void> {
    this.#working = this.#working.then(() => this.#advance(event));
    return this.#working.then(() => this.tend());
  }
}
