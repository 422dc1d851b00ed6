import type { Digest } from "./artifact.ts";
import type { Epoch } from "./quantity.ts";

/** What one part of a recovery point is: the release (bundle and models), a data set, or Holdfast's own state. */
export type SetKind = "release" | "data" | "state";

/** One part of a recovery point: a snapshot of a folder. */
export type SnapshotSet = {
  readonly name: string;
  readonly kind: SetKind;
  /** Digest of the snapshot's manifest. */
  readonly manifest: Digest;
  readonly files: number;
  /** Bytes of the files. */
  readonly bytes: number;
  /** Bytes that this snapshot added to the store, after deduplication and compression. */
  readonly addedBytes: number;
  /** Which state of the data it is, in the words of its driver; null: not data. */
  readonly position: string | null;
};

/** What a golden request was answered when the point was made; a restored model has to answer the same. */
export type GoldenAnswer = {
  readonly method: string;
  readonly path: string;
  /** SHA-256 of the request body, so that another request under the same path is not taken for it. */
  readonly bodySha256: string;
  readonly jsonPath: string;
  readonly value: unknown;
};

/**
 * How much the parts of a point belong together: `application`: writes were held, and the hooks (if any) agreed;
 * `crash`: as after a loss of power, because writes could not be held within the bound.
 */
export type Consistency = "application" | "crash";

/** An immutable, consistent set from which a site can be rebuilt. What is signed, and written last. */
export type RecoveryPoint = {
  readonly kind: "holdfast.dev/recovery-point/v1";
  /** Time and a random part; sorts by time. */
  readonly id: string;
  readonly application: string;
  /** Wall time at which the data was frozen, ISO 8601. */
  readonly at: string;
  readonly site: string;
  readonly epoch: Epoch;
  readonly release: Digest;
  readonly consistency: Consistency;
  readonly sets: readonly SnapshotSet[];
  readonly golden: readonly GoldenAnswer[];
  readonly reason: "schedule" | "manual";
};

export const POINT_TAG = "rp.";
export const POINT_ID = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/** A point as it lies in one store. */
export type StoredPoint = {
  readonly point: RecoveryPoint;
  /** Digest of its index. */
  readonly index: Digest;
  /** Legal hold, by who set it; null: none. */
  readonly hold: string | null;
};
