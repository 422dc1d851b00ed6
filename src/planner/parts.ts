import type { Application, Assumptions, Strategy } from "../domain/index.ts";
import { lossOfInterval } from "../math/index.ts";
import {
  type Design,
  type ModelPlacement,
  type Protection,
  placementsOf,
  protectionsOf,
  sizeOfData,
  sizeOfModel,
} from "./design.ts";

/** What the way in which one part is kept adds to the whole. */
export type Weight = {
  /** Storage at each standby, in GB at the price of the site. */
  readonly standbyGb: number;
  /** Part of the RTO at worst, seconds: they add up, because they share a link and a processor. */
  readonly recoverS: number;
  /** The largest one counts. */
  readonly rpoS: number;
  /** What a write waits, seconds. The largest one counts. */
  readonly delayS: number;
  /** Not part of this version. */
  readonly missing: boolean;
};

const NOTHING: Weight = { standbyGb: 0, recoverS: 0, rpoS: 0, delayS: 0, missing: false };

const DAY_S = 86_400;
/** At worst a restore and a load take twice as long as usual. */
export const WORST = 2;

/** Streams that fill the link: more of them would not be faster. */
export const restoreStreams = (f: Assumptions): number =>
  Math.max(1, Math.ceil(f.restoreLink.value / f.restoreStream.value));

/** Usual time of a restore of so much, with as many streams as the link carries. */
export const restoreS = (gigabytes: number, f: Assumptions): number =>
  gigabytes / Math.min(f.restoreLink.value, restoreStreams(f) * f.restoreStream.value);

/** Recovery points that are kept: all of a day, then one for each day. */
const pointsKept = (intervalS: number, f: Assumptions): number =>
  Math.ceil(DAY_S / intervalS) + Math.max(0, Math.floor(f.retention.value / DAY_S) - 1);

export function weighData(protection: Protection, gigabytes: number, f: Assumptions): Weight {
  if (protection.kind === "barrier") return { ...NOTHING, standbyGb: gigabytes, delayS: f.barrierDelay.value };
  if (protection.kind === "async") return { ...NOTHING, standbyGb: gigabytes, rpoS: f.asyncLag.value };
  const { intervalS } = protection;
  const stored =
    gigabytes *
    (1 + f.dailyChange.value * (f.retention.value / DAY_S) + f.pointOverhead.value * pointsKept(intervalS, f));
  const takesS = restoreS((gigabytes * f.dailyChange.value * intervalS) / DAY_S, f);
  const loss = lossOfInterval({ intervalS, takesS, brokenShare: 0, noticedAfterS: 0 });
  return {
    standbyGb: stored * f.objectShare.value,
    recoverS: WORST * restoreS(gigabytes, f),
    rpoS: loss.ok ? loss.value.worstS : Number.POSITIVE_INFINITY,
    delayS: 0,
    missing: true,
  };
}

export function weighModel(placement: ModelPlacement, gigabytes: number, f: Assumptions): Weight {
  if (placement !== "fetched") return { ...NOTHING, standbyGb: gigabytes };
  return {
    ...NOTHING,
    standbyGb: gigabytes * f.objectShare.value,
    recoverS: WORST * restoreS(gigabytes, f),
    missing: true,
  };
}

export const addWeights = (a: Weight, b: Weight): Weight => ({
  standbyGb: a.standbyGb + b.standbyGb,
  recoverS: a.recoverS + b.recoverS,
  rpoS: Math.max(a.rpoS, b.rpoS),
  delayS: Math.max(a.delayS, b.delayS),
  missing: a.missing || b.missing,
});

export const weightOf = (design: Pick<Design, "data" | "models">, application: Application, f: Assumptions): Weight =>
  [
    ...application.data.map((data) => weighData(design.data[data.name]!, sizeOfData(data, application, f), f)),
    ...application.models.map((model) => weighModel(design.models[model.name]!, sizeOfModel(model, f), f)),
  ].reduce(addWeights, NOTHING);

const atMost = (a: Weight, b: Weight): boolean =>
  a.standbyGb <= b.standbyGb &&
  a.recoverS <= b.recoverS &&
  a.rpoS <= b.rpoS &&
  a.delayS <= b.delayS &&
  Number(a.missing) <= Number(b.missing);

/** A way to keep all parts so far. `last` and `before` say which, without copying. */
export type Label = {
  readonly weight: Weight;
  readonly set: ((design: Draft) => void) | null;
  readonly before: Label | null;
};

type Draft = { data: Record<string, Protection>; models: Record<string, ModelPlacement> };

export function draftOf(label: Label): Draft {
  const draft: Draft = { data: {}, models: {} };
  for (let at: Label | null = label; at; at = at.before) at.set?.(draft);
  return draft;
}

/** Those of which no other is at least as good in everything; of equal ones the first. */
function undominated(labels: readonly Label[]): Label[] {
  const sorted = [...labels].sort((a, b) => a.weight.standbyGb - b.weight.standbyGb || a.weight.rpoS - b.weight.rpoS);
  const kept: Label[] = [];
  for (const label of sorted) if (!kept.some((other) => atMost(other.weight, label.weight))) kept.push(label);
  return kept;
}

type Way = { readonly weight: Weight; readonly set: (draft: Draft) => void };

function waysOf(strategy: Strategy, application: Application, f: Assumptions): readonly (readonly Way[])[] {
  const data = application.data.map((each) => {
    const size = sizeOfData(each, application, f);
    return protectionsOf(strategy, each, application, f).map((protection) => ({
      weight: weighData(protection, size, f),
      set(draft: Draft): void {
        draft.data[each.name] = protection;
      },
    }));
  });
  const models = application.models.map((each) => {
    const size = sizeOfModel(each, f);
    return placementsOf(strategy).map((placement) => ({
      weight: weighModel(placement, size, f),
      set(draft: Draft): void {
        draft.models[each.name] = placement;
      },
    }));
  });
  return [...data, ...models];
}

export type PartFront = {
  readonly labels: readonly Label[];
  /** Ways of every part, for bounds; null: `labels` is the whole truth. */
  readonly thinnedFrom: readonly (readonly Way[])[] | null;
};

/**
 * Every way to keep data and models that some other way does not beat in everything. Parts are added one by one; what is
 * beaten half way stays beaten, because every sum and maximum only grows with its terms (Bellman). More than `limit` are
 * thinned: `cheapestStorage` then bounds what was lost.
 */
export function partFront(strategy: Strategy, application: Application, f: Assumptions, limit: number): PartFront {
  const ways = waysOf(strategy, application, f);
  let labels: Label[] = [{ weight: NOTHING, set: null, before: null }];
  let thinned = false;
  for (const part of ways) {
    labels = undominated(
      labels.flatMap((label) =>
        part.map((way) => ({ weight: addWeights(label.weight, way.weight), set: way.set, before: label })),
      ),
    );
    if (labels.length > limit) {
      labels = thin(labels, limit);
      thinned = true;
    }
  }
  return { labels, thinnedFrom: thinned ? ways : null };
}

/** Spread over storage, kept at the ends of each kind: what can be met at all can be met by what is left. */
function thin(labels: readonly Label[], limit: number): Label[] {
  const kinds = new Map<string, Label[]>();
  for (const label of labels) {
    const { rpoS, delayS, missing } = label.weight;
    // Recovery points of one interval differ by seconds with their size; what is finer than a minute is one kind.
    const key = `${Math.ceil(rpoS / 60)}|${delayS}|${missing}`;
    kinds.set(key, [...(kinds.get(key) ?? []), label]);
  }
  const each = Math.max(2, Math.floor(limit / kinds.size));
  return [...kinds.values()].flatMap((kind) => {
    if (kind.length <= each) return kind;
    const sorted = [...kind].sort((a, b) => a.weight.recoverS - b.weight.recoverS);
    return Array.from({ length: each }, (_, at) => sorted[Math.round((at * (sorted.length - 1)) / (each - 1))]!);
  });
}

const STEPS = 40;

/**
 * No way to keep the parts within these limits needs less storage at a standby: Lagrange's bound, the largest over some
 * prices of a second, Σ min (storage + price · time) − price · limit. Infinite: nothing is within the limits.
 */
export function leastStorage(
  ways: readonly (readonly Way[])[],
  limits: { readonly recoverS: number; readonly rpoS: number; readonly missing: boolean },
): number {
  const allowed = ways.map((part) =>
    part.filter(({ weight }) => weight.rpoS <= limits.rpoS && (limits.missing || !weight.missing)),
  );
  if (allowed.some((part) => part.length === 0)) return Number.POSITIVE_INFINITY;
  const fastest = allowed.reduce((sum, part) => sum + Math.min(...part.map((way) => way.weight.recoverS)), 0);
  if (fastest > limits.recoverS) return Number.POSITIVE_INFINITY;
  let best = 0;
  for (let step = -1; step < STEPS; step++) {
    const price = step < 0 ? 0 : 1e-5 * 1.6 ** step;
    const sum = allowed.reduce(
      (total, part) => total + Math.min(...part.map(({ weight }) => weight.standbyGb + price * weight.recoverS)),
      0,
    );
    best = Math.max(best, sum - price * limits.recoverS);
  }
  return best;
}
