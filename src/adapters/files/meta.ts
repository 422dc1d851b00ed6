import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type DataRecord, type Epoch, epoch } from "../../domain/index.ts";

/** What a copy remembers over restarts: the newest epoch it has seen, and whether it wrote since it was last whole. */
export type Meta = { readonly epoch: Epoch; readonly wrote: boolean; readonly aside: DataRecord["keptAside"] };

const FILE = "meta.json";

export function readMeta(folder: string): Meta {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), "utf8")) as Meta;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { epoch: epoch(0), wrote: false, aside: [] };
    throw error;
  }
}

/** On the disk before anything is accepted or written under the new epoch. */
export function writeMeta(folder: string, meta: Meta): void {
  const temporary = join(folder, `${FILE}.tmp`);
  const fd = openSync(temporary, "w", 0o600);
  writeSync(fd, JSON.stringify(meta));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(temporary, join(folder, FILE));
}
