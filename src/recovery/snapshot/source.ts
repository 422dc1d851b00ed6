import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Entry } from "./tree.ts";

/** A file to be put into a snapshot. */
export type SourceFile = {
  readonly kind: "file";
  readonly path: string;
  /** Where its content is read. */
  readonly file: string;
  readonly size: number;
  readonly mode: number;
  readonly modifiedMs: number;
  readonly version: string;
};

export type Source = SourceFile | Exclude<Entry, { readonly kind: "file" }>;

/** Without reading it: the same file with the same size and time of change. */
export const stampOf = (stat: Stats): string => `${stat.ino}:${stat.size}:${stat.mtimeMs}`;

/** Everything below `root`, folders before what is in them, by name. Sockets, pipes and devices are left out. */
export function* walkFolder(root: string, leftOut: (path: string) => boolean = () => false): Generator<Source> {
  yield* walk(root, "", leftOut);
}

function* walk(root: string, under: string, leftOut: (path: string) => boolean): Generator<Source> {
  const entries = readdirSync(join(root, under), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    if (leftOut(path)) continue;
    const file = join(root, path);
    if (entry.isSymbolicLink()) yield { kind: "link", path, target: readlinkSync(file) };
    if (entry.isDirectory()) {
      yield { kind: "folder", path, mode: lstatSync(file).mode & 0o7777 };
      yield* walk(root, path, leftOut);
    }
    if (!entry.isFile()) continue;
    const stat = lstatSync(file);
    yield {
      kind: "file",
      path,
      file,
      size: stat.size,
      mode: stat.mode & 0o7777,
      modifiedMs: stat.mtimeMs,
      version: stampOf(stat),
    };
  }
}
