import type { Assumptions, Site } from "../domain/index.ts";
import { kOfEqual, unavailabilityOf } from "../math/index.ts";
import type { Timing } from "./design.ts";

/** Below this, the loss of every site is not told apart: it is a second in thirty thousand years. */
export const FLOOR = 1e-12;

/** Losses a second of one site. */
export const siteLossRate = (site: Site, f: Assumptions): number =>
  // The only zone of a site is the site.
  1 / f.siteMtbf.value + (site.zones.length === 1 ? 1 / f.zoneMtbf.value : 0);

/** Unavailability of one site. */
export function siteDown(site: Pick<Site, "zones">, f: Assumptions): number {
  const zone = site.zones.length === 1 ? unavailabilityOf(f.zoneMtbf.value, f.zoneMttr.value) : 0;
  const own = unavailabilityOf(f.siteMtbf.value, f.siteMttr.value);
  return own + zone - own * zone;
}

/** All used sites of one region down: each by itself (`product`), or several at once by what they share. */
export function regionDown(count: number, product: number, f: Assumptions): number {
  if (count === 0) return 1;
  if (count === 1) return product;
  const shared = unavailabilityOf(f.siteMtbf.value, f.siteMttr.value) * f.regionShare.value;
  return shared + (1 - shared) * product;
}

/** Sites of one region share a part of their losses; regions are independent. */
export function allSitesDown(sites: readonly Site[], f: Assumptions): number {
  const regions = [...new Set(sites.map((site) => site.region))];
  const down = regions.reduce((all, region) => {
    const inside = sites.filter((site) => site.region === region);
    const product = inside.reduce((u, site) => u * siteDown(site, f), 1);
    return all * regionDown(inside.length, product, f);
  }, 1);
  return Math.max(FLOOR, down);
}

/** Share of pauses that cost a failover. */
export const falseAlarmShare = ({ detectionS, leaseS }: Timing, f: Assumptions): number =>
  Math.exp(-Math.min(detectionS, leaseS) / f.pauseLength.value);

/**
 * Failovers a second: losses of the writing site, and pauses of a healthy one that last longer than the detection, or so
 * long that it cannot renew its lease. Pauses last an exponential time.
 */
export function failoverRate(writer: Site, timing: Timing, f: Assumptions): number {
  return siteLossRate(writer, f) + falseAlarmShare(timing, f) / f.pauseEvery.value;
}

const binomial = (n: number, k: number, u: number): number => {
  let ways = 1;
  for (let i = 0; i < k; i++) ways = (ways * (n - i)) / (i + 1);
  return ways * u ** k * (1 - u) ** (n - k);
};

/**
 * Fewer than `required` of required + spare instances are up. They are spread over the zones as evenly as can be; those
 * of a lost zone are started in the others, so it costs a restart. Exact over the zones that are down.
 */
export function tooFewInstances(
  zones: number,
  required: number,
  spare: number,
  restartS: number,
  f: Assumptions,
): number {
  const n = required + spare;
  const instance = unavailabilityOf(f.instanceMtbf.value, restartS);
  const tooFew = (up: number): number => {
    const found = up < required ? null : kOfEqual(required, up, instance);
    return found?.ok ? found.value : 1;
  };
  if (zones === 1) return tooFew(n);
  const zone = unavailabilityOf(f.zoneMtbf.value, restartS);
  const larger = n % zones;
  const [small, large] = [Math.floor(n / zones), Math.ceil(n / zones)];
  let sum = 0;
  for (let lostLarge = 0; lostLarge <= larger; lostLarge++)
    for (let lostSmall = 0; lostSmall <= zones - larger; lostSmall++)
      sum +=
        binomial(larger, lostLarge, zone) *
        binomial(zones - larger, lostSmall, zone) *
        tooFew(n - lostLarge * large - lostSmall * small);
  return sum;
}
