import type { Application, Assumptions, Desired, RtoPhase, Site, Strategy } from "../domain/index.ts";
import { series, sumOfPhases, unavailabilityOf } from "../math/index.ts";
import { allSitesDown, failoverRate, siteLossRate, tooFewInstances } from "./causes.ts";
import { type Design, resolve, sizeOfData, sizeOfModel } from "./design.ts";
import { restoreS, restoreStreams, type Weight, WORST, weightOf } from "./parts.ts";

/** Times of one part of the recovery, seconds: usually, and at worst. */
export type Span = { readonly typicalS: number; readonly worstS: number };

export type CostItem = { readonly what: string; readonly usdPerMonth: number };

/** One cause of not being available, as if it were the only one. */
export type Cause = { readonly what: string; readonly unavailability: number };

/** Redundancy of one component: total / required. */
export type Level = { readonly component: string; readonly required: number; readonly total: number };

/** A design with everything that follows from it. */
export type Option = {
  readonly design: Design;
  readonly strategy: Strategy;
  readonly spare: number;
  /** What would be applied. */
  readonly application: Application;
  readonly placement: Desired["placement"];
  readonly items: readonly CostItem[];
  readonly usdPerMonth: number;
  readonly unavailability: number;
  readonly causes: readonly Cause[];
  readonly redundancy: readonly Level[];
  readonly phases: Readonly<Record<RtoPhase, Span>>;
  readonly rto: Span;
  readonly rpoS: number;
  /** What every write waits for its protection, seconds. */
  readonly writeDelayS: number;
  /** Streams of a restore that fill the link; 0: nothing has to be restored. */
  readonly restoreStreams: number;
  /** Why this version cannot carry it out; null: it can. */
  readonly notExecutable: string | null;
};

/** Instances in a standby, by strategy. */
export const standbyInstances = (strategy: Strategy, full: number): number =>
  ({ "backup-and-restore": 0, "pilot-light": 0, "warm-standby": 1, "hot-standby": full, "active-active": full })[
    strategy
  ];

/** Everything that the plan says about one design. */
export function evaluate(design: Design, application: Application, figures: Assumptions): Option {
  const { strategy, spare } = design;
  const full = application.service.replicas.required + spare;
  const weight = weightOf(design, application, figures);
  const items = costOf(design, application, figures, weight);
  const phases = phasesOf(design, application, figures);
  const rto = { typicalS: total(phases, "typicalS"), worstS: total(phases, "worstS") };
  const causes = causesOf(design, application, rto, figures);
  return {
    design,
    strategy,
    spare,
    application: resolve(application, design),
    placement: Object.fromEntries(
      design.sites.map((site) => [site.name, { active: full, standby: standbyInstances(strategy, full) }]),
    ),
    items,
    usdPerMonth: items.reduce((sum, item) => sum + item.usdPerMonth, 0),
    unavailability: series(causes.map((cause) => cause.unavailability)),
    causes,
    redundancy: redundancyOf(design, application),
    phases,
    rto,
    rpoS: weight.rpoS,
    writeDelayS: weight.delayS,
    restoreStreams: weight.missing ? restoreStreams(figures) : 0,
    notExecutable: reasonNotExecutable(design),
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

function reasonNotExecutable({ sites, strategy, data, models, deployment }: Design): string | null {
  if (sites.length < 2) return "it needs a second site to recover to";
  const points = Object.values(data).some((each) => each.kind === "recovery-points");
  if (strategy === "backup-and-restore" || points || Object.values(models).includes("fetched"))
    return "recovery points are not part of this version";
  return deployment === "canary" ? "canary releases are not part of this version" : null;
}

/** What one used site costs, by item. */
export function siteCost(site: Site, instances: number, gigabytes: number): readonly CostItem[] {
  const rounded = Math.round(gigabytes * 100) / 100;
  return [
    { what: `site ${site.name}`, usdPerMonth: site.usdPerMonth },
    {
      what: `${instances} instance${instances === 1 ? "" : "s"} in ${site.name}`,
      usdPerMonth: instances * site.usdPerInstanceMonth,
    },
    { what: `${rounded} GB in ${site.name}`, usdPerMonth: gigabytes * site.usdPerGbMonth },
  ];
}

/** Data and weights that the writing site holds, GB. */
export const writerGb = (application: Application, f: Assumptions): number =>
  application.data.reduce((sum, data) => sum + sizeOfData(data, application, f), 0) +
  application.models.reduce((sum, model) => sum + sizeOfModel(model, f), 0);

function costOf(
  { sites, strategy, spare }: Design,
  application: Application,
  f: Assumptions,
  { standbyGb }: Weight,
): readonly CostItem[] {
  const full = application.service.replicas.required + spare;
  const standby = standbyInstances(strategy, full);
  return sites
    .flatMap((site, index) =>
      index === 0 ? siteCost(site, full, writerGb(application, f)) : siteCost(site, standby, standbyGb),
    )
    .filter((item) => item.usdPerMonth > 0);
}

/** Part of the RTO at worst that neither data nor models add to. */
export function fixedRecoveryS(
  strategy: Strategy,
  timing: Design["timing"],
  application: Application,
  f: Assumptions,
): number {
  const design = { strategy, timing, sites: [], spare: 0, deployment: "rolling", data: {}, models: {} } as Design;
  return total(phasesOf(design, { ...application, data: [] }, f, application.models.length > 0), "worstS");
}

/** The loss of the writing site, from the fault to the first correct write. Worst: the site hangs, and nobody can see it gone. */
function phasesOf(
  { strategy, timing, data, models }: Design,
  application: Application,
  f: Assumptions,
  hasModels = application.models.length > 0,
): Readonly<Record<RtoPhase, Span>> {
  const loadS = f.processStart.value + (hasModels ? f.modelLoad.value : 0);
  const cold = strategy === "pilot-light" || strategy === "backup-and-restore";
  const restart = application.failover.onPromote === "restart";
  const same = (typicalS: number, worstS = typicalS): Span => ({ typicalS, worstS });
  const person = application.witness === null ? f.humanReaction.value : 0;
  const toRestore = application.data
    .filter((each) => data[each.name]?.kind === "recovery-points")
    .reduce((sum, each) => sum + restoreS(sizeOfData(each, application, f), f), 0);
  const toFetch = application.models
    .filter((each) => models[each.name] === "fetched")
    .reduce((sum, each) => sum + restoreS(sizeOfModel(each, f), f), 0);
  const prepareS = strategy === "backup-and-restore" ? f.restoreTime.value : 0;
  const loading = (cold || restart ? loadS : 0) + toFetch;
  return {
    detect: same(f.powerDetection.value, timing.detectionS + 0.5),
    decide: same(f.decision.value + person, 2.5 + WORST * person),
    fence: same(f.confirmedFence.value, timing.leaseS + 0.5),
    restore: same(f.dataPromotion.value + prepareS + toRestore, 1 + WORST * (prepareS + toRestore)),
    loadModel: same(loading, WORST * loading),
    moveTraffic: same(f.trafficMove.value, 2.5),
    firstCorrectAnswer: same(f.firstAnswer.value, 1),
  };
}

/** Everything that takes it down, as if independent: copies that share a release, a region or a witness are not. */
function causesOf(design: Design, application: Application, rto: Span, f: Assumptions): readonly Cause[] {
  const { sites, spare, timing, deployment } = design;
  const { service, models } = application;
  const several = sites.length > 1;
  const first = sites[0]!;
  const { required } = service.replicas;
  const restartS = f.processStart.value + (models.length > 0 ? f.modelLoad.value : 0);
  const siteU = unavailabilityOf(f.siteMtbf.value, f.siteMttr.value);
  const witnessU = unavailabilityOf(f.witnessMtbf.value, f.witnessMttr.value);
  const release = unavailabilityOf(f.badRelease.value, f.rollback.value);
  const causes: Cause[] = [
    { what: several ? "every site is down" : "the site is down", unavailability: allSitesDown(sites, f) },
    { what: "a common cause takes every site", unavailability: several ? siteU * f.sameAvailabilityShare.value : 0 },
    { what: "a failover runs", unavailability: several ? failoverRate(first, timing, f) * rto.worstS : 0 },
    {
      what: "the witness is lost when a site is",
      unavailability: several && application.witness ? witnessU * f.witnessMttr.value * siteLossRate(first, f) : 0,
    },
    {
      what: required === 1 ? "no instance is up" : `fewer than ${required} instances are up`,
      unavailability: tooFewInstances(first.zones.length, required, spare, restartS, f),
    },
    {
      what: "no gateway is up",
      unavailability: unavailabilityOf(f.gatewayMtbf.value, f.gatewayRestart.value) ** service.gateways,
    },
    {
      what: models.length > 1 ? "every model answers wrongly" : "the model answers wrongly",
      unavailability:
        models.length === 0 ? 0 : unavailabilityOf(f.modelMtbf.value, f.modelMttr.value) ** familiesOf(application),
    },
    {
      what: "a release breaks every instance",
      unavailability: release * (deployment === "canary" ? f.canaryShare.value : 1),
    },
  ];
  return causes.filter((cause) => cause.unavailability > 0);
}

/** A fallback answers when the primary models cannot; several primaries are all needed. */
const familiesOf = ({ models }: Application): number => (models.some((model) => model.role === "fallback") ? 2 : 1);

function redundancyOf({ sites, spare }: Design, application: Application): readonly Level[] {
  const { service, models, data, witness } = application;
  const { required } = service.replicas;
  return [
    { component: "sites", required: 1, total: sites.length },
    ...sites.slice(0, 1).map((site) => ({ component: `zones of ${site.name}`, required: 1, total: site.zones.length })),
    { component: "instances of the serving site", required, total: required + spare },
    { component: "gateways", required: 1, total: service.gateways },
    ...(models.length > 0 ? [{ component: "models", required: 1, total: familiesOf(application) }] : []),
    ...data.map((each) => ({ component: `copies of ${each.name}`, required: 1, total: sites.length })),
    ...(witness && sites.length > 1 ? [{ component: "witness", required: 1, total: 1 }] : []),
  ];
}
