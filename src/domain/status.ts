import type { Beat, Desired, GatewayRecord, InSync, PowerRecord, RouteIntent, SiteRecord } from "./cluster.ts";
import type { FailoverState } from "./failover.ts";

/** Everything that runs, as the API tells it. */
export type Status = {
  /** Time since the Store last answered; null: it has not answered yet. */
  readonly storeSilentMs: number | null;
  readonly desired: Desired | null;
  readonly desiredVersion: number;
  readonly failover: FailoverState | null;
  readonly route: RouteIntent | null;
  readonly inSync: InSync | null;
  readonly leader: { readonly site: string } | null;
  readonly sites: Readonly<Record<string, SiteRecord>>;
  readonly beats: Readonly<Record<string, Beat>>;
  readonly power: Readonly<Record<string, PowerRecord>>;
  readonly gateways: Readonly<Record<string, GatewayRecord>>;
  readonly lastDrill: { readonly id: string; readonly at: string; readonly verdict: string } | null;
  /** Processes outside the sites; null: the supervisor does not answer. */
  readonly processes: Record<string, { pid: number } | null> | null;
  /** What people should know that is not an error. */
  readonly notes: readonly string[];
};
