import type { Epoch, RouteIntent, RouteMode } from "../../domain/index.ts";
import type { Effect, FailoverConfig, FailoverState } from "./state.ts";

/** Active-active shares reads over every site; every other strategy keeps the standby for when nobody else answers. */
const weights = (config: FailoverConfig, serving: string | null): Readonly<Record<string, number>> =>
  Object.fromEntries(
    config.sites.map((site) => [site, config.strategy === "active-active" || site === serving ? 1 : 0]),
  );

type Wanted = {
  readonly epoch: Epoch;
  readonly writer: string | null;
  readonly serving: string;
  readonly mode: RouteMode;
};

/** Adds a route effect; an older one that was not confirmed yet is replaced, because only the newest counts. */
export function withRoute(state: FailoverState, config: FailoverConfig, wanted: Wanted): FailoverState {
  const number = state.routeNumber + 1;
  const intent: RouteIntent = {
    number,
    epoch: wanted.epoch,
    writer: wanted.writer,
    weights: weights(config, wanted.serving),
    mode: wanted.mode,
  };
  const effect: Effect = { id: state.effectCount + 1, kind: "route", intent };
  return {
    ...state,
    routeNumber: number,
    effectCount: effect.id,
    effects: [...state.effects.filter((other) => other.kind !== "route"), effect],
  };
}

export function withFence(state: FailoverState, site: string): FailoverState {
  const effect: Effect = { id: state.effectCount + 1, kind: "fence", site, epoch: state.epoch };
  return { ...state, effectCount: effect.id, effects: [...state.effects, effect] };
}

export const withoutEffect = (state: FailoverState, id: number): FailoverState => ({
  ...state,
  effects: state.effects.filter((effect) => effect.id !== id),
});

export const withoutFences = (state: FailoverState): FailoverState => ({
  ...state,
  effects: state.effects.filter((effect) => effect.kind !== "fence"),
});
