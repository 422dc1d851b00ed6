import type { Application, Assumptions, Objectives, Strategy } from "../domain/index.ts";
import { series } from "../math/index.ts";
import { falseAlarmShare } from "./causes.ts";
import { type Design, deploymentsOf, strategiesOf, type Timing, timingsOf } from "./design.ts";
import { evaluate, fixedRecoveryS, type Option, standbyInstances } from "./option.ts";
import { draftOf, type Label, leastStorage, type PartFront, partFront } from "./parts.ts";
import { type Place, placesFor, rateFor } from "./places.ts";

/** What a design is compared by; less is better. */
type Score = {
  readonly usd: number;
  readonly spare: number;
  readonly down: number;
  readonly rtoS: number;
  readonly rpoS: number;
  readonly delayS: number;
  readonly missing: number;
};

type Candidate = { readonly score: Score; readonly design: () => Design };

const beats = (a: Score, b: Score): boolean =>
  (a.usd < b.usd || (a.usd === b.usd && a.spare <= b.spare)) &&
  a.down <= b.down &&
  a.rtoS <= b.rtoS &&
  a.rpoS <= b.rpoS &&
  a.delayS <= b.delayS &&
  a.missing <= b.missing;

/** Ways to keep the parts that are weighed exactly: fewer where more sites have to be weighed with each. */
const labelLimit = (sites: number): number => Math.max(12, Math.min(256, Math.floor(1_000 / sites ** 1.3)));

/**
 * Every design that no other design of its strategy beats in cost, availability, RTO, RPO and what a write waits; in the
 * order of the strategies. `lowerBound`: null when that is exact, as it is up to hundreds of ways to keep the parts.
 */
export function search(application: Application, f: Assumptions): Found {
  const limit = labelLimit(application.sites.length);
  const fronts = strategiesOf().map((strategy) => ({ strategy, parts: partFront(strategy, application, f, limit) }));
  const places = placesOnce(application, f);
  const options = fronts.flatMap(({ strategy, parts }) =>
    ofStrategy(strategy, parts.labels, places, application, f).map((candidate) =>
      evaluate(candidate.design(), application, f),
    ),
  );
  const exact = fronts.every(({ parts }) => parts.thinnedFrom === null);
  return {
    options,
    exact,
    lowerBound: (objectives, asked) =>
      Math.min(
        ...fronts
          .filter(({ strategy }) => asked === "auto" || strategy === asked)
          .map(({ strategy, parts }) => leastUsd(strategy, parts, objectives, application, f)),
      ),
  };
}

export type Found = {
  readonly options: readonly Option[];
  readonly exact: boolean;
  /** No design that this version can carry out meets the objectives for less, USD a month. */
  lowerBound(objectives: Objectives, asked: Strategy | "auto"): number;
};

type PlacesWith = (strategy: Strategy, standbyGb: number) => readonly Place[];

/** Strategies that keep as many instances in a standby have the same places. */
function placesOnce(application: Application, f: Assumptions): PlacesWith {
  const { required } = application.service.replicas;
  const known = new Map<string, readonly Place[]>();
  return (strategy, standbyGb) => {
    const key = `${standbyInstances(strategy, required + 1)} of ${required + 1}|${standbyGb}`;
    const places = known.get(key) ?? placesFor(strategy, standbyGb, application, f);
    known.set(key, places);
    return places;
  };
}

function ofStrategy(
  strategy: Strategy,
  labels: readonly Label[],
  placesWith: PlacesWith,
  application: Application,
  f: Assumptions,
): readonly Candidate[] {
  const timings = timingsOf(application).filter((timing, index, all) => !all.some(beatsTiming(timing, index, f)));
  const deployments = deploymentsOf();
  const release = releaseDown(f);
  const found: Candidate[] = [];
  for (const label of labels) {
    const { weight } = label;
    const known = placesWith(strategy, weight.standbyGb);
    for (const timing of timings) {
      const rtoS = fixedRecoveryS(strategy, timing, application, f) + weight.recoverS;
      for (const deployment of deployments) {
        const broken = release * (deployment === "canary" ? f.canaryShare.value : 1);
        let least = Number.POSITIVE_INFINITY;
        for (const place of known) {
          const several = place.sites.length > 1;
          const moved = several ? rateFor(place, timing, f) * rtoS : 0;
          const down = series([place.unavailability, moved, broken]);
          // Cheaper ones came before, and the rest is the same for all.
          if (down >= least) continue;
          least = down;
          const missing = weight.missing || deployment === "canary" || strategy === "backup-and-restore" || !several;
          const { rpoS, delayS } = weight;
          found.push({
            score: { usd: place.usdPerMonth, spare: place.spare, down, rtoS, rpoS, delayS, missing: Number(missing) },
            design: () => ({ strategy, spare: place.spare, sites: place.sites, timing, deployment, ...draftOf(label) }),
          });
        }
      }
    }
  }
  return undominated(found);
}

/** Faster and no more false alarms; of equal ones the first. */
const beatsTiming =
  (timing: Timing, index: number, f: Assumptions) =>
  (other: Timing, place: number): boolean => {
    const [a, b] = [timing, other].map((each) => ({
      timeS: each.detectionS + each.leaseS,
      alarms: falseAlarmShare(each, f),
    })) as [{ timeS: number; alarms: number }, { timeS: number; alarms: number }];
    const equal = a.timeS === b.timeS && a.alarms === b.alarms;
    return equal ? place < index : b.timeS <= a.timeS && b.alarms <= a.alarms;
  };

const releaseDown = (f: Assumptions): number => f.rollback.value / (f.badRelease.value + f.rollback.value);

function undominated(candidates: readonly Candidate[]): readonly Candidate[] {
  const sorted = candidates
    .map((candidate, index) => ({ candidate, index }))
    .sort(
      ({ candidate: { score: a }, index: i }, { candidate: { score: b }, index: j }) =>
        a.usd - b.usd ||
        a.spare - b.spare ||
        a.down - b.down ||
        a.rtoS - b.rtoS ||
        a.rpoS - b.rpoS ||
        a.delayS - b.delayS ||
        i - j,
    );
  const kept: Candidate[] = [];
  for (const { candidate } of sorted)
    if (!kept.some((other) => beats(other.score, candidate.score))) kept.push(candidate);
  return kept;
}

/** The least that any design of a strategy costs within the objectives, whatever way its parts are kept. */
function leastUsd(
  strategy: Strategy,
  { thinnedFrom, labels }: PartFront,
  objectives: Objectives,
  application: Application,
  f: Assumptions,
): number {
  const slowest = Math.min(...timingsOf(application).map((timing) => fixedRecoveryS(strategy, timing, application, f)));
  const limits = { recoverS: objectives.rtoMs / 1000 - slowest, rpoS: objectives.rpoMs / 1000, missing: false };
  const ways = thinnedFrom ?? null;
  const standbyGb = ways
    ? leastStorage(ways, limits)
    : Math.min(
        ...labels
          .filter(({ weight }) => weight.recoverS <= limits.recoverS && weight.rpoS <= limits.rpoS && !weight.missing)
          .map(({ weight }) => weight.standbyGb),
      );
  if (!Number.isFinite(standbyGb)) return Number.POSITIVE_INFINITY;
  const places = placesFor(strategy, standbyGb, application, f);
  const meeting = places.filter((place) => place.unavailability <= 1 - objectives.availability);
  return Math.min(...meeting.map((place) => place.usdPerMonth), Number.POSITIVE_INFINITY);
}
