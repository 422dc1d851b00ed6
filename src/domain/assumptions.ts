/** Where a figure comes from: nobody has checked it, the catalogue, the application file, or drills of this application. */
export type AssumptionKind = "assumed" | "catalogued" | "declared" | "measured";

/** A figure that the plan rests on. Times in seconds. */
export type Assumption = {
  readonly value: number;
  readonly unit: "s" | "share" | "GB" | "GB/s";
  readonly meaning: string;
  readonly kind: AssumptionKind;
  readonly source: string;
};

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

const assumed = (value: number, unit: Assumption["unit"], meaning: string): Assumption => ({
  value,
  unit,
  meaning,
  kind: "assumed",
  source: "no source: an assumption of 2026-11; declare your own under `assumptions`",
});
const catalogued = (value: number, unit: Assumption["unit"], meaning: string): Assumption => ({
  value,
  unit,
  meaning,
  kind: "catalogued",
  source: "bench/README.md of 2026-11-24, two processor cores; a drill of your own replaces it",
});

/** The catalogue of 2026-11. The application file replaces figures by name, drills replace what they measure. */
export const ASSUMPTIONS = {
  siteMtbf: assumed(180 * DAY_S, "s", "mean time between losses of a site"),
  siteMttr: assumed(4 * HOUR_S, "s", "mean time until a lost site is back"),
  instanceMtbf: assumed(14 * DAY_S, "s", "mean time between deaths of an instance"),
  processStart: assumed(0.5, "s", "start of a process without a model"),
  modelLoad: assumed(4, "s", "loading of all models of an instance"),
  sameAvailabilityShare: assumed(0.01, "share", "site losses that take every site at once (common cause)"),
  powerDetection: catalogued(0.15, "s", "the power switch sees a dead site"),
  decision: catalogued(0.05, "s", "from detection to the recorded decision"),
  confirmedFence: catalogued(0.1, "s", "a site is killed and seen gone"),
  dataPromotion: catalogued(0.1, "s", "a standby's data is opened for writing"),
  trafficMove: catalogued(0.1, "s", "every gateway works by the new route"),
  firstAnswer: catalogued(0.2, "s", "the first correct answer after the move"),
  asyncLag: assumed(1, "s", "replication lag without a barrier"),
  backupInterval: assumed(HOUR_S, "s", "time between recovery points"),
  badRelease: assumed(90 * DAY_S, "s", "mean time between releases that break every instance at once"),
  rollback: assumed(300, "s", "until such a release is noticed and rolled back"),
  restoreTime: assumed(600, "s", "preparing an empty site: machines, network, image"),
  storedData: assumed(10, "GB", "data of the application, where the file gives no size"),
  modelSize: assumed(1, "GB", "weights of a model, where the file gives no size"),
  restoreLink: assumed(0.1, "GB/s", "what the link between sites carries while data is restored"),
  restoreStream: assumed(0.025, "GB/s", "what one stream of a restore carries"),
  objectShare: assumed(0.25, "share", "price of a recovery point's storage against the storage of a site"),
  dailyChange: assumed(0.05, "share", "data that changes in a day"),
  retention: assumed(30 * DAY_S, "s", "how long recovery points are kept"),
  pointOverhead: assumed(0.001, "share", "index of one recovery point against the size of its data"),
  barrierDelay: catalogued(0.0025, "s", "what a barrier adds to a write"),
  zoneMtbf: assumed(365 * DAY_S, "s", "mean time between losses of a zone"),
  zoneMttr: assumed(HOUR_S, "s", "mean time until a lost zone is back"),
  regionShare: assumed(0.05, "share", "site losses that take every site of the same region"),
  gatewayMtbf: assumed(30 * DAY_S, "s", "mean time between deaths of a gateway"),
  gatewayRestart: assumed(0.5, "s", "until a dead gateway is replaced"),
  witnessMtbf: assumed(30 * DAY_S, "s", "mean time between losses of the witness"),
  witnessMttr: assumed(60, "s", "mean time until a lost witness is back"),
  humanReaction: assumed(1_800, "s", "until a person decides where there is no witness"),
  pauseEvery: assumed(7 * DAY_S, "s", "mean time between pauses of a healthy site"),
  pauseLength: assumed(0.3, "s", "mean length of such a pause; longer than the detection it costs a failover"),
  modelMtbf: assumed(180 * DAY_S, "s", "mean time between failures of a model that starts but answers wrongly"),
  modelMttr: assumed(300, "s", "until such a model is replaced"),
  canaryShare: assumed(0.1, "share", "downtime by broken releases that is left with a canary"),
} as const satisfies Record<string, Assumption>;

export type AssumptionName = keyof typeof ASSUMPTIONS;

export type Assumptions = { readonly [Name in AssumptionName]: Assumption };

/** Figures that the application file declares, by name, in the catalogue's unit. */
export type DeclaredAssumptions = { readonly [Name in AssumptionName]?: number };
