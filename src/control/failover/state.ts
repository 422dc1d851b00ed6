import type { Epoch, FenceReceipt, Moment, MoveRequest, OnPromote, Strategy } from "../../domain/index.ts";

export type { Effect, FailoverState, Moment, Move, Phase } from "../../domain/index.ts";

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
