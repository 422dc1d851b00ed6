import type { DataRecord, Epoch, Result } from "../domain/index.ts";

/** Ends when every standby in the in-sync set has stored all that was written before the call. */
export type BarrierResult = { readonly position: number; readonly standbys: readonly string[] };

/**
 * One data set at one site. The writer sends what changes, a standby stores it; a stale epoch is refused on both sides.
 * RPO class: synchronous with `barrier`, otherwise asynchronous with a measured lag.
 */
export interface DataDriver {
  /** Takes the writing side under `epoch`; from here on batches of older epochs are refused. */
  promote(epoch: Epoch): Promise<Result<void>>;
  /** Leaves the writing side after everything was sent; names the standbys that have it all. */
  demote(): Promise<{ readonly flushedTo: readonly string[] }>;
  /**
   * The sites that stand by from now on. A new one is filled; one that is gone leaves the in-sync set before anything is
   * acknowledged without it.
   */
  replicateTo(sites: readonly string[]): void;
  /** Stands by for the writer; what was written under an older epoch and never confirmed is kept aside. */
  follow(epoch: Epoch): Promise<void>;
  barrier(): Promise<Result<BarrierResult>>;
  /** Time since this copy was last known whole; 0 for the writer, infinite when it never was. */
  staleMs(): number;
  record(): DataRecord;
  close(): Promise<void>;
}
