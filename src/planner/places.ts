import type { Application, Assumptions, Site, Strategy } from "../domain/index.ts";
import { series } from "../math/index.ts";
import { allSitesDown, FLOOR, failoverRate, regionDown, siteDown, tooFewInstances } from "./causes.ts";
import { sparesOf, type Timing } from "./design.ts";
import { siteCost, standbyInstances, writerGb } from "./option.ts";

/** Sites that are used, the writing one first, with so many spare instances. */
export type Place = {
  readonly sites: readonly Site[];
  readonly spare: number;
  readonly usdPerMonth: number;
  /** By what depends on the sites alone. */
  readonly unavailability: number;
};

const sum = (items: readonly { readonly usdPerMonth: number }[]): number =>
  items.reduce((total, item) => total + item.usdPerMonth, 0);

/** A choice among the sites looked at so far. */
type Label = {
  readonly usd: number;
  /** All used sites of finished regions are down. */
  readonly down: number;
  /** Of the region in work: product of its sites' unavailabilities, and how many they are. */
  readonly product: number;
  readonly inRegion: number;
  readonly count: number;
  readonly writer: number;
  readonly site: number;
  readonly before: Label | null;
};

const START: Label = { usd: 0, down: 1, product: 1, inRegion: 0, count: 0, writer: -1, site: -1, before: null };

/**
 * For each number of spare instances the sets of sites that no other beats in both cost and unavailability, cheapest first. Sites are
 * looked at one by one, region by region: unused, standby, or writer. What is beaten half way stays beaten, because cost
 * only grows and unavailability only shrinks with the same further sites. Exact.
 */
export function placesFor(
  strategy: Strategy,
  standbyGb: number,
  application: Application,
  f: Assumptions,
): readonly Place[] {
  const { sites, open, service, models } = application;
  const restartS = f.processStart.value + (models.length > 0 ? f.modelLoad.value : 0);
  const gigabytes = writerGb(application, f);
  const found = sparesOf(application).flatMap((spare) => {
    const full = service.replicas.required + spare;
    const standbyUsd = sites.map((site) => sum(siteCost(site, standbyInstances(strategy, full), standbyGb)));
    const writerUsd = sites.map((site) => sum(siteCost(site, full, gigabytes)));
    const shortage = (site: Site): number =>
      tooFewInstances(site.zones.length, service.replicas.required, spare, restartS, f);
    const place = (chosen: readonly Site[]): Place => ({
      sites: chosen,
      spare,
      usdPerMonth: chosen.reduce(
        (total, site, index) => total + (index === 0 ? writerUsd : standbyUsd)[sites.indexOf(site)]!,
        0,
      ),
      unavailability: series([allSitesDown(chosen, f), shortage(chosen[0]!)]),
    });
    if (open.sites === "all" || sites.length < 2) return [place(sites)];
    return choose(sites, open.sites, writerUsd, standbyUsd, f).map(place);
  });
  return found.sort(
    (a, b) => a.usdPerMonth - b.usdPerMonth || a.spare - b.spare || a.unavailability - b.unavailability,
  );
}

function choose(
  sites: readonly Site[],
  wanted: "auto" | number,
  writerUsd: readonly number[],
  standbyUsd: readonly number[],
  f: Assumptions,
): readonly (readonly Site[])[] {
  const order = sites.map((_, index) => index).sort((a, b) => compare(sites[a]!.region, sites[b]!.region) || a - b);
  const zonesOf = (label: Label): number => (label.writer < 0 ? 0 : sites[label.writer]!.zones.length);
  const down = sites.map((site) => siteDown(site, f));
  let labels: Label[] = [START];
  order.forEach((index, at) => {
    const grown: Label[] = [];
    for (const label of labels) {
      if (wanted === "auto" || index !== 0) grown.push(label);
      const step = { inRegion: label.inRegion + 1, count: label.count + 1, site: index, before: label } as const;
      const product = label.product * down[index]!;
      if (label.count < (wanted === "auto" ? sites.length : wanted)) {
        const mayWrite = label.writer < 0 && (wanted === "auto" || index === 0);
        if (mayWrite) grown.push({ ...label, ...step, product, usd: label.usd + writerUsd[index]!, writer: index });
        if (wanted === "auto" || index !== 0)
          grown.push({ ...label, ...step, product, usd: label.usd + standbyUsd[index]! });
      }
    }
    const last = at === order.length - 1 || sites[order[at + 1]!]!.region !== sites[index]!.region;
    labels = undominated(last ? grown.map((label) => finish(label, f)) : grown, wanted, zonesOf);
  });
  return labels
    .filter((label) => label.writer >= 0 && (wanted === "auto" ? label.count >= 2 : label.count === wanted))
    .map((label) => membersOf(label, sites));
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

function finish(label: Label, f: Assumptions): Label {
  const down = Math.max(FLOOR, label.down * regionDown(label.inRegion, label.product, f));
  return { ...label, down, product: 1, inRegion: 0 };
}

/** Compared are labels that can be finished in the same ways; of equal ones the one with earlier sites. */
function undominated(labels: readonly Label[], wanted: "auto" | number, zonesOf: (label: Label) => number): Label[] {
  const buckets = new Map<number, Label[]>();
  for (const label of labels) {
    const count = wanted === "auto" ? Math.min(label.count, 2) : label.count;
    const key = (count * 4 + Math.min(label.inRegion, 2)) * 1_000 + zonesOf(label);
    const bucket = buckets.get(key);
    if (bucket) bucket.push(label);
    else buckets.set(key, [label]);
  }
  const kept: Label[] = [];
  for (const bucket of buckets.values()) {
    bucket.sort((a, b) => a.usd - b.usd || a.down * a.product - b.down * b.product);
    keepBest(bucket, kept);
  }
  return kept;
}

/** Of labels by rising cost those that are better in something than all before. */
function keepBest(bucket: readonly Label[], kept: Label[]): void {
  if (bucket[0]!.inRegion === 0) {
    let least = Number.POSITIVE_INFINITY;
    for (const label of bucket) {
      if (label.down >= least) continue;
      least = label.down;
      kept.push(label);
    }
    return;
  }
  // A region in work may still add what its sites share, so both factors have to be at least as good.
  const from = kept.length;
  for (const label of bucket) {
    let beaten = false;
    for (let at = from; at < kept.length && !beaten; at++)
      beaten = kept[at]!.down <= label.down && kept[at]!.product <= label.product;
    if (!beaten) kept.push(label);
  }
}

/** The writer first, then the standbys in the order of the file. */
function membersOf(label: Label, sites: readonly Site[]): readonly Site[] {
  const indices: number[] = [];
  for (let at: Label | null = label; at && at.site >= 0; at = at.before) indices.push(at.site);
  const standbys = indices.filter((index) => index !== label.writer).sort((a, b) => a - b);
  return [label.writer, ...standbys].map((index) => sites[index]!);
}

/** Rate of failovers for a writer like this one; it has no more than two values over all sites. */
export const rateFor = (place: Place, timing: Timing, f: Assumptions): number =>
  failoverRate(place.sites[0]!, timing, f);
