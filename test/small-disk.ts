// A file system of a few hundred kilobytes, so that a disk can be full without filling the machine's.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "vitest";

export type SmallDisk = {
  readonly folder: string;
  /** Removes the files whose path matches. */
  readonly clear: (pattern: RegExp) => void;
  readonly unmount: () => void;
};

/** Mounting needs root. With CI=true a machine that cannot do it fails instead of skipping. */
const canMount = (): boolean => process.getuid?.() === 0;

export function mountSmallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
  return {
    folder,
    clear: (pattern) => {
      for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }))
        if (pattern.test(path)) rmSync(join(folder, path), { force: true });
    },
    unmount: () => {
      execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const onSmallDisk = (name: string, work: () => Promise<void>): void =>
  it.skipIf(!canMount() && !process.env["CI"])(name, work);
