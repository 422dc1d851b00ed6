import { type FSWatcher, mkdirSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directories, stampOf, type Tree, walk } from "./tree.ts";

/** A cookie that does not come back within this time tells that events were lost; then the whole folder is looked at. */
const COOKIE_MS = 500;
const COOKIES = 32;

/**
 * Tells which files of a folder may have changed. All directories share one event queue, so that a cookie file written
 * now comes back after every change made before it (as Watchman does: facebook.github.io/watchman/docs/cookies).
 */
export class Watcher {
  readonly #root: string;
  readonly #cookieFolder: string;
  readonly #watches = new Map<string, FSWatcher>();
  readonly #pending = new Map<string, () => void>();
  readonly #onDirty: () => void;
  #dirty = new Set<string>();
  #lost = false;
  #count = 0;

  constructor(root: string, cookieFolder: string, onDirty: () => void) {
    this.#root = root;
    this.#cookieFolder = cookieFolder;
    this.#onDirty = onDirty;
    mkdirSync(cookieFolder, { recursive: true });
    this.#watches.set(
      "\0cookies",
      watch(cookieFolder, (_event, name) => this.#pending.get(String(name))?.()),
    );
    for (const folder of directories(root)) this.#watchFolder(folder);
  }

  /** Paths that may have changed before this call, as compared with `known`. */
  async changedBefore(known: Tree): Promise<readonly string[]> {
    if (!(await this.#cookieReturned()) || this.#lost) return this.lookEverywhere(known);
    const dirty = [...this.#dirty];
    this.#dirty = new Set();
    return dirty.flatMap((path) => this.#expand(path, known));
  }

  /** Compares everything; finds also what no event told. */
  lookEverywhere(known: Tree): readonly string[] {
    this.#lost = false;
    this.#dirty = new Set();
    for (const folder of directories(this.#root)) this.#watchFolder(folder);
    const seen = new Set<string>();
    const changed: string[] = [];
    for (const { path, stat } of walk(this.#root)) {
      seen.add(path);
      if (known.get(path)?.stamp !== stampOf(stat)) changed.push(path);
    }
    return [...changed, ...[...known.keys()].filter((path) => !seen.has(path))];
  }

  /** A name may stand for a folder: new (look inside) or gone (everything that was in it). */
  #expand(path: string, known: Tree): readonly string[] {
    const below = isFolder(join(this.#root, path)) ? [...walk(this.#root, path)].map((file) => file.path) : [];
    const gone = known.has(path) ? [] : [...known.keys()].filter((other) => other.startsWith(`${path}/`));
    return [path, ...below, ...gone];
  }

  async #cookieReturned(): Promise<boolean> {
    const name = `c${this.#count++ % COOKIES}`;
    const returned = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), COOKIE_MS);
      this.#pending.set(name, () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    writeFileSync(join(this.#cookieFolder, name), String(this.#count));
    const result = await returned;
    this.#pending.delete(name);
    return result;
  }

  #watchFolder(folder: string): void {
    if (this.#watches.has(folder)) return;
    try {
      const watcher = watch(join(this.#root, folder), (event, name) => this.#changed(folder, event, name));
      watcher.on("error", () => this.#unwatch(folder));
      this.#watches.set(folder, watcher);
    } catch (error) {
      // Gone again already, or the system's limit of watches is reached: the periodic look finds what is in it.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#lost = true;
    }
  }

  #unwatch(folder: string): void {
    this.#watches.get(folder)?.close();
    this.#watches.delete(folder);
    this.#lost = true;
  }

  #changed(folder: string, event: string, name: string | null): void {
    if (name === null) this.#lost = true;
    else {
      const path = folder === "" ? name : `${folder}/${name}`;
      this.#dirty.add(path);
      // A folder of this name may be another one now; the old watch would stay silent for ever.
      if (event === "rename" && this.#watches.has(path)) this.#closeBelow(path);
      for (const inside of directoriesOf(this.#root, path)) this.#watchFolder(inside);
    }
    this.#onDirty();
  }

  #closeBelow(path: string): void {
    for (const [watched, watcher] of this.#watches) {
      if (watched !== path && !watched.startsWith(`${path}/`)) continue;
      watcher.close();
      this.#watches.delete(watched);
    }
  }

  close(): void {
    for (const watcher of this.#watches.values()) watcher.close();
  }
}

function* directoriesOf(root: string, path: string): Generator<string> {
  if (!isFolder(join(root, path))) return;
  for (const below of directories(join(root, path))) yield below === "" ? path : `${path}/${below}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
