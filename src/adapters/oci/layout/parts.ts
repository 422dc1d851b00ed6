import { existsSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../../domain/index.ts";

let count = 0;

/** Where a blob is written until it is whole: named after it and the process that writes. */
export const newPart = (staging: string, digest: Digest): string =>
  join(staging, `${digest.slice(7)}.${process.pid}.${count++}.part`);

/** The part that a process left when it ended, under a name of ours; null: there is none. */
export function adoptPart(staging: string, digest: Digest): string | null {
  for (const name of readdirSync(staging)) {
    const [hex, pid] = name.split(".");
    if (hex !== digest.slice(7) || !name.endsWith(".part") || existsSync(`/proc/${pid}`)) continue;
    const mine = newPart(staging, digest);
    try {
      renameSync(join(staging, name), mine);
      return mine;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return null;
}
