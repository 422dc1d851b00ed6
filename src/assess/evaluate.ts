import type { Assumptions } from "../domain/index.ts";
import { series, unavailabilityOf } from "../math/index.ts";
import { siteDown, tooFewInstances } from "../planner/index.ts";
import { type Component, LOSSES, type Loss, type Reach } from "./component.ts";
import { TIMES } from "./times.ts";

export type Prediction = {
  /** null: a number of instances is not known. */
  readonly availability: number | null;
  readonly causes: readonly { readonly what: string; readonly unavailability: number }[];
  /** The best that everything together can reach after a loss: what takes longest, what loses most. */
  readonly reach: Readonly<Record<Loss, Reach & { readonly subject: string }>>;
};

/** Down because too few of its instances are up: instances die, machines are lost, zones are lost. */
export function componentDown(
  total: number,
  required: number,
  {
    zones,
    sameMachine,
    restartS,
    machineS,
  }: { zones: number; sameMachine: boolean; restartS: number; machineS: number },
  f: Assumptions,
): number {
  if (total < required) return 1;
  const own = tooFewInstances(Math.min(zones, total), required, total - required, restartS, f);
  const machine = unavailabilityOf(TIMES.nodeMtbf.s, machineS);
  // On one machine, or without a spare, its loss is an outage; spread, it takes one instance at a time.
  const alone = sameMachine || total === required;
  const byMachine = alone ? machine * (sameMachine ? 1 : total) : machine ** (total - required + 1);
  const zone = zones === 1 ? unavailabilityOf(f.zoneMtbf.value, f.zoneMttr.value) : 0;
  return Math.min(1, series([own, byMachine, zone]));
}

/** Everything has to be up, and there is one site. */
export function predict(components: readonly Component[], f: Assumptions): Prediction {
  const site = siteDown({ zones: ["a", "b"] }, f);
  const release = unavailabilityOf(f.badRelease.value, f.rollback.value);
  const causes = [
    ...components.flatMap(({ subject, unavailability }) =>
      unavailability === null ? [] : [{ what: subject, unavailability }],
    ),
    ...(components.length === 0
      ? []
      : [
          { what: "the only site is down", unavailability: site },
          { what: "a release breaks every instance", unavailability: release },
        ]),
  ].sort((a, b) => b.unavailability - a.unavailability);
  const known = components.every((component) => component.unavailability !== null);
  const reach = Object.fromEntries(LOSSES.map((loss) => [loss, worstOf(components, loss)])) as Prediction["reach"];
  return {
    availability: known && components.length > 0 ? 1 - series(causes.map((cause) => cause.unavailability)) : null,
    causes,
    reach,
  };
}

const NEVER = Number.POSITIVE_INFINITY;

function worstOf(components: readonly Component[], loss: Loss): Reach & { readonly subject: string } {
  const worst = components.reduce<{ component: Component; reach: Reach } | null>((found, component) => {
    const reach = component.reach[loss];
    const slower = found === null || (reach.rtoS ?? NEVER) > (found.reach.rtoS ?? NEVER);
    return slower ? { component, reach } : found;
  }, null);
  if (!worst) return { rtoS: 0, rpoS: 0, how: "nothing to lose", subject: "" };
  const rpo = components.reduce((most, component) => Math.max(most, component.reach[loss].rpoS ?? NEVER), 0);
  return { ...worst.reach, rpoS: rpo === NEVER ? null : rpo, subject: worst.component.subject };
}
