/** A figure that the plan rests on, with where it comes from. */
export type Assumption = {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
  readonly source: string;
};

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

const assumed = (value: number, unit: string, meaning: string): Assumption => ({
  value,
  unit,
  meaning,
  source: "assumption of 2026-11; replace it when you have measured it",
});
const measured = (value: number, unit: string, meaning: string): Assumption => ({
  value,
  unit,
  meaning,
  source: "measured on two processor cores, see bench/",
});

export const ASSUMPTIONS = {
  siteMtbf: assumed(180 * DAY_S, "s", "mean time between losses of a site"),
  siteMttr: assumed(4 * HOUR_S, "s", "mean time until a lost site is back"),
  instanceMtbf: assumed(14 * DAY_S, "s", "mean time between deaths of an instance"),
  processStart: assumed(0.5, "s", "start of a process without a model"),
  modelLoad: assumed(4, "s", "loading of all models of an instance"),
  sameAvailabilityShare: assumed(0.01, "share", "site losses that take every site at once (common cause)"),
  powerDetection: measured(0.15, "s", "the power switch sees a dead site"),
  decision: measured(0.05, "s", "from detection to the recorded decision"),
  confirmedFence: measured(0.1, "s", "a site is killed and seen gone"),
  dataPromotion: measured(0.1, "s", "a standby's data is opened for writing"),
  trafficMove: measured(0.1, "s", "every gateway works by the new route"),
  firstAnswer: measured(0.2, "s", "the first correct answer after the move"),
  asyncLag: assumed(1, "s", "replication lag without a barrier"),
  backupInterval: assumed(HOUR_S, "s", "time between recovery points"),
  restoreTime: assumed(900, "s", "restore of image, weights and data at another site"),
  storedData: assumed(10, "GB", "data and models of the application"),
} as const satisfies Record<string, Assumption>;

export type Assumptions = { readonly [Name in keyof typeof ASSUMPTIONS]: Assumption };
