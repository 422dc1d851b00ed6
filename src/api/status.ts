import {
  type Beat,
  type Desired,
  type FailoverState,
  type GatewayRecord,
  type InSync,
  KEYS,
  type PowerRecord,
  type RouteIntent,
  type SiteRecord,
  type Status,
} from "../domain/index.ts";
import type { ApiDeps } from "./operation.ts";

export async function readStatus({ mirror, processes }: ApiDeps): Promise<Status> {
  const desired = mirror.value<Desired>(KEYS.desired);
  const running = await processes();
  const names = desired?.application.sites.map((site) => site.name) ?? [];
  /** Records of sites that are not wanted any more stay in the Store; they say nothing of what runs. */
  const wanted = <T>(records: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(records).filter(([site]) => names.includes(site)));
  return {
    storeSilentMs: Number.isFinite(mirror.silentMs) ? Math.round(mirror.silentMs) : null,
    desired,
    desiredVersion: mirror.get(KEYS.desired).version,
    failover: mirror.value<FailoverState>(KEYS.failover),
    route: mirror.value<RouteIntent>(KEYS.route),
    inSync: mirror.value<InSync>(KEYS.inSync),
    leader: mirror.value<{ site: string }>(KEYS.leader),
    sites: wanted(mirror.below<SiteRecord>("site/")),
    beats: wanted(mirror.below<Beat>("beat/")),
    power: wanted(mirror.below<PowerRecord>("power/")),
    gateways: mirror.below<GatewayRecord>("gateway/"),
    lastDrill: mirror.value(KEYS.lastDrill),
    processes: running,
    notes: notes(desired, running !== null),
  };
}

function notes(desired: Desired | null, supervised: boolean): readonly string[] {
  const found: string[] = [];
  if (!supervised)
    found.push("the supervisor does not answer: nothing that dies outside the sites is restarted; run `holdfast up`");
  if (!desired) return found;
  const { application } = desired;
  if (process.platform !== "linux")
    found.push("one gateway only: this system's kernel does not spread connections over sockets that share a port");
  if (application.data.length > 0)
    found.push(
      "writes are protected on their way through the gateway; a client that connects to an instance directly is not",
    );
  if (application.witness === null) found.push("there is no witness: failover is by hand only");
  const asynchronous = application.data.filter((data) => data.replication === "async").map((data) => data.name);
  if (asynchronous.length > 0)
    found.push(
      `${asynchronous.join(", ")}: replicated without a barrier; what was written within the lag is lost with a site`,
    );
  if (application.sites.length < 2) found.push("one site only: nothing takes over when it is lost");
  return found;
}
