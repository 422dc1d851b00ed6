import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { invariant } from "../../domain/index.ts";
import { readVersion, stampOf, statOf, type Tree, walk } from "./tree.ts";
import type { Batch, FileChange, Fill, FromStandby, Manifest, ToStandby } from "./wire.ts";

export type StandbyFolders = {
  readonly root: string;
  /** On the same file system as `root`; a file lies here until it is whole. */
  readonly incoming: string;
  readonly aside: string;
};

export type Diverged = { readonly folder: string; readonly files: number };

/** Stores what the writer sends. A file is replaced as a whole; an answer means that it is on the disk. */
export class Standby {
  readonly #folders: StandbyFolders;
  readonly #tree: Tree = new Map();
  /** Digests that some other site has confirmed while this site was the writer. */
  readonly #confirmed: ReadonlyMap<string, string> | null;
  #stream = "";
  #number = -1;
  #count = 0;
  #asideFolder: string | null = null;
  #asideFiles = 0;
  #wholeAtMs: number | null = null;
  #problem: string | null = null;

  /** `confirmed`: null when this site never wrote, so that nothing here can be unreplicated. */
  constructor(folders: StandbyFolders, confirmed: ReadonlyMap<string, string> | null) {
    this.#folders = folders;
    this.#confirmed = confirmed;
    rmSync(folders.incoming, { recursive: true, force: true });
    mkdirSync(folders.incoming, { recursive: true });
    for (const { path } of walk(folders.root)) {
      const read = readVersion(folders.root, path);
      if (read) this.#tree.set(path, read.version);
    }
  }

  get position(): number {
    return this.#number;
  }

  get tree(): Tree {
    return this.#tree;
  }

  get diverged(): Diverged | null {
    return this.#asideFolder ? { folder: this.#asideFolder, files: this.#asideFiles } : null;
  }

  /** Time since this copy was last known to hold everything. */
  staleMs(nowMs: number): number {
    return this.#wholeAtMs === null ? Number.POSITIVE_INFINITY : nowMs - this.#wholeAtMs;
  }

  /** For people: why it cannot store what the writer sends. */
  get problem(): string | null {
    return this.#problem;
  }

  /** An error (a full disk) leaves every file as it was; the writer goes on without this standby, and comes back. */
  async receive(message: ToStandby, content: Buffer): Promise<FromStandby> {
    try {
      const answer = await this.#store(message, content);
      this.#problem = null;
      return answer;
    } catch (error) {
      this.#problem = `what the writer sends cannot be stored: ${error instanceof Error ? error.message : String(error)}`;
      throw error;
    }
  }

  async #store(message: ToStandby, content: Buffer): Promise<FromStandby> {
    switch (message.kind) {
      case "manifest":
        return this.#manifest(message);
      case "fill":
        return this.#fill(message, content);
      case "batch":
        return this.#batch(message, content);
      case "whole":
        if (message.stream !== this.#stream || message.number !== this.#number) return { kind: "resync" };
        this.#wholeAtMs = performance.now();
        return { kind: "stored", number: this.#number };
    }
  }

  #manifest(manifest: Manifest): FromStandby {
    this.#stream = "";
    const wanted = new Map(manifest.files);
    for (const [path, version] of [...this.#tree]) {
      if (wanted.get(path) === version.sha256) continue;
      this.#keepAsideIfOurs(path, version.sha256, manifest.epoch);
      if (!wanted.has(path)) this.#remove(path);
    }
    const need = [...wanted].filter(([path, digest]) => this.#tree.get(path)?.sha256 !== digest).map(([path]) => path);
    if (need.length > 0) return { kind: "need", paths: need };
    this.#stream = manifest.stream;
    this.#number = manifest.number;
    this.#wholeAtMs = performance.now();
    return { kind: "stored", number: this.#number };
  }

  async #fill(fill: Fill, content: Buffer): Promise<FromStandby> {
    await this.#apply(fill.changes, content);
    return { kind: "stored", number: this.#number };
  }

  async #batch(batch: Batch, content: Buffer): Promise<FromStandby> {
    if (batch.stream !== this.#stream || batch.number > this.#number + 1) return { kind: "resync" };
    // Sent again after an answer that was lost: it is stored already.
    if (batch.number <= this.#number) return { kind: "stored", number: this.#number };
    await this.#apply(batch.changes, content);
    this.#number = batch.number;
    this.#wholeAtMs = performance.now();
    return { kind: "stored", number: this.#number };
  }

  /** Writes under another name, syncs, renames, and syncs the folders: a crash leaves each file old or new. */
  async #apply(changes: readonly FileChange[], content: Buffer): Promise<void> {
    for (const { path } of changes) invariant(isInside(path), `${path} leaves the data folder`);
    let offset = 0;
    const puts: {
      readonly temporary: string;
      readonly change: Extract<FileChange, { op: "put" }>;
      readonly bytes: Buffer;
    }[] = [];
    for (const change of changes) {
      if (change.op === "delete") continue;
      puts.push({
        temporary: join(this.#folders.incoming, String(this.#count++)),
        change,
        bytes: content.subarray(offset, offset + change.size),
      });
      offset += change.size;
    }
    const written = await Promise.allSettled(
      puts.map((put) => writeDurably(put.temporary, put.bytes, put.change.mode)),
    );
    const failed = written.find((result) => result.status === "rejected");
    if (failed) {
      for (const { temporary } of puts) rmSync(temporary, { force: true });
      throw failed.reason;
    }
    const folders = new Set<string>();
    for (const { temporary, change } of puts) {
      const target = join(this.#folders.root, change.path);
      makeWay(this.#folders.root, change.path);
      renameSync(temporary, target);
      folders.add(dirname(target));
      const stat = statOf(target);
      this.#tree.set(change.path, {
        stamp: stat ? stampOf(stat) : "",
        size: change.size,
        mode: change.mode,
        sha256: change.sha256,
      });
    }
    for (const change of changes) if (change.op === "delete") this.#remove(change.path);
    for (const folder of folders) syncFolder(folder);
  }

  #remove(path: string): void {
    rmSync(join(this.#folders.root, path), { force: true, recursive: true });
    this.#tree.delete(path);
  }

  /** What this site wrote and nobody confirmed is never merged and never thrown away. */
  #keepAsideIfOurs(path: string, digest: string, epoch: number): void {
    if (this.#confirmed === null || this.#confirmed.get(path) === digest) return;
    this.#asideFolder ??= join(this.#folders.aside, `before-epoch-${epoch}-${Date.now()}`);
    const target = join(this.#asideFolder, path);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(this.#folders.root, path), target);
    this.#tree.delete(path);
    this.#asideFiles += 1;
  }
}

const isInside = (path: string): boolean =>
  !path.startsWith("/") && path.split("/").every((part) => part !== ".." && part !== "");

async function writeDurably(file: string, bytes: Buffer, mode: number): Promise<void> {
  const handle = await open(file, "w", mode);
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** A folder may stand where a file comes, or a file where a folder comes. */
function makeWay(root: string, path: string): void {
  try {
    mkdirSync(dirname(join(root, path)), { recursive: true });
  } catch (error) {
    if (!["EEXIST", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    const parts = path.split("/").slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) rmSync(join(root, ...parts.slice(0, depth)), { force: true });
    mkdirSync(dirname(join(root, path)), { recursive: true });
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
