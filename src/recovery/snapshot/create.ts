import { lstatSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fail, ok, type Problem, ProblemError, problem, type Result } from "../../domain/index.ts";
import type { ArtifactStore } from "../../ports/index.ts";
import type { DataKey } from "./cipher.ts";
import { Known } from "./known.ts";
import type { ChunkingStart, FoundChunk, FromChunking, Piece, ToChunking } from "./messages.ts";
import type { Source, SourceFile } from "./source.ts";
import { Threads } from "./threads.ts";
import type { ChunkAt, Entry, Pack, Tree } from "./tree.ts";

/** A large file is read in parts of this size by several threads; chunks meet again after the first of each part. */
const SEGMENT = 64 * 1024 * 1024;
const BATCH_FILES = 128;
const BATCH_BYTES = 4 * 1024 * 1024;
/** A manifest lists every pack, and registries take 4 MiB of manifest: packs grow with what is backed up. */
const PACK_BYTES = 32 * 1024 * 1024;
const MOST_PACKS = 10_000;
const MOST_THREADS = 4;

export type Progress = { readonly bytesDone: number; readonly bytesTotal: number; readonly filesDone: number };

export type SnapshotOptions = {
  readonly store: ArtifactStore;
  readonly sources: readonly Source[];
  /** Earlier snapshots in the same store, newest first: what they have is not stored again. */
  readonly earlier: readonly Tree[];
  /** null: in the clear. */
  readonly key: DataKey | null;
  readonly onProgress?: (progress: Progress) => void;
};

export type Snapshot = {
  readonly tree: Tree;
  readonly bytes: number;
  readonly files: number;
  /** Bytes in new packs. */
  readonly addedBytes: number;
  /** Files that were read; the others were known by their version. */
  readonly readFiles: number;
};

type Reading = { readonly source: SourceFile; readonly found: (readonly FoundChunk[])[]; readonly threads: number[] };

/**
 * Stores the content of `sources` and returns their table of contents. Must run inside `store.pushing`. A file that
 * changes while it is read is a problem of kind `changed`: a snapshot is never a mixture.
 */
export async function createSnapshot(options: SnapshotOptions): Promise<Result<Snapshot>> {
  const creation = new Creation(options);
  try {
    return await creation.run();
  } catch (error) {
    if (error instanceof ProblemError) return fail(error.problem);
    throw error;
  } finally {
    await creation.end();
  }
}

class Creation {
  readonly #options: SnapshotOptions;
  readonly #known: Known;
  readonly #threads: Threads<ToChunking, FromChunking>;
  readonly #jobs = new Map<number, readonly { readonly reading: Reading; readonly part: number }[]>();
  readonly #packs = new Map<string, Pack>();
  readonly #storing = new Set<Promise<void>>();
  readonly #bytesTotal: number;
  readonly #count: number;
  #finished = 0;
  #bytesDone = 0;
  #filesDone = 0;
  #addedBytes = 0;
  #problem: Problem | null = null;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    this.#known = new Known(options.earlier, options.key?.id ?? null);
    this.#bytesTotal = options.sources.reduce((sum, each) => sum + (each.kind === "file" ? each.size : 0), 0);
    this.#count = Math.min(MOST_THREADS, Math.max(1, availableParallelism()));
    const start: ChunkingStart = {
      staging: options.store.staging,
      known: this.#known.shared(),
      key: options.key,
      packBytes: Math.max(PACK_BYTES, Math.ceil(this.#bytesTotal / MOST_PACKS)),
    };
    this.#threads = new Threads("chunking-worker", start, this.#count, 2, (message, thread) =>
      this.#receive(message, thread),
    );
  }

  async run(): Promise<Result<Snapshot>> {
    const readings = new Map<SourceFile, Reading>();
    const unchanged = new Map<SourceFile, readonly ChunkAt[]>();
    let batch: { readonly reading: Reading; readonly part: number; readonly piece: Piece }[] = [];
    let batchBytes = 0;
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await this.#give(batch);
      batch = [];
      batchBytes = 0;
    };
    for (const source of this.#options.sources) {
      if (source.kind !== "file") continue;
      const known = this.#known.unchanged(source.path, source.version, source.size);
      if (known) {
        unchanged.set(source, known);
        this.#progress(source.size, 1);
        continue;
      }
      const reading: Reading = { source, found: [], threads: [] };
      readings.set(source, reading);
      for (const [part, piece] of piecesOf(source).entries()) {
        batch.push({ reading, part, piece });
        batchBytes += piece.length;
        if (batch.length >= BATCH_FILES || batchBytes >= BATCH_BYTES) await flush();
      }
      if (this.#problem) return fail(this.#problem);
    }
    await flush();
    await this.#threads.until(() => this.#jobs.size === 0 || this.#problem !== null);
    if (this.#problem) return fail(this.#problem);
    this.#threads.tellAll({ kind: "finish" });
    await this.#threads.until(() => this.#finished === this.#count);
    await Promise.all(this.#storing);
    if (this.#problem) return fail(this.#problem);
    const changed = [...readings.keys()].find(hasChanged);
    if (changed) return fail(changedProblem(changed.path));
    const tree = this.#tree(readings, unchanged);
    const files = readings.size + unchanged.size;
    return ok({ tree, bytes: this.#bytesTotal, files, addedBytes: this.#addedBytes, readFiles: readings.size });
  }

  async end(): Promise<void> {
    await this.#threads.end();
    await Promise.allSettled(this.#storing);
  }

  #job = 0;

  #give(batch: readonly { readonly reading: Reading; readonly part: number; readonly piece: Piece }[]): Promise<void> {
    const job = this.#job++;
    this.#jobs.set(job, batch);
    return this.#threads.give({ kind: "pieces", job, pieces: batch.map(({ piece }) => piece) });
  }

  #receive(message: FromChunking, thread: number): void {
    switch (message.kind) {
      case "packed":
        this.#store(thread, message);
        return;
      case "finished":
        this.#finished += 1;
        return;
      case "chunked": {
        const job = this.#jobs.get(message.job)!;
        this.#jobs.delete(message.job);
        this.#threads.answered(thread);
        for (const [index, piece] of message.pieces.entries()) {
          const { reading, part } = job[index]!;
          if ("error" in piece) {
            this.#problem ??= changedProblem(reading.source.path, piece.error);
            continue;
          }
          reading.found[part] = piece.chunks;
          reading.threads[part] = thread;
          this.#progress(
            piece.chunks.reduce((sum, chunk) => sum + chunk.size, 0),
            part === 0 ? 1 : 0,
          );
        }
      }
    }
  }

  #progress(bytes: number, files: number): void {
    this.#bytesDone += bytes;
    this.#filesDone += files;
    this.#options.onProgress?.({
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
      filesDone: this.#filesDone,
    });
  }

  #store(thread: number, { pack, digest, size, file }: Extract<FromChunking, { kind: "packed" }>): void {
    this.#packs.set(`${thread}:${pack}`, { digest, size });
    this.#addedBytes += size;
    const storing = this.#options.store.putFile(digest, size, file).then((stored) => {
      if (!stored.ok) this.#problem ??= stored.error;
      this.#storing.delete(storing);
    });
    this.#storing.add(storing);
  }

  /** Numbers the packs that are needed, and gives every chunk its place. */
  #tree(readings: ReadonlyMap<SourceFile, Reading>, unchanged: ReadonlyMap<SourceFile, readonly ChunkAt[]>): Tree {
    const packs: Pack[] = [];
    const numbers = new Map<string, number>();
    const number = (pack: Pack): number => {
      const known = numbers.get(pack.digest);
      if (known !== undefined) return known;
      numbers.set(pack.digest, packs.length);
      return packs.push(pack) - 1;
    };
    const earlier = (chunk: ChunkAt): ChunkAt => ({ ...chunk, pack: number(this.#known.packs[chunk.pack]!) });
    const placed = ({ id, size, at }: FoundChunk, thread: number): ChunkAt => {
      if (at === null) return earlier(this.#known.chunk(id)!);
      return { ...at, pack: number(this.#packs.get(`${thread}:${at.pack}`)!), size, id };
    };
    const entries = this.#options.sources.map((source): Entry => {
      if (source.kind !== "file") return source;
      const { file: _, ...rest } = source;
      const known = unchanged.get(source);
      if (known) return { ...rest, chunks: known.map(earlier) };
      const { found, threads } = readings.get(source)!;
      return { ...rest, chunks: found.flatMap((chunks, part) => chunks.map((each) => placed(each, threads[part]!))) };
    });
    return { key: this.#options.key?.id ?? null, packs, entries };
  }
}

function piecesOf({ file, size }: SourceFile): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let offset = 0; offset < size || offset === 0; offset += SEGMENT)
    pieces.push({ source: file, offset, length: Math.min(SEGMENT, size - offset) });
  return pieces;
}

function hasChanged({ file, size, modifiedMs }: SourceFile): boolean {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return !stat || stat.size !== size || stat.mtimeMs !== modifiedMs;
}

const changedProblem = (path: string, detail = "it changed while it was read"): Problem =>
  problem(
    "changed",
    `${path} is not in the snapshot: ${detail}`,
    "it is tried again; a folder that never rests needs hooks",
  );
