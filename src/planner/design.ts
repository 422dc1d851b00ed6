import {
  type Application,
  type Assumptions,
  type DataSet,
  type Model,
  NOTHING_OPEN,
  type Site,
  STRATEGIES,
  type Strategy,
} from "../domain/index.ts";

/** How another site gets the data of one data set: as it is written (two ways), or by recovery points. */
export type Protection =
  | { readonly kind: "barrier" }
  | { readonly kind: "async" }
  | { readonly kind: "recovery-points"; readonly intervalS: number };

/** Where a standby has the weights: in memory, on its disk, or in the artifact store. */
export type ModelPlacement = "warm" | "disk" | "fetched";

export type Timing = { readonly detectionS: number; readonly leaseS: number };

export type Deployment = "rolling" | "canary";

/** Every choice of a plan. Two applications with the same design are run in the same way. */
export type Design = {
  readonly strategy: Strategy;
  /** Instances of each serving site beyond those that carry the full load: 0 is N, 1 is N+1. */
  readonly spare: number;
  /** The sites that are used; the first one writes. */
  readonly sites: readonly Site[];
  readonly timing: Timing;
  readonly deployment: Deployment;
  /** By name of the data set. */
  readonly data: Readonly<Record<string, Protection>>;
  /** By name of the model. */
  readonly models: Readonly<Record<string, ModelPlacement>>;
};

/** Seconds between recovery points that are weighed. */
export const INTERVALS_S = [300, 900, 3_600, 21_600, 86_400] as const;
const DETECTIONS_S = [1, 2, 5, 10, 30] as const;
const LEASES_S = [2.5, 3, 5, 10, 30] as const;

/** Weighed, so that the plan can say what they would give; not part of this version. */
const DEPLOYMENTS: readonly Deployment[] = ["rolling", "canary"];

/** Times of detection and lease that the file leaves open. */
export function timingsOf({ failover, open }: Application): readonly Timing[] {
  const detections = open.detection ? DETECTIONS_S : [failover.detectionMs / 1000];
  const leases = open.lease ? LEASES_S : [failover.leaseMs / 1000];
  return detections.flatMap((detectionS) => leases.map((leaseS) => ({ detectionS, leaseS })));
}

/**
 * Numbers of spare instances that can make a difference: N to N+3, 2N, and the least with which the loss of a zone
 * leaves the full load carried; within what the file allows.
 */
export function sparesOf({ service, sites }: Application): readonly number[] {
  const { required, max } = service.replicas;
  const most = Math.max(0, max - required);
  const zones = [...new Set(sites.map((site) => site.zones.length))];
  const forZones = zones.filter((count) => count > 1).map((count) => Math.ceil(required / (count - 1)));
  const wanted = [0, 1, 2, 3, required, ...forZones];
  return [...new Set(wanted)].filter((spare) => spare <= most).sort((a, b) => a - b);
}

/** Ways to protect one data set. A site without anything of it can only get it from recovery points. */
export function protectionsOf(
  strategy: Strategy,
  data: DataSet,
  { open }: Application,
  figures: Assumptions,
): readonly Protection[] {
  const intervals = [...new Set([...INTERVALS_S, figures.backupInterval.value])].sort((a, b) => a - b);
  const points = intervals.map((intervalS) => ({ kind: "recovery-points" as const, intervalS }));
  if (strategy === "backup-and-restore") return points;
  if (!open.replication.includes(data.name)) return [{ kind: data.replication }];
  return [{ kind: "async" }, { kind: "barrier" }, ...points];
}

export function placementsOf(strategy: Strategy): readonly ModelPlacement[] {
  if (strategy === "backup-and-restore") return ["fetched"];
  return strategy === "pilot-light" ? ["disk", "fetched"] : ["warm"];
}

export const deploymentsOf = (): readonly Deployment[] => DEPLOYMENTS;

/** A failover strategy that the file asks for is still compared with the others. */
export const strategiesOf = (): readonly Strategy[] => STRATEGIES;

/** How many different designs there are. */
export function combinationsOf(application: Application, figures: Assumptions): number {
  const { sites, open } = application;
  const n = sites.length;
  const sets = (): number => {
    if (n < 2 || open.sites === "all") return 1;
    if (open.sites === "auto") return n * (2 ** (n - 1) - 1);
    let count = 1;
    for (let taken = 1; taken < open.sites; taken++) count = (count * (n - taken)) / taken;
    return count;
  };
  const shared = sets() * sparesOf(application).length * timingsOf(application).length * deploymentsOf().length;
  const parts = strategiesOf().map(
    (strategy) =>
      application.data.reduce(
        (product, data) => product * protectionsOf(strategy, data, application, figures).length,
        1,
      ) *
      placementsOf(strategy).length ** application.models.length,
  );
  return shared * parts.reduce((sum, count) => sum + count, 0);
}

export const sizeOfData = (data: DataSet, application: Application, figures: Assumptions): number =>
  data.gigabytes ?? figures.storedData.value / application.data.length;

export const sizeOfModel = (model: Model, figures: Assumptions): number => model.gigabytes ?? figures.modelSize.value;

/** The application with everything decided: what is applied. */
export function resolve(application: Application, design: Design): Application {
  return {
    ...application,
    sites: design.sites,
    data: application.data.map((data) => {
      const { kind } = design.data[data.name]!;
      return { ...data, replication: kind === "recovery-points" ? data.replication : kind };
    }),
    failover: {
      ...application.failover,
      detectionMs: design.timing.detectionS * 1000,
      leaseMs: design.timing.leaseS * 1000,
    },
    open: NOTHING_OPEN,
  };
}
