import { hash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type Digest,
  fail,
  type ImageIndex,
  type ImageManifest,
  ok,
  problem,
  type Result,
  references,
} from "../../../domain/index.ts";
import type { Collected } from "../../../ports/index.ts";
import type { TagEntry } from "./index-file.ts";

/**
 * Removes blobs that no tag leads to, and what interrupted pushes left. The caller has kept everybody else from pushing.
 * When a manifest cannot be read it is not known what it needs, so nothing is removed.
 */
export function sweep(folder: string, entries: readonly TagEntry[]): Result<Collected> {
  const blobs = join(folder, "blobs", "sha256");
  const needed = new Set<Digest>();
  const mark = (digest: Digest): void => {
    if (needed.has(digest)) return;
    needed.add(digest);
    const parts = references(readManifest(blobs, digest));
    for (const blob of parts.blobs) needed.add(blob.digest);
    for (const manifest of parts.manifests) mark(manifest.digest);
  };
  try {
    for (const { tag, descriptor } of entries) if (tag !== null) mark(descriptor.digest);
    // What refers to something that is kept (a signature, a hold) is kept with it, and so on.
    for (let before = -1; before !== needed.size; ) {
      before = needed.size;
      for (const { descriptor } of entries) {
        const subject = readManifest(blobs, descriptor.digest).subject;
        if (subject && needed.has(subject.digest)) mark(descriptor.digest);
      }
    }
  } catch (error) {
    return fail(
      problem(
        "damaged",
        `nothing was collected, because it is not known what is needed: ${(error as Error).message}`,
        "repair it with `holdfast backup verify --repair`, then collect again",
      ),
    );
  }
  let count = 0;
  let bytes = 0;
  for (const name of readdirSync(blobs)) {
    if (needed.has(`sha256:${name}`)) continue;
    bytes += statSync(join(blobs, name)).size;
    count += 1;
    rmSync(join(blobs, name));
  }
  for (const name of readdirSync(join(folder, "ingest"))) rmSync(join(folder, "ingest", name), { recursive: true });
  return ok({ blobs: count, bytes });
}

function readManifest(blobs: string, digest: Digest): ImageManifest | ImageIndex {
  const bytes = readFileSync(join(blobs, digest.slice(7)));
  if (`sha256:${hash("sha256", bytes, "hex")}` !== digest) throw new Error(`the manifest ${digest} is damaged`);
  return JSON.parse(bytes.toString("utf8")) as ImageManifest | ImageIndex;
}
