import type { Application } from "./application.ts";
import type { Epoch } from "./quantity.ts";
import type { Strategy } from "./strategy.ts";

/**
 * The records that the processes of one application share in the Store, by key:
 * `desired`, `failover`, `route`, `leader`, `in-sync`, `request`, `site/<site>`, `beat/<site>`, `power/<site>`,
 * `gateway/<id>`, `release/<digest>`, `event/<number>`, `drill/last`.
 */
export const KEYS = {
  desired: "desired",
  failover: "failover",
  route: "route",
  leader: "leader",
  inSync: "in-sync",
  request: "request",
  lastDrill: "drill/last",
  site: (name: string) => `site/${name}`,
  beat: (name: string) => `beat/${name}`,
  power: (name: string) => `power/${name}`,
  gateway: (id: string) => `gateway/${id}`,
  event: (number: number) => `event/${String(number).padStart(9, "0")}`,
} as const;

/** Where a process answers its peers (mutual TLS). */
export type PeerAddress = { readonly host: string; readonly port: number };

/** What the user wants to run. Written by apply, deploy, scale and rollback; read by every agent and gateway. */
export type Desired = {
  readonly application: Application;
  readonly strategy: Strategy;
  /** Digest of the release manifest. */
  readonly release: string;
  readonly previousRelease: string | null;
  /** Instances of each site while it writes (or serves), and while it stands by. */
  readonly placement: Readonly<Record<string, { readonly active: number; readonly standby: number }>>;
  /** Set by `scale`; null lets load decide between required and max. */
  readonly fixedReplicas: number | null;
  /** Sites that already roll to `release`; the others stay on `previousRelease`. */
  readonly rolledOut: readonly string[];
  readonly rollout:
    | { readonly state: "done" }
    | { readonly state: "rolling" }
    | { readonly state: "rolled-back"; readonly release: string; readonly reason: string };
  readonly planDigest: string;
};

export type InstanceState = "starting" | "ready" | "unready" | "draining";

export type InstanceRecord = {
  /** Unique for every start of a process, for ever. */
  readonly incarnation: string;
  readonly slot: number;
  readonly zone: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly release: string;
  readonly state: InstanceState;
  /** It lives no longer than the site's right to write. */
  readonly writes: boolean;
  readonly restarts: number;
  readonly limits: string;
};

export type DataRecord = {
  readonly role: "writer" | "standby";
  /** Batches that this site has (writer: has sent; standby: has stored). */
  readonly position: number;
  readonly epoch: Epoch;
  /** Writer only: the site's standbys, each with the last position that it confirmed. */
  readonly standbys: Readonly<
    Record<string, { readonly confirmed: number; readonly inSync: boolean; readonly lagMs: number }>
  >;
  readonly files: number;
  /** Writes of an old epoch that were never replicated: kept aside, never merged. */
  readonly keptAside: readonly { readonly folder: string; readonly files: number }[];
  /** Why the driver refuses what lies in the folder. */
  readonly problem: string | null;
};

/** Published by the agent of a site when something in it changes. */
export type SiteRecord = {
  readonly site: string;
  readonly incarnation: string;
  readonly pid: number;
  readonly agent: PeerAddress;
  readonly instances: readonly InstanceRecord[];
  /** The epoch under which this site holds the right to write now; null: none. */
  readonly writing: Epoch | null;
  /** Set after a planned demotion: the epoch that ended, with everything flushed to these sites. */
  readonly demoted: { readonly epoch: Epoch; readonly flushedTo: readonly string[] } | null;
  readonly data: Readonly<Record<string, DataRecord>>;
  readonly rolloutFailed: { readonly release: string; readonly reason: string } | null;
  readonly wanted: number;
  /** Version of what is wanted, by which the site acts. */
  readonly follows: number;
  /** Slots that wait before they start again. */
  readonly waiting: readonly { readonly slot: number; readonly reason: string; readonly crashLooping: boolean }[];
  /** What keeps the site from doing its work, for people. */
  readonly problem: string | null;
};

/** A sign of life, written every heartbeat. */
export type Beat = {
  readonly incarnation: string;
  readonly count: number;
  readonly leading: boolean;
  /** Time since the site's copy of the data was last known whole, the worst of its data sets. null: never yet. */
  readonly staleMs: number | null;
  /** Data sets aside, time since the writer's standbys confirmed everything. */
  readonly lagMs: number;
};

/** Written by the supervisor, which stands outside every site and holds the power switch. */
export type PowerRecord = {
  readonly state: "on" | "off" | "unreachable";
  readonly group: number;
  readonly incarnation: string;
  readonly at: number;
  readonly reason: string;
};

export type GatewayRecord = {
  readonly id: string;
  readonly incarnation: string;
  readonly pid: number;
  readonly address: PeerAddress;
  /** The last route number that it works by. */
  readonly confirmed: number;
  /** Requests in flight or queued, by site. */
  readonly inFlight: Readonly<Record<string, number>>;
  /** Incarnations that are draining and still have requests in flight here. */
  readonly busy: readonly string[];
  /** Incarnations that this gateway knows to be draining, so that it sends them nothing more. */
  readonly drained: readonly string[];
  readonly at: number;
};

export type RouteMode = "serve" | "hold" | "drain";

export type RouteIntent = {
  /** Rises with every change, so that a confirmation names what it confirms. */
  readonly number: number;
  readonly epoch: Epoch;
  readonly writer: string | null;
  /** Share of reads by site; 0: only when no other site can answer. */
  readonly weights: Readonly<Record<string, number>>;
  readonly mode: RouteMode;
};

/** Sites whose copy holds every acknowledged write, and the epoch that says so. */
export type InSync = { readonly epoch: Epoch; readonly sites: readonly string[] };

/** A move asked for by a person or a drill. */
export type MoveRequest = {
  readonly id: string;
  readonly kind: "failover" | "failback";
  readonly to: string | null;
  /** The person accepts a loss above the RPO. */
  readonly acceptLoss: boolean;
};

export type LogEvent = {
  readonly at: number;
  readonly kind: string;
  readonly site: string | null;
  readonly text: string;
  readonly epoch?: number;
};
