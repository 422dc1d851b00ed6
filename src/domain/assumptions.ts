/** Where a figure comes from: nobody has checked it, the catalogue, the application file, or drills of this application. */
export type AssumptionKind = "assumed" | "catalogued" | "declared" | "measured";

/** A figure that the plan rests on. Times in seconds. */
export type Assumption = {
  readonly value: number;
  readonly unit: "s" | "share" | "GB";
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
  restoreTime: assumed(900, "s", "restore of image, weights and data at another site"),
  storedData: assumed(10, "GB", "data and models of the application"),
} as const satisfies Record<string, Assumption>;

export type AssumptionName = keyof typeof ASSUMPTIONS;

export type Assumptions = { readonly [Name in AssumptionName]: Assumption };

/** Figures that the application file declares, by name, in the catalogue's unit. */
export type DeclaredAssumptions = { readonly [Name in AssumptionName]?: number };
