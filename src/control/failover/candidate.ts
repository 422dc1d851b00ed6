import type { FailoverConfig, SiteView, View } from "./state.ts";

export type Choice =
  | { readonly kind: "promote"; readonly site: string; readonly lossBoundMs: number }
  | { readonly kind: "none"; readonly reason: string };

const alive = (view: SiteView | undefined, config: FailoverConfig): view is SiteView =>
  view !== undefined && !view.dead && view.silentMs < config.detectionMs / 2;

const lossOf = (view: SiteView, config: FailoverConfig): number =>
  !config.hasData || view.inSync ? 0 : (view.lossBoundMs ?? Number.POSITIVE_INFINITY);

/**
 * Picks the site to promote after `from` was fenced: the one that lacks least. The old writer itself is the last
 * choice: it lacks nothing, but it just failed. Above the RPO the application file decides (safety rule 9).
 */
export function chooseCandidate(view: View, config: FailoverConfig, from: string, acceptLoss: boolean): Choice {
  const others = config.sites
    .filter((site) => site !== from && alive(view.sites[site], config))
    .map((site) => ({ site, lossBoundMs: lossOf(view.sites[site]!, config) }))
    .sort((a, b) => a.lossBoundMs - b.lossBoundMs);
  const best = others[0];
  const tolerated = acceptLoss || config.onRpoExceeded === "promote" ? Number.POSITIVE_INFINITY : config.rpoMs;
  if (best && best.lossBoundMs <= tolerated) return { kind: "promote", ...best };
  if (alive(view.sites[from], config)) return { kind: "promote", site: from, lossBoundMs: 0 };
  if (!best) return { kind: "none", reason: "no other site is alive" };
  const loss = Number.isFinite(best.lossBoundMs)
    ? `up to ${Math.ceil(best.lossBoundMs)} ms of writes`
    : "an unknown part";
  return {
    kind: "none",
    reason: `${best.site} may lack ${loss}, more than the RPO of ${config.rpoMs} ms; bring ${from} back or run \`holdfast failover --accept-loss\``,
  };
}

/** Whether anybody could take over at all; without one, fencing the writer would only make things worse. */
export const someoneElseIsAlive = (view: View, config: FailoverConfig, writer: string): boolean =>
  config.sites.some((site) => site !== writer && alive(view.sites[site], config));

export const isAlive = (view: View, config: FailoverConfig, site: string): boolean => alive(view.sites[site], config);

/** Gone for certain, or silent for the whole detection time; anything less only makes it no candidate. */
export function isLost(view: View, config: FailoverConfig, site: string): boolean {
  const seen = view.sites[site];
  return seen === undefined || seen.dead || seen.silentMs >= config.detectionMs;
}
