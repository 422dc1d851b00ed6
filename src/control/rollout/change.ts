import type { Desired } from "../../domain/index.ts";

export type Wanted = Pick<Desired, "application" | "strategy" | "release" | "placement" | "planDigest">;

/** What applying a plan makes of what is wanted now; the same object when nothing changes. */
export function applyPlan(current: Desired | null, wanted: Wanted): Desired {
  const everywhere = wanted.application.sites.map((site) => site.name);
  if (!current) {
    return { ...wanted, previousRelease: null, fixedReplicas: null, rolledOut: everywhere, rollout: { state: "done" } };
  }
  if (changesOf(current, wanted).length === 0) return current;
  if (wanted.release === current.release) return { ...current, ...wanted };
  return { ...current, ...wanted, ...rolling(current) };
}

const rolling = (current: Desired): Pick<Desired, "previousRelease" | "rolledOut" | "rollout"> => ({
  previousRelease: current.release,
  rolledOut: [],
  rollout: { state: "rolling" },
});

/** null: there is nothing to go back to. */
export function rollBack(current: Desired): Desired | null {
  if (!current.previousRelease || current.previousRelease === current.release) return null;
  return { ...current, release: current.previousRelease, ...rolling(current) };
}

/** What differs, in words. */
export function changesOf(current: Desired | null, wanted: Wanted): readonly string[] {
  if (!current) return [`deploy ${wanted.application.name} with strategy ${wanted.strategy}`];
  const changes: string[] = [];
  const differ = (a: unknown, b: unknown): boolean => canonical(a) !== canonical(b);
  if (wanted.release !== current.release) changes.push(`release ${short(current.release)} → ${short(wanted.release)}`);
  if (wanted.strategy !== current.strategy) changes.push(`strategy ${current.strategy} → ${wanted.strategy}`);
  if (differ(wanted.placement, current.placement)) changes.push("placement of instances");
  for (const key of Object.keys(wanted.application) as (keyof typeof wanted.application)[]) {
    if (key === "sites") continue;
    if (differ(wanted.application[key], current.application[key])) changes.push(`${key} of the application`);
  }
  return [...changes, ...siteChanges(current, wanted)];
}

function siteChanges(current: Desired, wanted: Wanted): readonly string[] {
  const [before, after] = [current.application.sites, wanted.application.sites];
  const [names, others] = [before.map((site) => site.name), after.map((site) => site.name)];
  const added = others.filter((name) => !names.includes(name)).map((name) => `add the site ${name}`);
  const removed = names
    .filter((name) => !others.includes(name))
    .map((name) => `remove the site ${name} (its folder stays)`);
  if (added.length > 0 || removed.length > 0) return [...added, ...removed];
  return canonical(before) === canonical(after) ? [] : ["sites of the application"];
}

const short = (digest: string): string => digest.slice(7, 19);

/** JSON with sorted keys: the same value gives the same text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
