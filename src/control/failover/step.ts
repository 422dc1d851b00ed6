import { assertNever, epoch, type FenceReceipt, nextEpoch } from "../../domain/index.ts";
import { chooseCandidate, isAlive, isLost, someoneElseIsAlive } from "./candidate.ts";
import { withFence, withoutEffect, withoutFences, withRoute } from "./route.ts";
import type { FailoverConfig, FailoverEvent, FailoverState, Moment, Now, Phase, View } from "./state.ts";

/** A shim needs this long after the deadline to see its instance gone (kill, reap, timer slack). */
export const SHIM_KILL_MARGIN_MS = 500;
/** An anti-flap limit counts moves of the last hour. */
const HOUR_MS = 3_600_000;
const HISTORY_LIMIT = 20;

export function initialState(config: FailoverConfig): FailoverState {
  const writer = config.sites[0]!;
  const blank: FailoverState = {
    epoch: epoch(1),
    phase: { kind: "steady", writer },
    effects: [],
    effectCount: 0,
    routeNumber: 0,
    history: [],
    request: null,
    lastRequest: null,
    refusal: null,
    wholeSince: null,
  };
  return withRoute(blank, config, { epoch: blank.epoch, writer, serving: writer, mode: "serve" });
}

/** Time since `moment` on this leader's clock; a moment of another leader starts anew, which only waits longer. */
const elapsed = (since: Moment, now: Now): number => (since.clock === now.clock ? now.ms - since.ms : 0);

const moment = (now: Now): Moment => ({ clock: now.clock, ms: now.ms });

/** Who writes now, or wrote last. */
export function writerOf(phase: Phase): string {
  switch (phase.kind) {
    case "steady":
    case "suspecting":
    case "degraded":
      return phase.writer;
    case "fencing":
    case "failing-back":
      return phase.from;
    case "promoting":
    case "rerouting":
      return phase.to;
    default:
      return assertNever(phase);
  }
}

/** The site that may hold the right to write under `state.epoch` in this phase, or null: nobody may. */
export function mayWrite(phase: Phase): string | null {
  if (phase.kind === "fencing") return null;
  if (phase.kind === "failing-back" && phase.step === "demoting") return null;
  return writerOf(phase);
}

/**
 * The failover of one application: pure, level-triggered, one transition a call. The caller stores the new state
 * (compare-and-set) before it performs any effect in it, and reports each result as an event.
 */
export function step(state: FailoverState, event: FailoverEvent, now: Now, config: FailoverConfig): FailoverState {
  switch (event.kind) {
    case "requested":
      if (state.request !== null || state.lastRequest === event.request.id) return state;
      return { ...state, request: event.request, lastRequest: event.request.id, refusal: null };
    case "fenced":
      return onFenced(state, event.effect, event.receipt);
    case "routed":
      return onRouted(state, event.effect, now, config);
    case "observed":
      return onObserved(adoptClock(state, now), event.view, now, config);
    default:
      return assertNever(event);
  }
}

/** A new leader starts every wait from its own first sight (safety rule 4). */
function adoptClock(state: FailoverState, now: Now): FailoverState {
  const { phase } = state;
  if (!("since" in phase) || phase.since.clock === now.clock) return state;
  return { ...state, phase: { ...phase, since: moment(now) } };
}

function onFenced(state: FailoverState, effect: number, receipt: FenceReceipt): FailoverState {
  const done = withoutEffect(state, effect);
  const { phase } = done;
  // A receipt counts only for the writer and the epoch that are being fenced now (safety rules 2 and 3).
  if (phase.kind !== "fencing" || receipt.site !== phase.from || receipt.epoch !== done.epoch) return done;
  return { ...done, phase: { ...phase, receipt } };
}

function onRouted(state: FailoverState, id: number, now: Now, config: FailoverConfig): FailoverState {
  const effect = state.effects.find((candidate) => candidate.id === id);
  const done = withoutEffect(state, id);
  if (effect?.kind !== "route") return done;
  const { phase } = done;
  if (phase.kind === "fencing" && effect.intent.mode === "hold") return { ...done, phase: { ...phase, held: true } };
  if (phase.kind === "failing-back" && phase.step === "draining" && effect.intent.mode === "drain") {
    return startHolding({ ...done, phase: { ...phase, step: "holding", since: moment(now) } }, phase.from, config);
  }
  if (phase.kind === "failing-back" && phase.step === "holding" && effect.intent.mode === "hold") {
    return { ...done, phase: { ...phase, step: "demoting", since: moment(now) } };
  }
  if (phase.kind === "rerouting" && effect.intent.mode === "serve") {
    const automatic = done.request === null;
    const history = [...done.history, { at: now.wallMs, from: phase.from, to: phase.to, automatic }].slice(
      -HISTORY_LIMIT,
    );
    return { ...done, phase: { kind: "steady", writer: phase.to }, history, request: null, wholeSince: null };
  }
  return done;
}

function onObserved(state: FailoverState, view: View, now: Now, config: FailoverConfig): FailoverState {
  const { phase } = state;
  switch (phase.kind) {
    case "steady":
    case "suspecting":
    case "degraded":
      return watchWriter(state, phase.writer, view, now, config);
    case "fencing":
      return finishFencing(state, phase, view, now, config);
    case "promoting":
      return finishPromoting(state, phase, view, now, config);
    case "rerouting":
      return isLost(view, config, phase.to) ? startFencing(state, phase.to, now, config) : state;
    case "failing-back":
      return continueMove(state, phase, view, now, config);
    default:
      return assertNever(phase);
  }
}

function watchWriter(
  state: FailoverState,
  writer: string,
  view: View,
  now: Now,
  config: FailoverConfig,
): FailoverState {
  const seen = view.sites[writer];
  const silentMs = seen?.silentMs ?? Number.POSITIVE_INFINITY;
  if (state.request) return startMove(state, writer, view, now, config);
  if (!seen?.dead && silentMs < config.detectionMs / 2) return watchStandbys(state, writer, view, now, config);
  if (!seen?.dead && silentMs < config.detectionMs) return { ...state, phase: { kind: "suspecting", writer } };
  const reason = reasonToWait(state, writer, view, now, config);
  if (reason) return { ...state, phase: { kind: "degraded", writer, reason } };
  return startFencing(state, writer, now, config);
}

function reasonToWait(
  state: FailoverState,
  writer: string,
  view: View,
  now: Now,
  config: FailoverConfig,
): string | null {
  if (!config.automatic) return `${writer} is lost and there is no witness: run \`holdfast failover\` by hand`;
  if (!someoneElseIsAlive(view, config, writer)) return `${writer} is lost and no other site is alive`;
  const recent = state.history.filter((move) => move.automatic && now.wallMs - move.at < HOUR_MS).length;
  if (recent >= config.maxPerHour) {
    return `${writer} is lost, but ${recent} automatic moves in the last hour are the limit: run \`holdfast failover\``;
  }
  return null;
}

/** The writer is well: say whether redundancy is whole, and go home when the preferred site has been whole for long. */
function watchStandbys(
  state: FailoverState,
  writer: string,
  view: View,
  now: Now,
  config: FailoverConfig,
): FailoverState {
  const lost = config.sites.filter((site) => site !== writer && isLost(view, config, site));
  const phase: Phase =
    lost.length > 0
      ? { kind: "degraded", writer, reason: `no redundancy: ${lost.join(", ")} lost` }
      : { kind: "steady", writer };
  const watched = { ...state, phase };
  const preferred = config.sites[0]!;
  const home = view.sites[preferred];
  const whole =
    writer !== preferred &&
    home !== undefined &&
    isAlive(view, config, preferred) &&
    (home.following || !config.hasData) &&
    home.readyInstances >= home.wantedInstances;
  if (!whole || config.failback === "manual") return state.wholeSince ? { ...watched, wholeSince: null } : watched;
  if (!state.wholeSince || state.wholeSince.clock !== now.clock) return { ...watched, wholeSince: moment(now) };
  if (elapsed(state.wholeSince, now) < config.stableMs) return watched;
  return startDraining({ ...watched, wholeSince: null }, writer, preferred, now, config);
}

function startMove(state: FailoverState, writer: string, view: View, now: Now, config: FailoverConfig): FailoverState {
  const request = state.request!;
  if (isLost(view, config, writer)) return startFencing(state, writer, now, config);
  const to = request.to ?? config.sites.find((site) => site !== writer && isAlive(view, config, site)) ?? writer;
  const target = view.sites[to];
  const ready = target && isAlive(view, config, to) && (target.following || !config.hasData);
  if (to === writer) return { ...state, request: null, refusal: `${writer} is the writing site already` };
  if (!ready)
    return {
      ...state,
      request: null,
      refusal: `${to} cannot take over: it is not alive, or not following the writer's data`,
    };
  return startDraining(state, writer, to, now, config);
}

const startDraining = (
  state: FailoverState,
  from: string,
  to: string,
  now: Now,
  config: FailoverConfig,
): FailoverState =>
  withRoute({ ...state, phase: { kind: "failing-back", from, to, step: "draining", since: moment(now) } }, config, {
    epoch: state.epoch,
    writer: from,
    serving: to,
    mode: "drain",
  });

/**
 * After the drain, before anything is taken away: while it drains, a gateway may still pass on answers, and goes on
 * renewing its right to. Only when every gateway holds back can nothing be acknowledged under this epoch any more.
 */
const startHolding = (state: FailoverState, from: string, config: FailoverConfig): FailoverState =>
  withRoute(state, config, { epoch: state.epoch, writer: null, serving: from, mode: "hold" });

/** From here on nobody may write under this epoch; the stored state says so before anything is performed. */
function startFencing(state: FailoverState, from: string, now: Now, config: FailoverConfig): FailoverState {
  const phase: Phase = { kind: "fencing", from, since: moment(now), receipt: null, held: false, blocked: null };
  const fencing = withFence(withoutFences({ ...state, phase }), from);
  return withRoute(fencing, config, { epoch: state.epoch, writer: null, serving: from, mode: "hold" });
}

function finishFencing(
  state: FailoverState,
  phase: Extract<Phase, { kind: "fencing" }>,
  view: View,
  now: Now,
  config: FailoverConfig,
): FailoverState {
  const waitedMs = elapsed(phase.since, now);
  const expired = waitedMs >= config.leaseMs + SHIM_KILL_MARGIN_MS;
  const receipt: FenceReceipt | null =
    phase.receipt ?? (expired ? { kind: "lease-expired", site: phase.from, epoch: state.epoch, waitedMs } : null);
  if (!receipt || !phase.held) return { ...state, phase: { ...phase, receipt } };
  const choice = chooseCandidate(view, config, phase.from, state.request?.acceptLoss ?? false);
  if (choice.kind === "none") return { ...state, phase: { ...phase, receipt, blocked: choice.reason } };
  return promote(state, phase.from, choice.site, receipt, now);
}

/** The only way into `promoting`; its type asks for the receipt. The epoch rises here and nowhere else. */
const promote = (state: FailoverState, from: string, to: string, receipt: FenceReceipt, now: Now): FailoverState => ({
  ...withoutFences(state),
  epoch: nextEpoch(state.epoch),
  phase: { kind: "promoting", from, to, receipt, since: moment(now) },
});

function finishPromoting(
  state: FailoverState,
  phase: Extract<Phase, { kind: "promoting" }>,
  view: View,
  now: Now,
  config: FailoverConfig,
): FailoverState {
  const target = view.sites[phase.to];
  if (!target || isLost(view, config, phase.to)) return startFencing(state, phase.to, now, config);
  if (target.writing !== state.epoch || target.readyInstances < 1) return state;
  const { from, to, receipt } = phase;
  return withRoute({ ...state, phase: { kind: "rerouting", from, to, receipt } }, config, {
    epoch: state.epoch,
    writer: to,
    serving: to,
    mode: "serve",
  });
}

function continueMove(
  state: FailoverState,
  phase: Extract<Phase, { kind: "failing-back" }>,
  view: View,
  now: Now,
  config: FailoverConfig,
): FailoverState {
  if (isLost(view, config, phase.from)) return startFencing(state, phase.from, now, config);
  const limitMs = config.drainTimeoutMs + config.leaseMs;
  if (phase.step === "draining") {
    // Nothing was taken away yet: the writer just goes on.
    const giveUp = elapsed(phase.since, now) > limitMs || isLost(view, config, phase.to);
    return giveUp
      ? withRoute(
          {
            ...state,
            request: null,
            refusal: "draining took too long, or the target was lost",
            phase: { kind: "steady", writer: phase.from },
          },
          config,
          {
            epoch: state.epoch,
            writer: phase.from,
            serving: phase.from,
            mode: "serve",
          },
        )
      : state;
  }
  if (phase.step === "holding")
    return elapsed(phase.since, now) > limitMs ? startFencing(state, phase.from, now, config) : state;
  const demoted = view.sites[phase.from]?.demoted;
  if (demoted?.epoch === state.epoch) {
    const receipt: FenceReceipt = {
      kind: "confirmed-dead",
      site: phase.from,
      epoch: state.epoch,
      by: `agent of ${phase.from}`,
    };
    const complete = !config.hasData || demoted.flushedTo.includes(phase.to);
    return promote(
      state,
      phase.from,
      complete && isAlive(view, config, phase.to) ? phase.to : phase.from,
      receipt,
      now,
    );
  }
  return elapsed(phase.since, now) > limitMs ? startFencing(state, phase.from, now, config) : state;
}
