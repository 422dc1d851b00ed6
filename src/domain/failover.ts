import type { MoveRequest, RouteIntent } from "./cluster.ts";
import type { FenceReceipt } from "./fence.ts";
import type { Epoch } from "./quantity.ts";

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
      readonly step: "draining" | "holding" | "demoting";
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
