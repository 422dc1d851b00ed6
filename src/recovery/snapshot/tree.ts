import { fail, ok, problem, type Result } from "../../domain/index.ts";

/** Where a chunk lies: bytes `offset` to `offset + stored` of pack number `pack`. */
export type ChunkAt = {
  readonly pack: number;
  readonly offset: number;
  readonly stored: number;
  /** Bytes of the chunk itself. */
  readonly size: number;
  readonly compressed: boolean;
  /** Its name, 64 hex digits. */
  readonly id: string;
};

export type FileEntry = {
  readonly kind: "file";
  readonly path: string;
  readonly mode: number;
  readonly modifiedMs: number;
  readonly size: number;
  /** Tells one content from another without reading it: equal under the same path means equal. */
  readonly version: string;
  readonly chunks: readonly ChunkAt[];
};

export type Entry =
  | FileEntry
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

export type Pack = {
  readonly digest: string;
  readonly size: number;
};

/** The table of contents of a snapshot: complete, so that no other index is needed to restore it. */
export type Tree = {
  /** Id of the data key of its packs; null: in the clear. */
  readonly key: string | null;
  readonly packs: readonly Pack[];
  readonly entries: readonly Entry[];
};

const VERSION = "holdfast.dev/tree/v1";

/** One line of JSON for every pack and entry. */
export function* treeLines({ key, packs, entries }: Tree): Generator<string> {
  yield JSON.stringify([VERSION, key]);
  for (const { digest, size } of packs) yield JSON.stringify(["p", digest, size]);
  for (const entry of entries) yield entryLine(entry);
}

function entryLine(entry: Entry): string {
  switch (entry.kind) {
    case "folder":
      return JSON.stringify(["d", entry.path, entry.mode]);
    case "link":
      return JSON.stringify(["l", entry.path, entry.target]);
    case "file": {
      const chunks = entry.chunks.flatMap((each) => [
        each.pack,
        each.offset,
        each.stored,
        each.size,
        each.compressed ? 1 : 0,
        each.id,
      ]);
      return JSON.stringify(["f", entry.path, entry.mode, entry.modifiedMs, entry.size, entry.version, chunks]);
    }
  }
}

/** Reads what `treeLines` wrote; anything else is an error, also a path that leaves the folder. */
export function readTree(text: string): Result<Tree> {
  const lines = text.split("\n");
  const key = keyOf(lines[0]!);
  if (key === undefined) return fail(damaged("its first line is not that of a table of contents"));
  const packs: Pack[] = [];
  const entries: Entry[] = [];
  for (let number = 1; number < lines.length; number++) {
    const line = lines[number]!;
    if (line === "" && number === lines.length - 1) break;
    try {
      const row = JSON.parse(line) as unknown[];
      if (row[0] === "p") packs.push({ digest: row[1] as string, size: row[2] as number });
      else entries.push(entryOf(row, packs.length));
    } catch (error) {
      return fail(damaged(`line ${number + 1}: ${error instanceof Error ? error.message : String(error)}`));
    }
  }
  return ok({ key, packs, entries });
}

/** undefined: not the first line. */
function keyOf(line: string): string | null | undefined {
  try {
    const [version, key] = JSON.parse(line) as unknown[];
    return version === VERSION && (key === null || typeof key === "string") ? key : undefined;
  } catch {
    return undefined;
  }
}

const damaged = (detail: string) =>
  problem("damaged", `the table of contents of a snapshot cannot be read: ${detail}`, "restore from another copy");

function entryOf(row: readonly unknown[], packs: number): Entry {
  const path = row[1] as string;
  if (!isInside(path)) throw new Error(`the path ${path} leaves the folder`);
  if (row[0] === "d") return { kind: "folder", path, mode: row[2] as number };
  if (row[0] === "l") return { kind: "link", path, target: row[2] as string };
  if (row[0] !== "f") throw new Error(`no entry begins with ${String(row[0])}`);
  const flat = row[6] as (number | string)[];
  const chunks: ChunkAt[] = [];
  for (let at = 0; at < flat.length; at += 6) {
    const [pack, offset, stored, size, compressed, id] = flat.slice(at, at + 6) as [
      number,
      number,
      number,
      number,
      number,
      string,
    ];
    if (!(pack < packs)) throw new Error(`pack ${pack} is not listed`);
    chunks.push({ pack, offset, stored, size, compressed: compressed === 1, id });
  }
  const [mode, modifiedMs, size, version] = row.slice(2, 6) as [number, number, number, string];
  return { kind: "file", path, mode, modifiedMs, size, version, chunks };
}

export const isInside = (path: string): boolean =>
  path !== "" && !path.startsWith("/") && path.split("/").every((part) => part !== ".." && part !== "." && part !== "");
