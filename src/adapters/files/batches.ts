import type { FileChange } from "./wire.ts";

const BATCH_BYTES = 32 * 1024 * 1024;

/** Parts of at most 32 MiB, at least one file each. */
export function split(
  changes: readonly FileChange[],
  contents: readonly Buffer[],
): { changes: FileChange[]; contents: Buffer[] }[] {
  const parts: { changes: FileChange[]; contents: Buffer[] }[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  let next = 0;
  for (const change of changes) {
    const size = change.op === "put" ? change.size : 0;
    if (bytes + size > BATCH_BYTES) {
      parts.push({ changes: [], contents: [] });
      bytes = 0;
    }
    const part = parts[parts.length - 1]!;
    part.changes.push(change);
    if (change.op === "put") part.contents.push(contents[next++]!);
    bytes += size;
  }
  return parts;
}
