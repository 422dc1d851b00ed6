import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  createWriteStream,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { fail, ok, orThrow, type Problem, ProblemError, problem, type Result } from "../../domain/index.ts";
import type { ArtifactStore } from "../../ports/index.ts";
import type { DataKey } from "./cipher.ts";
import type { FromWriting, ToWriting, Write, WritingStart } from "./messages.ts";
import { Threads } from "./threads.ts";
import type { FileEntry, Tree } from "./tree.ts";

const MOST_THREADS = 4;
const NAMED = 5;

export type RestoreOptions = {
  readonly store: ArtifactStore;
  readonly tree: Tree;
  /** null: in the clear. */
  readonly key: DataKey | null;
  /** An empty or missing folder. */
  readonly target: string;
  readonly onProgress?: (bytes: number) => void;
};

type Target = { readonly file: FileEntry; readonly path: string; readonly packs: number };

/**
 * Writes the files of a snapshot below `target`. Every chunk is compared with its name before it is written; the files
 * that lack one are named in the problem. On the disk when this returns. Interrupted: the caller removes `target`.
 */
export async function restoreTree(options: RestoreOptions): Promise<Result<{ readonly bytes: number }>> {
  const { tree, target, store } = options;
  mkdirSync(target, { recursive: true });
  const targets = prepare(tree, target);
  const damaged = new Set<string>();
  let bytes = 0;
  let error: Problem | null = null;
  const fetched = new Map<number, string>();
  const threads = new Threads<ToWriting, FromWriting>(
    "writing-worker",
    { key: options.key } satisfies WritingStart,
    Math.min(MOST_THREADS, availableParallelism()),
    2,
    (answer, thread) => {
      threads.answered(thread);
      open -= 1;
      bytes += answer.bytes;
      for (const id of answer.damaged) damaged.add(id);
      if (answer.error) error ??= problem("restore", answer.error, "see what the message names, then run it again");
      const file = fetched.get(answer.job);
      if (file) rmSync(file, { force: true });
      options.onProgress?.(bytes);
    },
  );
  let open = 0;
  try {
    const jobs = jobsOf(tree, targets);
    for (const [job, { pack, writes, list }] of jobs.entries()) {
      const { digest } = tree.packs[pack]!;
      const local = store.localFile(digest);
      const file = local ?? orThrow(await download(store, digest));
      if (!local) fetched.set(job, file);
      open += 1;
      await threads.give({ job, pack: file, targets: list, writes });
      if (error) break;
    }
    await threads.until(() => open === 0);
  } catch (caught) {
    if (caught instanceof ProblemError) return fail(caught.problem);
    throw caught;
  } finally {
    await threads.end();
    for (const file of fetched.values()) rmSync(file, { force: true });
  }
  if (damaged.size > 0) return fail(damage(tree, damaged));
  if (error) return fail(error);
  finish(tree, target, targets);
  await sync(target);
  return ok({ bytes });
}

/** Folders, empty files, and room for files that come from several packs. */
function prepare(tree: Tree, target: string): readonly Target[] {
  const targets: Target[] = [];
  for (const entry of tree.entries) {
    const path = join(target, entry.path);
    if (entry.kind === "folder") mkdirSync(path, { recursive: true });
    if (entry.kind !== "file") continue;
    const packs = new Set(entry.chunks.map((chunk) => chunk.pack)).size;
    mkdirSync(dirname(path), { recursive: true });
    if (packs !== 1) {
      const fd = openSync(path, "w", 0o600);
      ftruncateSync(fd, entry.size);
      closeSync(fd);
    }
    targets.push({ file: entry, path, packs });
  }
  return targets;
}

type Job = { readonly pack: number; readonly writes: Write[]; readonly list: ToWriting["targets"][number][] };

/** What each pack gives to which file; packs are read once each. */
function jobsOf(tree: Tree, targets: readonly Target[]): readonly Job[] {
  const jobs: Job[] = tree.packs.map((_, pack) => ({ pack, writes: [], list: [] }));
  for (const { file, path, packs } of targets) {
    let at = 0;
    const numbers = new Map<number, number>();
    for (const { pack, ...chunk } of file.chunks) {
      const job = jobs[pack]!;
      let target = numbers.get(pack);
      if (target === undefined) {
        const whole = packs === 1 ? { mode: file.mode, modifiedMs: file.modifiedMs } : null;
        target = job.list.push({ file: path, whole }) - 1;
        numbers.set(pack, target);
      }
      job.writes.push({ ...chunk, target, at });
      at += chunk.size;
    }
  }
  return jobs.filter((job) => job.writes.length > 0);
}

async function download(store: ArtifactStore, digest: string): Promise<Result<string>> {
  const opened = await store.open(digest);
  if (!opened.ok) return opened;
  const file = join(store.staging, `${randomUUID()}.part`);
  try {
    await pipeline(opened.value, createWriteStream(file));
    return ok(file);
  } catch (error) {
    rmSync(file, { force: true });
    return fail(problem("restore", `${digest} from ${store.place}: ${(error as Error).message}`, "run it again"));
  }
}

function finish(tree: Tree, target: string, targets: readonly Target[]): void {
  for (const { file, path, packs } of targets) {
    if (packs === 1) continue;
    chmodSync(path, file.mode);
    utimesSync(path, file.modifiedMs / 1000, file.modifiedMs / 1000);
  }
  for (const entry of tree.entries) if (entry.kind === "link") symlinkSync(entry.target, join(target, entry.path));
  // From the inside out: a folder that may not be written to is closed last.
  for (const entry of [...tree.entries].reverse())
    if (entry.kind === "folder") chmodSync(join(target, entry.path), entry.mode);
}

function damage(tree: Tree, chunks: ReadonlySet<string>): Problem {
  const files = tree.entries.filter(
    (entry) => entry.kind === "file" && entry.chunks.some((chunk) => chunks.has(chunk.id)),
  );
  const named = files.slice(0, NAMED).map((file) => file.path);
  const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : "";
  return problem(
    "damaged",
    `${chunks.size} chunk${chunks.size === 1 ? " is" : "s are"} damaged or missing; without them these files cannot be restored: ${named.join(", ")}${more}`,
    "repair it from another copy with `holdfast backup verify --repair`, or restore another point",
  );
}

/** Everything of the file system reaches the disk: one call for any number of files (coreutils, sync -f). */
async function sync(folder: string): Promise<void> {
  await promisify(execFile)("sync", ["-f", folder]);
}
