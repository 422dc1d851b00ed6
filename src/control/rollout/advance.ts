import type { Desired, SiteRecord } from "../../domain/index.ts";

/** The release that a site should run now. */
export const releaseFor = (desired: Desired, site: string): string =>
  desired.rolledOut.includes(site) || desired.previousRelease === null ? desired.release : desired.previousRelease;

const allReady = (desired: Desired, record: SiteRecord | undefined): boolean =>
  record !== undefined &&
  record.wanted > 0 &&
  record.instances.length >= record.wanted &&
  record.instances.every((instance) => instance.release === desired.release && instance.state === "ready");

/** Nothing is wanted there (pilot light): there is nothing to see ready. */
const idle = (record: SiteRecord | undefined): boolean => record?.wanted === 0;

/**
 * Takes a new release one site further: the standbys first, the writer last, each only when the one before is whole.
 * A site that reports failure rolls all of them back. Lost sites are skipped; they catch up when they return.
 */
export function advanceRollout(
  desired: Desired,
  sites: Readonly<Record<string, SiteRecord>>,
  alive: readonly string[],
  writer: string,
): Desired {
  if (desired.rollout.state !== "rolling") return desired;
  const failed = Object.values(sites).find((site) => site.rolloutFailed?.release === desired.release);
  if (failed && desired.previousRelease) {
    const reason = `${failed.site}: ${failed.rolloutFailed!.reason}`;
    return {
      ...desired,
      release: desired.previousRelease,
      previousRelease: null,
      rolledOut: [],
      rollout: { state: "rolled-back", release: desired.release, reason },
    };
  }
  const order = [...alive.filter((site) => site !== writer), ...alive.filter((site) => site === writer)];
  const inWork = desired.rolledOut.filter((site) => alive.includes(site));
  if (!inWork.every((site) => allReady(desired, sites[site]) || idle(sites[site]))) return desired;
  const next = order.find((site) => !desired.rolledOut.includes(site));
  if (next) return { ...desired, rolledOut: [...desired.rolledOut, next] };
  const everywhere = desired.application.sites.map((site) => site.name);
  return { ...desired, rolledOut: everywhere, rollout: { state: "done" } };
}
