import type { DeclaredAssumptions } from "./assumptions.ts";
import type { Strategy } from "./strategy.ts";

export type Objectives = {
  /** Share of time, 0 to 1. */
  readonly availability: number;
  readonly rtoMs: number;
  readonly rpoMs: number;
  /** null: no limit was declared. */
  readonly budgetUsdPerMonth: number | null;
};

export type Health = {
  readonly live: string;
  readonly ready: string;
  readonly intervalMs: number;
  /** An instance that answers nothing for this long, probe or request, is hung. */
  readonly timeoutMs: number;
  /** From start to ready; includes loading the model. */
  readonly startTimeoutMs: number;
};

/** A request whose right answer is known; it tells a wrong instance from a live one. */
export type GoldenRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Request body, base64 (files are read when the application is loaded). */
  readonly bodyBase64: string | null;
  readonly expect: { readonly jsonPath: string; readonly equals: string | number | boolean };
  readonly intervalMs: number;
  readonly timeoutMs: number;
};

export type RouteRule = {
  /** `*` matches any method. */
  readonly method: string;
  /** Path; `:name` matches one segment, a trailing `*` the rest. */
  readonly path: string;
  readonly effect: "read" | "write";
  /** Repeating it does no harm, so the gateway may. */
  readonly idempotent: boolean;
};

export type Replicas = {
  /** Instances that carry the full load. */
  readonly required: number;
  readonly max: number;
  /** Requests in flight that one instance carries well; more of them start another instance. */
  readonly targetInFlight: number;
};

export type Service = {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly health: Health;
  readonly golden: readonly GoldenRequest[];
  readonly routes: readonly RouteRule[];
  readonly replicas: Replicas;
  readonly resources: { readonly cpuMillis: number | null; readonly memoryBytes: number | null };
  readonly drainTimeoutMs: number;
  /** Where clients reach the gateway. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly gateways: number;
};

export type Model = {
  readonly name: string;
  readonly source: string;
  readonly role: "primary" | "fallback";
  /** Declared size of the weights; null: the catalogue's. */
  readonly gigabytes: number | null;
};

export type Replication = "barrier" | "async";

export type DataSet = {
  readonly name: string;
  readonly driver: "files";
  /** Relative to the application folder. */
  readonly path: string;
  readonly replication: Replication;
  /** Declared size; null: the catalogue's. */
  readonly gigabytes: number | null;
};

export type Site = {
  readonly name: string;
  readonly platform: "local";
  readonly zones: readonly string[];
  /** Sites of one region may be lost together. */
  readonly region: string;
  /** Fixed price of the site. */
  readonly usdPerMonth: number;
  readonly usdPerInstanceMonth: number;
  readonly usdPerGbMonth: number;
};

export type OnPromote = "start" | "restart" | { readonly hook: string };

export type FailoverPolicy = {
  readonly strategy: Strategy | "auto";
  readonly failback: "auto" | "manual";
  readonly onPromote: OnPromote;
  readonly onRpoExceeded: "wait" | "promote";
  /** A site silent for this long is suspected. */
  readonly detectionMs: number;
  /** The right to write; a writer that cannot renew stops within it. */
  readonly leaseMs: number;
  readonly maxPerHour: number;
  /** The returned site must be whole for this long before an automatic failback. */
  readonly stableMs: number;
};

/** `{id}` in path, header values and body is replaced by an id that is new for every request. */
export type RequestTemplate = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBase64: string | null;
};

/** How a drill writes to the application, and how it looks afterwards whether an acknowledged write is still there. */
export type DrillWrites = {
  readonly write: RequestTemplate;
  readonly verify: {
    readonly path: string;
    readonly expect: { readonly jsonPath: string; readonly equals: string };
  };
  readonly writesPerSecond: number;
  /** Golden requests a second that a drill sends beside them. */
  readonly readsPerSecond: number;
};

export type Stakeholder = {
  readonly audience: string;
  readonly channel: string;
  readonly owner: string;
  readonly cadenceMs: number;
};

/** What the file leaves to the plan. In what is applied nothing is open. */
export type Open = {
  /** `all` sites are used, so many, or as many as pay. */
  readonly sites: "all" | "auto" | number;
  /** Names of the data sets whose replication is chosen. */
  readonly replication: readonly string[];
  readonly detection: boolean;
  readonly lease: boolean;
};

export const NOTHING_OPEN: Open = { sites: "all", replication: [], detection: false, lease: false };

/** What the user declares: service + models + data + objectives. */
export type Application = {
  readonly name: string;
  readonly objectives: Objectives;
  readonly service: Service;
  readonly models: readonly Model[];
  readonly data: readonly DataSet[];
  readonly sites: readonly Site[];
  /** The vote outside all sites. null: failover is by hand only. */
  readonly witness: { readonly store: "sqlite" } | null;
  readonly failover: FailoverPolicy;
  readonly stakeholders: readonly Stakeholder[];
  /** null: drills send golden requests only and cannot measure an RPO. */
  readonly drill: DrillWrites | null;
  /** Replace figures of the catalogue that the plan rests on. */
  readonly assumptions: DeclaredAssumptions;
  readonly open: Open;
};
