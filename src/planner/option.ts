import type { Application, Desired, RtoPhase, Strategy } from "../domain/index.ts";
import { kOfN, parallel, series, unavailabilityOf } from "../math/index.ts";
import type { Assumptions } from "./assumptions.ts";

/** Times of one part of the recovery, seconds: usually, and at worst. */
export type Span = { readonly typicalS: number; readonly worstS: number };

export type CostItem = { readonly what: string; readonly usdPerMonth: number };

export type Option = {
  readonly strategy: Strategy;
  readonly placement: Desired["placement"];
  readonly items: readonly CostItem[];
  readonly usdPerMonth: number;
  readonly unavailability: number;
  readonly phases: Readonly<Record<RtoPhase, Span>>;
  readonly rto: Span;
  readonly rpoS: number;
  /** Why this version cannot carry it out; null: it can. */
  readonly notExecutable: string | null;
};

/** Instances by role: what each strategy keeps running where. The first site is preferred. */
export function placementFor(strategy: Strategy, application: Application): Desired["placement"] {
  const { required } = application.service.replicas;
  const standby: Readonly<Record<Strategy, number>> = {
    "backup-and-restore": 0,
    "pilot-light": 0,
    "warm-standby": 1,
    "hot-standby": required,
    "active-active": required,
  };
  return Object.fromEntries(
    application.sites.map((site) => [site.name, { active: required, standby: standby[strategy] }]),
  );
}

/** Everything that the plan says about one strategy. */
export function evaluate(strategy: Strategy, application: Application, assumptions: Assumptions): Option {
  const placement = placementFor(strategy, application);
  const items = costOf(strategy, application, placement, assumptions);
  const phases = phasesOf(strategy, application, assumptions);
  const rto = {
    typicalS: Object.values(phases).reduce((sum, phase) => sum + phase.typicalS, 0),
    worstS: Object.values(phases).reduce((sum, phase) => sum + phase.worstS, 0),
  };
  return {
    strategy,
    placement,
    items,
    usdPerMonth: items.reduce((sum, item) => sum + item.usdPerMonth, 0),
    unavailability: unavailabilityFor(application, rto, assumptions),
    phases,
    rto,
    rpoS: rpoOf(strategy, application, assumptions),
    notExecutable: reasonNotExecutable(strategy, application),
  };
}

function reasonNotExecutable(strategy: Strategy, application: Application): string | null {
  if (application.sites.length < 2) return "it needs a second site to recover to";
  return strategy === "backup-and-restore" ? "recovery points are not part of this version" : null;
}

function costOf(
  strategy: Strategy,
  application: Application,
  placement: Desired["placement"],
  assumptions: Assumptions,
): readonly CostItem[] {
  const gigabytes = assumptions.storedData.value;
  return application.sites.flatMap((site, index) => {
    const place = placement[site.name]!;
    const count = index === 0 || strategy === "active-active" ? place.active : place.standby;
    return [
      { what: `site ${site.name}`, usdPerMonth: site.usdPerMonth },
      {
        what: `${count} instance${count === 1 ? "" : "s"} in ${site.name}`,
        usdPerMonth: count * site.usdPerInstanceMonth,
      },
      { what: `${gigabytes} GB in ${site.name}`, usdPerMonth: gigabytes * site.usdPerGbMonth },
    ].filter((item) => item.usdPerMonth > 0);
  });
}

/** The loss of the writing site, from the fault to the first correct write. Worst: the site hangs, and nobody can see it gone. */
function phasesOf(strategy: Strategy, application: Application, a: Assumptions): Readonly<Record<RtoPhase, Span>> {
  const { failover, models } = application;
  const loadS = a.processStart.value + (models.length > 0 ? a.modelLoad.value : 0);
  const cold = strategy === "pilot-light" || strategy === "backup-and-restore";
  const restart = failover.onPromote === "restart";
  const same = (typicalS: number, worstS = typicalS): Span => ({ typicalS, worstS });
  return {
    detect: same(a.powerDetection.value, failover.detectionMs / 1000 + 0.5),
    decide: same(a.decision.value, 2.5),
    fence: same(a.confirmedFence.value, failover.leaseMs / 1000 + 0.5),
    restore:
      strategy === "backup-and-restore"
        ? same(a.restoreTime.value, 2 * a.restoreTime.value)
        : same(a.dataPromotion.value, 1),
    loadModel: cold || restart ? same(loadS, 2 * loadS) : same(0),
    moveTraffic: same(a.trafficMove.value, 2.5),
    firstCorrectAnswer: same(a.firstAnswer.value, 1),
  };
}

function rpoOf(strategy: Strategy, application: Application, a: Assumptions): number {
  if (application.data.length === 0) return 0;
  if (strategy === "backup-and-restore") return a.backupInterval.value;
  return application.data.every((data) => data.replication === "barrier") ? 0 : a.asyncLag.value;
}

/**
 * Down when every site is down (independent, or by common cause), or while a failover runs, or when too few instances
 * of the serving site are up. An instance is repaired by a restart; two of them being down at once is the k-of-n term.
 */
function unavailabilityFor(application: Application, rto: Span, a: Assumptions): number {
  const site = unavailabilityOf(a.siteMtbf.value, a.siteMttr.value);
  const common = site * a.sameAvailabilityShare.value;
  const allSites = series([parallel(application.sites.map(() => site)), application.sites.length > 1 ? common : 0]);
  const moving = application.sites.length > 1 ? unavailabilityOf(a.siteMtbf.value, rto.worstS) : 0;
  const instance = unavailabilityOf(
    a.instanceMtbf.value,
    a.processStart.value + (application.models.length > 0 ? a.modelLoad.value : 0),
  );
  const { required } = application.service.replicas;
  // The gateway sends everything to the instances that are left: the service is down only when none is.
  const none = kOfN(
    1,
    Array.from({ length: required }, () => instance),
  );
  return series([allSites, moving, none.ok ? none.value : 1]);
}
