import type { DataKey } from "./cipher.ts";

/** Bytes `offset` to `offset + length` of a file: the whole of a small one, a part of a large one. */
export type Piece = { readonly source: string; readonly offset: number; readonly length: number };

export type ChunkingStart = {
  readonly staging: string;
  readonly known: SharedArrayBuffer;
  readonly key: DataKey | null;
  readonly packBytes: number;
};

export type ToChunking =
  | { readonly kind: "pieces"; readonly job: number; readonly pieces: readonly Piece[] }
  | { readonly kind: "finish" };

/** A chunk as a worker found it. `at` is null when the store has it. Packs are numbered by the worker. */
export type FoundChunk = {
  readonly id: string;
  readonly size: number;
  readonly at: {
    readonly pack: number;
    readonly offset: number;
    readonly stored: number;
    readonly compressed: boolean;
  } | null;
};

export type FromChunking =
  | {
      readonly kind: "chunked";
      readonly job: number;
      readonly pieces: readonly ({ readonly chunks: readonly FoundChunk[] } | { readonly error: string })[];
    }
  | {
      readonly kind: "packed";
      readonly pack: number;
      readonly file: string;
      readonly digest: string;
      readonly size: number;
    }
  | { readonly kind: "finished" };

/** A chunk to be read from a pack file and written at `at` of target number `target`. */
export type Write = {
  readonly target: number;
  readonly at: number;
  readonly offset: number;
  readonly stored: number;
  readonly size: number;
  readonly compressed: boolean;
  readonly id: string;
};

export type WritingStart = { readonly key: DataKey | null };

/** All that one pack holds of the files to be restored. */
export type ToWriting = {
  readonly job: number;
  readonly pack: string;
  readonly targets: readonly {
    readonly file: string;
    /** Every byte of the file comes from this pack: it is finished here. */
    readonly whole: { readonly mode: number; readonly modifiedMs: number } | null;
  }[];
  readonly writes: readonly Write[];
};

export type FromWriting = {
  readonly job: number;
  readonly bytes: number;
  /** The names of chunks that are not what they should be. */
  readonly damaged: readonly string[];
  readonly error: string | null;
};
