/** One changed file of a batch; its content follows in the frame, in the order of the entries. */
export type FileChange =
  | { readonly path: string; readonly op: "put"; readonly size: number; readonly mode: number; readonly sha256: string }
  | { readonly path: string; readonly op: "delete" };

/** Names one run of one writer: positions of two streams cannot be compared. */
export type StreamId = { readonly epoch: number; readonly stream: string };

export type Batch = StreamId & {
  readonly kind: "batch";
  readonly number: number;
  readonly changes: readonly FileChange[];
};

/** Everything that the writer has; the standby answers with what it needs. */
export type Manifest = StreamId & {
  readonly kind: "manifest";
  /** The position that the manifest stands for; the next batch has the number after it. */
  readonly number: number;
  readonly files: readonly (readonly [path: string, sha256: string])[];
};

/** Content for a manifest, sent before it counts. */
export type Fill = StreamId & { readonly kind: "fill"; readonly changes: readonly FileChange[] };

/** Nothing changed: the copy is whole as of now. */
export type Whole = StreamId & { readonly kind: "whole"; readonly number: number };

export type ToStandby = Batch | Manifest | Fill | Whole;

export type FromStandby =
  | { readonly kind: "stored"; readonly number: number }
  | { readonly kind: "need"; readonly paths: readonly string[] }
  /** Its state does not continue this stream: send a manifest. */
  | { readonly kind: "resync" }
  /** It knows a newer epoch: the sender must not write any more. */
  | { readonly kind: "stale"; readonly epoch: number };

/** Sends one frame to the standby at `site`; null: no answer, outcome unknown. */
export type Send = (site: string, frame: Buffer) => Promise<FromStandby | null>;
