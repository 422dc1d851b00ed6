import type { Epoch, FenceReceipt, MoveRequest, OnPromote, RouteIntent, Strategy } from "../../domain/index.ts";

/** A moment on the monotonic clock of one leader. Moments of two leaders cannot be compared. */
export type Moment = { readonly clock: string; readonly ms: number };

export type Phase =
  | { readonly kind: "steady"; readonly writer: string }
  | { readonly kind: "suspecting"; readonly writer: string }
  | {
      readonly kind: "fencing";
      readonly from: string;
      readonly since: Moment;
      readonly receipt: FenceReceipt | null;
      /** Every gateway holds writes back. */
      readonly held: boolean;
      /** Why nobody was promoted yet, for people. */
      readonly blocked: string | null;
    }
  | {
      readonly kind: "promoting";
      readonly from: string;
      readonly to: string;
      readonly receipt: FenceReceipt;
      readonly since: Moment;
    }
  | {
      readonly kind: "rerouting";
      readonly from: string;
      readonly to: string;
      readonly receipt: FenceReceipt;
    }
  | { readonly kind: "degraded"; readonly writer: string; readonly reason: string }
  | {
      readonly kind: "failing-back";
      readonly from: string;
      readonly to: string;
      readonly step: "draining" | "demoting";
      readonly since: Moment;
    };

/** Recorded with the state before it is performed; performing it twice changes nothing. */
export type Effect =
  | { readonly id: number; readonly kind: "fence"; readonly site: string; readonly epoch: Epoch }
  | { readonly id: number; readonly kind: "route"; readonly intent: RouteIntent };

export type Move = { readonly at: number; readonly from: string; readonly to: string; readonly automatic: boolean };

export type FailoverState = {
  readonly epoch: Epoch;
  readonly phase: Phase;
  readonly effects: readonly Effect[];
  readonly effectCount: number;
  readonly routeNumber: number;
  /** Newest last; at most 20. Anti-flap memory that outlives every coordinator. */
  readonly history: readonly Move[];
  readonly request: MoveRequest | null;
  readonly lastRequest: string | null;
  /** Why the last request was not carried out; null: it was, or still is. */
  readonly refusal: string | null;
  /** Since when the preferred site has been whole again, for an automatic failback. */
  readonly wholeSince: Moment | null;
};

export type SiteView = {
  /** Time since the leader last saw a new sign of life. */
  readonly silentMs: number;
  /** The power switch says that its processes are gone. */
  readonly dead: boolean;
  readonly readyInstances: number;
  readonly wantedInstances: number;
  /** The epoch under which the site says it holds the right to write. */
  readonly writing: Epoch | null;
  readonly demoted: { readonly epoch: Epoch; readonly flushedTo: readonly string[] } | null;
  /** The writer's changes reach it, so that a planned move can flush the rest. */
  readonly following: boolean;
  /** Its copy holds every acknowledged write. */
  readonly inSync: boolean;
  /** Upper bound of what it lacks, as time. null: unknown. */
  readonly lossBoundMs: number | null;
};

export type View = { readonly sites: Readonly<Record<string, SiteView>> };

export type FailoverConfig = {
  readonly sites: readonly string[];
  readonly strategy: Strategy;
  /** false without a witness: failover is by hand only. */
  readonly automatic: boolean;
  readonly failback: "auto" | "manual";
  readonly detectionMs: number;
  readonly leaseMs: number;
  readonly rpoMs: number;
  readonly onPromote: OnPromote;
  readonly onRpoExceeded: "wait" | "promote";
  readonly hasData: boolean;
  readonly maxPerHour: number;
  readonly stableMs: number;
  readonly drainTimeoutMs: number;
};

export type FailoverEvent =
  | { readonly kind: "observed"; readonly view: View }
  | { readonly kind: "fenced"; readonly effect: number; readonly receipt: FenceReceipt }
  | { readonly kind: "routed"; readonly effect: number }
  | { readonly kind: "requested"; readonly request: MoveRequest };

export type Now = Moment & { readonly wallMs: number };
