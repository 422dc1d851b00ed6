import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, type Stats } from "node:fs";
import { join } from "node:path";

/** What tells one version of a file from another without reading it, and its content by digest. */
export type FileVersion = {
  readonly stamp: string;
  readonly size: number;
  readonly mode: number;
  readonly sha256: string;
};

/** Relative path with `/` → version. Directories are implied by their files; links and devices are not replicated. */
export type Tree = Map<string, FileVersion>;

export const MAX_FILES = 200_000;
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

export const stampOf = (stat: Stats): string => `${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}`;

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Every regular file below `root`, as relative path and stat. What vanishes while we look was not there. */
export function* walk(root: string, under = ""): Generator<{ readonly path: string; readonly stat: Stats }> {
  for (const entry of list(join(root, under))) {
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(root, path);
    if (!entry.isFile()) continue;
    const stat = statOf(join(root, path));
    if (stat) yield { path, stat };
  }
}

export function* directories(root: string, under = ""): Generator<string> {
  yield under;
  for (const entry of list(join(root, under))) {
    if (entry.isDirectory()) yield* directories(root, under === "" ? entry.name : `${under}/${entry.name}`);
  }
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

export function statOf(file: string): Stats | null {
  try {
    return lstatSync(file);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** null: gone, or not a regular file. */
export function readVersion(
  root: string,
  path: string,
): { readonly version: FileVersion; readonly content: Buffer } | null {
  const stat = statOf(join(root, path));
  if (!stat?.isFile()) return null;
  try {
    const content = readFileSync(join(root, path));
    return {
      content,
      version: { stamp: stampOf(stat), size: content.length, mode: stat.mode & 0o777, sha256: sha256(content) },
    };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

const isGone = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
