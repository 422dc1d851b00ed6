import type { Application, Assumptions, Desired, RtoPhase, Strategy } from "../domain/index.ts";
import { kOfEqual, parallel, series, sumOfPhases, unavailabilityOf } from "../math/index.ts";

/** Times of one part of the recovery, seconds: usually, and at worst. */
export type Span = { readonly typicalS: number; readonly worstS: number };

export type CostItem = { readonly what: string; readonly usdPerMonth: number };

/** One cause of not being available, as if it were the only one. */
export type Cause = { readonly what: string; readonly unavailability: number };

export type Option = {
  readonly strategy: Strategy;
  /** Instances of each serving site beyond those that carry the full load: 0 is N, 1 is N+1. */
  readonly spare: number;
  readonly placement: Desired["placement"];
  readonly items: readonly CostItem[];
  readonly usdPerMonth: number;
  readonly unavailability: number;
  readonly causes: readonly Cause[];
  readonly phases: Readonly<Record<RtoPhase, Span>>;
  readonly rto: Span;
  readonly rpoS: number;
  /** Why this version cannot carry it out; null: it can. */
  readonly notExecutable: string | null;
};

/** Instances by role: what each strategy keeps running where. The first site is preferred. */
export function placementFor(strategy: Strategy, application: Application, spare: number): Desired["placement"] {
  const full = application.service.replicas.required + spare;
  const standby: Readonly<Record<Strategy, number>> = {
    "backup-and-restore": 0,
    "pilot-light": 0,
    "warm-standby": 1,
    "hot-standby": full,
    "active-active": full,
  };
  return Object.fromEntries(application.sites.map((site) => [site.name, { active: full, standby: standby[strategy] }]));
}

/** Everything that the plan says about one strategy with so many spare instances. */
export function evaluate(strategy: Strategy, application: Application, figures: Assumptions, spare = 0): Option {
  const placement = placementFor(strategy, application, spare);
  const items = costOf(strategy, application, placement, figures);
  const phases = phasesOf(strategy, application, figures);
  const rto = { typicalS: total(phases, "typicalS"), worstS: total(phases, "worstS") };
  const causes = causesOf(application, rto, figures, spare);
  return {
    strategy,
    spare,
    placement,
    items,
    usdPerMonth: items.reduce((sum, item) => sum + item.usdPerMonth, 0),
    unavailability: series(causes.map((cause) => cause.unavailability)),
    causes,
    phases,
    rto,
    rpoS: rpoOf(strategy, application, figures),
    notExecutable: reasonNotExecutable(strategy, application),
  };
}

const total = (phases: Option["phases"], of: keyof Span): number =>
  Object.values(phases).reduce((sum, phase) => sum + phase[of], 0);

const CELLS = 500;

/**
 * What 95 of 100 recoveries stay within, seconds, rounded up: each phase is somewhere between half its usual time and
 * its worst, most often at its usual one, independent of the others. Takes some ms, so it is asked for what is shown.
 */
export function p95Of({ phases, rto }: Option): number {
  const durations = Object.values(phases).map(({ typicalS: likelyS, worstS: toS }) => ({
    kind: "triangular" as const,
    fromS: likelyS / 2,
    likelyS,
    toS: Math.max(likelyS, toS),
  }));
  const sum = sumOfPhases(durations, rto.worstS * 1.01, CELLS);
  return sum.ok ? Math.min(rto.worstS, sum.value.quantile(0.95)) : rto.worstS;
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
 * Down when every site is down (independent of each other, or by a common cause), while a failover runs, when fewer
 * instances than carry the full load are up in the serving site, or when a release breaks all of them at once: copies
 * that share a release are not independent.
 */
function causesOf(application: Application, rto: Span, a: Assumptions, spare: number): readonly Cause[] {
  const { sites, service, models } = application;
  const several = sites.length > 1;
  const site = unavailabilityOf(a.siteMtbf.value, a.siteMttr.value);
  const restartS = a.processStart.value + (models.length > 0 ? a.modelLoad.value : 0);
  const { required } = service.replicas;
  const tooFew = kOfEqual(required, required + spare, unavailabilityOf(a.instanceMtbf.value, restartS));
  return [
    { what: several ? "every site is down" : "the site is down", unavailability: parallel(sites.map(() => site)) },
    { what: "a common cause takes every site", unavailability: several ? site * a.sameAvailabilityShare.value : 0 },
    { what: "a failover runs", unavailability: several ? unavailabilityOf(a.siteMtbf.value, rto.worstS) : 0 },
    { what: `fewer than ${required} instances are up`, unavailability: tooFew.ok ? tooFew.value : 1 },
    { what: "a release breaks every instance", unavailability: unavailabilityOf(a.badRelease.value, a.rollback.value) },
  ].filter((cause) => cause.unavailability > 0);
}
