import type { InstanceState } from "../../domain/index.ts";

export type Seen = {
  readonly incarnation: string;
  readonly slot: number;
  readonly release: string;
  readonly state: InstanceState;
};

export type Want = { readonly release: string; readonly count: number; readonly zones: readonly string[] };

export type Action =
  | { readonly kind: "start"; readonly slot: number; readonly zone: string; readonly release: string }
  | { readonly kind: "stop"; readonly incarnation: string; readonly reason: string };

/** One instance more than wanted may run while a release rolls. */
const SURGE = 1;

/**
 * Moves the instances of one site one step closer to what is wanted; called again until it returns nothing.
 * A new release replaces the old one instance by instance: an old one stops only when enough others are ready.
 */
export function decide(want: Want, seen: readonly Seen[]): readonly Action[] {
  const present = seen.filter((instance) => instance.state !== "draining");
  const current = present.filter((instance) => instance.release === want.release);
  const old = present.filter((instance) => instance.release !== want.release);
  const room = old.length === 0 ? Number.POSITIVE_INFINITY : want.count + SURGE - present.length;
  const missing = Math.max(0, Math.min(want.count - current.length, room));
  return [...starts(missing, want, seen), ...stopsOfOld(want, current, old), ...stopsOfExtra(want, current)];
}

function starts(missing: number, want: Want, seen: readonly Seen[]): Action[] {
  const used = new Set(seen.map((instance) => instance.slot));
  const actions: Action[] = [];
  for (let slot = 0; actions.length < missing; slot++) {
    if (used.has(slot)) continue;
    actions.push({ kind: "start", slot, zone: want.zones[slot % want.zones.length]!, release: want.release });
  }
  return actions;
}

function stopsOfOld(want: Want, current: readonly Seen[], old: readonly Seen[]): Action[] {
  const readyNew = current.filter((instance) => instance.state === "ready").length;
  const readyOld = old.filter((instance) => instance.state === "ready");
  const unready = old.filter((instance) => instance.state !== "ready");
  const spare = Math.max(0, readyNew + readyOld.length - want.count);
  // An old instance that is not ready serves nobody; it goes once its replacement exists.
  const replaceable = current.length > 0 || want.count === 0 ? unready : [];
  return [...replaceable, ...readyOld.slice(0, want.count === 0 ? readyOld.length : spare)].map((instance) => ({
    kind: "stop",
    incarnation: instance.incarnation,
    reason: `replaced by release ${want.release.slice(7, 19)}`,
  }));
}

function stopsOfExtra(want: Want, current: readonly Seen[]): Action[] {
  const rank = (instance: Seen): number => (instance.state === "ready" ? 0 : 1);
  return [...current]
    .sort((a, b) => rank(a) - rank(b) || a.slot - b.slot)
    .slice(want.count)
    .map((instance) => ({ kind: "stop", incarnation: instance.incarnation, reason: `only ${want.count} wanted` }));
}
