import { KnownChunks } from "./known-chunks.ts";
import type { ChunkAt, FileEntry, Pack, Tree } from "./tree.ts";

/** A pack of which an earlier snapshot needs less than this is not built upon: it could never be collected. */
const LEAST_NEEDED = 0.3;

/** What a store has already, as far as earlier snapshots tell. */
export class Known {
  readonly packs: Pack[] = [];
  readonly #chunks = new Map<string, ChunkAt>();
  readonly #files = new Map<string, FileEntry>();

  /** `key`: id of the data key that is in use; what another one encrypts is not built upon. */
  constructor(trees: readonly Tree[], key: string | null) {
    for (const tree of trees) if (tree.key === key) this.#add(tree);
  }

  #add(tree: Tree): void {
    const needed = neededOf(tree);
    const numbers = tree.packs.map((pack, index) => {
      if (needed[index]! < LEAST_NEEDED * pack.size) return null;
      const known = this.packs.findIndex((each) => each.digest === pack.digest);
      return known >= 0 ? known : this.packs.push(pack) - 1;
    });
    for (const entry of tree.entries) {
      if (entry.kind !== "file") continue;
      const chunks = entry.chunks.flatMap((chunk) => {
        const pack = numbers[chunk.pack];
        return pack === null || pack === undefined ? [] : [this.#chunk({ ...chunk, pack })];
      });
      if (chunks.length === entry.chunks.length && !this.#files.has(entry.path))
        this.#files.set(entry.path, { ...entry, chunks });
    }
  }

  #chunk(chunk: ChunkAt): ChunkAt {
    const known = this.#chunks.get(chunk.id);
    if (known) return known;
    this.#chunks.set(chunk.id, chunk);
    return chunk;
  }

  chunk(id: string): ChunkAt | undefined {
    return this.#chunks.get(id);
  }

  /** The chunks of the same file, when it is known to be unchanged. */
  unchanged(path: string, version: string, size: number): readonly ChunkAt[] | null {
    const file = this.#files.get(path);
    return file && file.version === version && file.size === size ? file.chunks : null;
  }

  shared(): SharedArrayBuffer {
    const memory = KnownChunks.memoryFor(this.#chunks.size);
    const table = new KnownChunks(memory);
    for (const id of this.#chunks.keys()) table.add(Buffer.from(id, "hex"));
    return memory;
  }
}

/** Bytes of each pack that the tree needs. */
function neededOf(tree: Tree): readonly number[] {
  const needed = tree.packs.map(() => 0);
  const seen = new Set<string>();
  for (const entry of tree.entries) {
    if (entry.kind !== "file") continue;
    for (const { id, pack, stored } of entry.chunks) {
      if (seen.has(id)) continue;
      seen.add(id);
      needed[pack]! += stored;
    }
  }
  return needed;
}
