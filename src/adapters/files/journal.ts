import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import type { Tree } from "./tree.ts";

/**
 * What the standbys of this writer have confirmed: path and digest, a line each. A writer that comes back later tells
 * by it which of its files nobody else ever had. Without sync: a line that is lost only keeps a file aside in vain.
 */
export class Journal {
  readonly #file: string;
  #fd: number | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** From here on a standby holds all of `tree`. */
  start(tree: Tree): void {
    const lines = [...tree].map(([path, version]) => JSON.stringify([path, version.sha256]));
    writeFileSync(`${this.#file}.tmp`, lines.map((line) => `${line}\n`).join(""));
    renameSync(`${this.#file}.tmp`, this.#file);
    this.close();
    this.#fd = openSync(this.#file, "a");
  }

  append(path: string, digest: string | null): void {
    if (this.#fd !== null) writeSync(this.#fd, `${JSON.stringify([path, digest])}\n`);
  }

  read(): ReadonlyMap<string, string> {
    const confirmed = new Map<string, string>();
    for (const line of lines(this.#file)) {
      const entry = parse(line);
      if (!entry) continue;
      if (entry[1] === null) confirmed.delete(entry[0]);
      else confirmed.set(entry[0], entry[1]);
    }
    return confirmed;
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

function lines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The last line may be half written. */
function parse(line: string): readonly [string, string | null] | null {
  try {
    return JSON.parse(line) as [string, string | null];
  } catch {
    return null;
  }
}
