// The protocol of a failover in a small world: two sites, two gateways, a Store, a power switch, clients, all driven by
// one seeded sequence. The failover step, the right to write and the timings are the real ones; processes, messages and
// disks are modelled, so that ten thousand failovers take seconds and any of them can be replayed from its seed.
import {
  type FailoverConfig,
  type FailoverEvent,
  type FailoverState,
  initialState,
  mayWrite,
  SHIM_KILL_MARGIN_MS,
  type SiteView,
  step,
} from "../../src/control/failover/index.ts";
import type { RouteIntent } from "../../src/domain/index.ts";
import { TIMING } from "../../src/register/index.ts";

export const TICK_MS = 50;

export const CONFIG: FailoverConfig = {
  sites: ["east", "west"],
  strategy: "hot-standby",
  automatic: true,
  failback: "auto",
  detectionMs: 2_000,
  leaseMs: 3_000,
  rpoMs: 0,
  onPromote: "start",
  onRpoExceeded: "wait",
  hasData: true,
  maxPerHour: 1_000,
  stableMs: 3_000,
  drainTimeoutMs: 2_000,
};

type Site = {
  readonly name: string;
  alive: boolean;
  /** SIGSTOP to everything in it. */
  paused: boolean;
  /** The agent alone is stopped; shim and instance go on. */
  agentPaused: boolean;
  storeReachable: boolean;
  peerReachable: boolean;
  writing: number | null;
  lease: { epoch: number; deadlineMs: number } | null;
  demoted: { epoch: number; flushedTo: readonly string[] } | null;
  nextTendMs: number;
  reading: { sentMs: number; arrivesMs: number; state: FailoverState } | null;
  instance: { alive: boolean; deadlineMs: number | null; killMs: number | null; returnsMs: number };
  /** The newest epoch that its copy has seen. */
  epoch: number;
  data: Set<number>;
  streaming: boolean;
  beat: { count: number; nextMs: number };
  returnsMs: number;
};

type Gateway = {
  route: RouteIntent | null;
  deadlineMs: number;
  number: number;
  confirmed: number;
  paused: boolean;
  nextRenewMs: number;
  reading: { sentMs: number; arrivesMs: number; route: RouteIntent } | null;
};

type Write = {
  readonly id: number;
  readonly gateway: Gateway;
  readonly epoch: number;
  readonly writer: string;
  stage: "sent" | "applied" | "safe";
  dueMs: number;
};

type Leader = { seen: Map<string, { count: number; atMs: number }>; lookedMs: number };

export type Fault =
  | { readonly kind: "kill-site" | "pause-site" | "pause-agent" | "cut-store" | "cut-peers"; readonly site: 0 | 1 }
  | { readonly kind: "pause-gateway"; readonly gateway: 0 | 1 }
  | { readonly kind: "power-fails" | "switch-leader" | "leader-dies-before-effect" | "store-answer-lost" };

export type Timed = { readonly atMs: number; readonly forMs: number; readonly fault: Fault };

/** What must never happen; thrown with the time at which it did. */
export class Violation extends Error {}

export class World {
  now = 0;
  readonly #random: () => number;
  readonly sites: readonly Site[];
  readonly #gateways: readonly Gateway[];
  failover: { state: FailoverState; version: number };
  #route: RouteIntent | null = null;
  #inSync: { epoch: number; sites: readonly string[] } = { epoch: 0, sites: [] };
  #leader = 0;
  #clock = 0;
  readonly #leaders: Leader[];
  /** Route effects that wait for the gateways, by effect. */
  readonly #changed = new Map<number, { number: number; atMs: number; clock: number }>();
  #powerWorks = true;
  #dropNext = false;
  #loseNext = false;
  #writes: Write[] = [];
  #count = 0;
  readonly acknowledged: { id: number; epoch: number; atMs: number }[] = [];
  readonly #writerOf = new Map<number, string>();

  constructor(random: () => number) {
    this.#random = random;
    this.sites = CONFIG.sites.map((name) => ({
      name,
      alive: true,
      paused: false,
      agentPaused: false,
      storeReachable: true,
      peerReachable: true,
      writing: null,
      lease: null,
      demoted: null,
      nextTendMs: 0,
      reading: null,
      instance: { alive: true, deadlineMs: null, killMs: null, returnsMs: 0 },
      epoch: 0,
      data: new Set<number>(),
      streaming: false,
      beat: { count: 0, nextMs: 0 },
      returnsMs: 0,
    }));
    this.#gateways = [0, 1].map(() => ({
      route: null,
      deadlineMs: 0,
      number: -1,
      confirmed: 0,
      paused: false,
      nextRenewMs: 0,
      reading: null,
    }));
    this.#leaders = this.sites.map(() => ({ seen: new Map(), lookedMs: Number.NEGATIVE_INFINITY }));
    this.failover = { state: initialState(CONFIG), version: 1 };
  }

  #within(low: number, high: number): number {
    return low + this.#random() * (high - low);
  }

  /** Most messages are quick, some are as slow as they may be. */
  #delay(longest: number): number {
    return this.#random() < 0.8 ? this.#within(0, 2 * TICK_MS) : this.#within(0, longest);
  }

  begin(fault: Fault): void {
    switch (fault.kind) {
      case "kill-site":
        this.#die(this.sites[fault.site]!);
        return;
      case "pause-site":
        this.sites[fault.site]!.paused = true;
        return;
      case "pause-agent":
        this.sites[fault.site]!.agentPaused = true;
        return;
      case "cut-store":
        this.sites[fault.site]!.storeReachable = false;
        return;
      case "cut-peers":
        this.sites[fault.site]!.peerReachable = false;
        return;
      case "pause-gateway":
        this.#gateways[fault.gateway]!.paused = true;
        return;
      case "power-fails":
        this.#powerWorks = false;
        return;
      case "switch-leader":
        this.#leader = 1 - this.#leader;
        this.#clock += 1;
        return;
      case "leader-dies-before-effect":
        this.#dropNext = true;
        return;
      case "store-answer-lost":
        this.#loseNext = true;
    }
  }

  end(fault: Fault): void {
    if (fault.kind === "power-fails") this.#powerWorks = true;
    if (fault.kind === "pause-gateway") this.#gateways[fault.gateway]!.paused = false;
    if (!("site" in fault)) return;
    const site = this.sites[fault.site]!;
    if (fault.kind === "pause-site") site.paused = false;
    if (fault.kind === "pause-agent") site.agentPaused = false;
    if (fault.kind === "cut-store") site.storeReachable = true;
    if (fault.kind === "cut-peers") site.peerReachable = true;
  }

  /** Everybody acts once, in any order. */
  tick(): void {
    this.now += TICK_MS;
    const acts: (() => void)[] = [
      ...this.sites.flatMap((site) => [
        () => this.#shim(site),
        () => this.#agent(site),
        () => this.#replicate(site),
        () => this.#comeBack(site),
      ]),
      ...this.#gateways.map((gateway) => () => this.#renew(gateway)),
      () => this.#lead(),
      () => this.#client(),
      () => this.#advanceWrites(),
    ];
    for (let left = acts.length; left > 0; left--) acts.splice(Math.floor(this.#random() * left), 1)[0]!();
  }

  // --- a site ---

  #die(site: Site): void {
    Object.assign(site, { alive: false, paused: false, agentPaused: false, writing: null, lease: null, demoted: null });
    Object.assign(site, { reading: null, streaming: false, returnsMs: this.now + this.#within(500, 4_000) });
    site.instance.alive = false;
  }

  #comeBack(site: Site): void {
    if (!site.alive && this.now >= site.returnsMs) {
      site.alive = true;
      site.nextTendMs = this.now;
      site.instance.returnsMs = this.now + 300;
    }
    const { instance } = site;
    if (!site.alive || site.paused || instance.alive || this.now < instance.returnsMs) return;
    Object.assign(instance, { alive: true, deadlineMs: site.lease?.deadlineMs ?? null, killMs: null });
  }

  /** Kills at its deadline, or somewhat later: a timer, a signal and a process take their time. */
  #shim(site: Site): void {
    const { instance } = site;
    if (!site.alive || site.paused || !instance.alive || instance.deadlineMs === null) return;
    if (this.now >= instance.deadlineMs)
      instance.killMs ??= instance.deadlineMs + this.#within(0, SHIM_KILL_MARGIN_MS - TICK_MS);
    if (instance.killMs !== null && this.now >= instance.killMs) this.#endInstance(site);
  }

  #endInstance(site: Site): void {
    Object.assign(site.instance, { alive: false, deadlineMs: null, killMs: null, returnsMs: this.now + 500 });
  }

  #agent(site: Site): void {
    if (!site.alive || site.paused || site.agentPaused) return;
    if (site.storeReachable && this.now >= site.beat.nextMs) {
      site.beat = { count: site.beat.count + 1, nextMs: this.now + TIMING.heartbeat };
    }
    if (site.reading && this.now >= site.reading.arrivesMs) {
      const { sentMs, state } = site.reading;
      site.reading = null;
      this.#role(site, state, sentMs);
    }
    if (!site.reading && this.now >= site.nextTendMs && site.storeReachable) {
      // Told of every change at once, so that it looks much more often than it has to.
      site.nextTendMs = this.now + this.#within(TICK_MS, TIMING.writerRenew);
      // The answer is what the Store held when it was asked; it may arrive late.
      site.reading = { sentMs: this.now, arrivesMs: this.now + this.#delay(900), state: this.failover.state };
    }
    const late = site.lease !== null && this.now >= site.lease.deadlineMs - TIMING.writerStopsBefore;
    if (site.writing !== null && late) this.#stopWriting(site);
  }

  #role(site: Site, state: FailoverState, sentMs: number): void {
    if (mayWrite(state.phase) === site.name) {
      const lease = { epoch: state.epoch as number, deadlineMs: sentMs + CONFIG.leaseMs };
      if (site.epoch > lease.epoch) return;
      site.lease = lease;
      if (site.writing !== lease.epoch) {
        if (this.#inSync.epoch > lease.epoch || !site.storeReachable) return;
        if (this.#inSync.epoch < lease.epoch) this.#inSync = { epoch: lease.epoch, sites: [] };
        Object.assign(site, { writing: lease.epoch, epoch: lease.epoch, demoted: null, streaming: false });
        const known = this.#writerOf.get(lease.epoch);
        if (known !== undefined && known !== site.name) throw new Violation(`epoch ${lease.epoch} has two writers`);
        this.#writerOf.set(lease.epoch, site.name);
      }
      if (site.instance.alive && site.instance.killMs === null) site.instance.deadlineMs = lease.deadlineMs;
      return;
    }
    if (site.writing === null) return;
    const planned =
      state.phase.kind === "failing-back" && state.phase.from === site.name && site.writing === state.epoch;
    const epoch = site.writing;
    this.#stopWriting(site);
    if (planned) site.demoted = { epoch, flushedTo: this.#flush(site, epoch) };
  }

  #stopWriting(site: Site): void {
    this.#endInstance(site);
    Object.assign(site, { writing: null, lease: null, streaming: false });
  }

  #other(site: Site): Site {
    return this.sites.find((each) => each !== site)!;
  }

  #hears(from: Site, to: Site): boolean {
    return from.peerReachable && to.peerReachable && to.alive && !to.paused && !to.agentPaused;
  }

  #flush(site: Site, epoch: number): readonly string[] {
    const other = this.#other(site);
    return this.#store(other, site, epoch) ? [other.name] : [];
  }

  /** The standby takes everything, unless it has seen a newer epoch or writes itself. */
  #store(standby: Site, writer: Site, epoch: number): boolean {
    if (!this.#hears(writer, standby) || standby.epoch > epoch || standby.writing !== null) return false;
    standby.epoch = epoch;
    standby.data = new Set(writer.data);
    return true;
  }

  /** Joins the standby, or takes it out of the in-sync set before anything goes on without it. */
  #replicate(site: Site): void {
    if (!site.alive || site.paused || site.agentPaused || site.writing === null) return;
    const standby = this.#other(site);
    const stored = this.#store(standby, site, site.writing);
    if (!stored) {
      if (site.streaming && this.#leave(site, standby)) site.streaming = false;
      return;
    }
    site.streaming = true;
    const { epoch, sites } = this.#inSync;
    if (site.storeReachable && epoch === site.writing && !sites.includes(standby.name))
      this.#inSync = { epoch, sites: [standby.name] };
  }

  #leave(site: Site, standby: Site): boolean {
    if (!site.storeReachable || this.#inSync.epoch !== site.writing) return false;
    this.#inSync = { ...this.#inSync, sites: this.#inSync.sites.filter((name) => name !== standby.name) };
    return true;
  }

  // --- a gateway ---

  #renew(gateway: Gateway): void {
    if (gateway.paused) return;
    const { reading } = gateway;
    if (reading && this.now >= reading.arrivesMs) {
      gateway.reading = null;
      if (reading.route.number >= gateway.number) {
        Object.assign(gateway, { number: reading.route.number, deadlineMs: reading.sentMs + TIMING.gatewayLease });
        gateway.route = reading.route;
        const draining = reading.route.mode === "drain" && this.#writes.some((write) => write.gateway === gateway);
        gateway.confirmed = draining ? gateway.confirmed : reading.route.number;
      }
    }
    if (gateway.reading || this.now < gateway.nextRenewMs || !this.#route) return;
    gateway.nextRenewMs = this.now + this.#within(TICK_MS, TIMING.gatewayRenew);
    gateway.reading = { sentMs: this.now, arrivesMs: this.now + this.#delay(1_500), route: this.#route };
  }

  #covers(gateway: Gateway): boolean {
    return gateway.route !== null && gateway.number === gateway.route.number && this.now < gateway.deadlineMs;
  }

  // --- clients ---

  #client(): void {
    for (const gateway of this.#gateways) {
      const { route } = gateway;
      if (gateway.paused || !route || route.mode !== "serve" || route.writer === null || !this.#covers(gateway))
        continue;
      const write = { id: this.#count++, gateway, epoch: route.epoch as number, writer: route.writer };
      this.#writes.push({ ...write, stage: "sent", dueMs: this.now + this.#delay(2_500) });
    }
  }

  #advanceWrites(): void {
    this.#writes = this.#writes.filter((write) => this.now < write.dueMs || this.#advance(write));
  }

  /** false: it is over, acknowledged or not. */
  #advance(write: Write): boolean {
    const site = this.sites.find((each) => each.name === write.writer)!;
    switch (write.stage) {
      case "sent":
        if (site.paused) return true;
        // Only an instance that is bound to a lease gets writes.
        if (!site.alive || !site.instance.alive || site.instance.deadlineMs === null) return false;
        site.data.add(write.id);
        write.stage = "applied";
        break;
      case "applied": {
        if (site.paused || site.agentPaused) return this.now < write.dueMs + 5_000;
        if (!this.#holds(site, write.epoch)) return false;
        const standby = this.#other(site);
        const safe = site.streaming ? this.#store(standby, site, write.epoch) : !this.#isInSync(standby);
        if (!safe && !(this.#leave(site, standby) && this.#without(site))) return true;
        if (!this.#holds(site, write.epoch)) return false;
        write.stage = "safe";
        break;
      }
      case "safe":
        if (write.gateway.paused) return true;
        this.#acknowledge(write);
        return false;
    }
    write.dueMs = this.now + this.#delay(2_500);
    return true;
  }

  #without(site: Site): boolean {
    site.streaming = false;
    return true;
  }

  #isInSync(site: Site): boolean {
    return this.#inSync.sites.includes(site.name);
  }

  #holds(site: Site, epoch: number): boolean {
    return site.alive && site.writing === epoch && site.lease?.epoch === epoch && this.now < site.lease.deadlineMs;
  }

  #acknowledge(write: Write): void {
    const { route } = write.gateway;
    const same =
      route !== null && route.epoch === write.epoch && route.writer === write.writer && route.mode !== "hold";
    if (!same || !this.#covers(write.gateway)) return;
    const newest = Math.max(0, ...this.acknowledged.slice(-50).map((each) => each.epoch));
    if (write.epoch < newest)
      throw new Violation(`a write under epoch ${write.epoch} was acknowledged after one under ${newest}`);
    this.acknowledged.push({ id: write.id, epoch: write.epoch, atMs: this.now });
  }

  // --- the leader ---

  #lead(): void {
    const home = this.sites[this.#leader]!;
    if (!home.alive || home.paused || home.agentPaused) {
      // The other takes over when the lease of this one has run out.
      if (this.#random() < TICK_MS / (TIMING.leaderLease + TIMING.margin)) this.begin({ kind: "switch-leader" });
      return;
    }
    if (!home.storeReachable) return;
    const leader = this.#leaders[this.#leader]!;
    this.#put({ kind: "observed", view: { sites: this.#look(leader) } });
    for (const effect of this.failover.state.effects) {
      if (this.#dropNext) {
        this.#dropNext = false;
        this.begin({ kind: "switch-leader" });
        return;
      }
      if (effect.kind === "fence") this.#fence(effect.id, effect.site, effect.epoch as number);
      else this.#reroute(effect.id, effect.intent);
    }
  }

  #put(event: FailoverEvent): void {
    const now = { clock: `leader-${this.#clock}`, ms: this.now, wallMs: 1_000_000 + this.now };
    const before = this.failover.state;
    const state = step(before, event, now, CONFIG);
    if (state === before) return;
    this.failover = { state, version: this.failover.version + 1 };
    this.#check(before, state);
    if (this.#loseNext) {
      // It was stored, and nobody heard so: another leader goes on from there.
      this.#loseNext = false;
      this.begin({ kind: "switch-leader" });
    }
  }

  /** Whoever is promoted must have every write that was acknowledged. */
  #check(before: FailoverState, after: FailoverState): void {
    if (after.phase.kind !== "promoting" || before.phase.kind === "promoting") return;
    const { to } = after.phase;
    const site = this.sites.find((each) => each.name === to)!;
    const missing = this.acknowledged.filter((each) => !site.data.has(each.id));
    if (missing.length > 0)
      throw new Violation(
        `${to} is promoted under epoch ${after.epoch} and lacks ${missing.length} acknowledged writes`,
      );
  }

  #look(leader: Leader): Record<string, SiteView> {
    const blind = this.now - leader.lookedMs > 1_000;
    leader.lookedMs = this.now;
    return Object.fromEntries(
      this.sites.map((site) => {
        const seen = leader.seen.get(site.name);
        if (blind || !seen || seen.count !== site.beat.count)
          leader.seen.set(site.name, { count: site.beat.count, atMs: this.now });
        const { state } = this.failover;
        const view: SiteView = {
          silentMs: this.now - leader.seen.get(site.name)!.atMs,
          dead: !site.alive,
          readyInstances: site.instance.alive && site.alive ? 1 : 0,
          wantedInstances: 1,
          writing: site.writing as SiteView["writing"],
          demoted: site.demoted as SiteView["demoted"],
          following: this.#other(site).streaming,
          inSync: this.#inSync.epoch === state.epoch && this.#isInSync(site),
          lossBoundMs: null,
        };
        return [site.name, view];
      }),
    );
  }

  #fence(effect: number, name: string, epoch: number): void {
    if (!this.#powerWorks || this.#random() < 0.5) return;
    const site = this.sites.find((each) => each.name === name)!;
    if (site.alive) this.#die(site);
    this.#put({
      kind: "fenced",
      effect,
      receipt: { kind: "confirmed-dead", site: name, epoch: epoch as never, by: "switch" },
    });
  }

  #reroute(effect: number, intent: RouteIntent): void {
    if ((this.#route?.number ?? -1) < intent.number) this.#route = intent;
    const changed = this.#changed.get(effect);
    if (changed?.number !== intent.number || changed.clock !== this.#clock) {
      this.#changed.set(effect, { number: intent.number, atMs: this.now, clock: this.#clock });
      return;
    }
    const confirmed = this.#gateways.every((gateway) => gateway.confirmed >= intent.number);
    const expired = this.now - changed.atMs > TIMING.gatewayLease + TIMING.margin;
    if (confirmed || expired) this.#put({ kind: "routed", effect });
  }
}
