import { closeSync, copyFileSync, fstatSync, openSync, renameSync, statSync, truncateSync, writeSync } from "node:fs";

const MAX_BYTES = 1024 * 1024;
const KEPT = 3;

/** Appends to `file`; at 1 MiB it becomes `file.1`, and so on up to `file.3`. A log that cannot be written is dropped. */
export class RotatingLog {
  readonly #file: string;
  #fd: number;
  #size: number;

  constructor(file: string) {
    this.#file = file;
    this.#fd = openSync(file, "a", 0o600);
    this.#size = fstatSync(this.#fd).size;
  }

  write(bytes: Buffer | string): void {
    try {
      this.#size += writeSync(this.#fd, bytes as string);
      if (this.#size >= MAX_BYTES) this.#rotate();
    } catch {
      // A full disk must not end the process whose output this is.
    }
  }

  #rotate(): void {
    for (let number = KEPT - 1; number >= 1; number--) {
      try {
        renameSync(`${this.#file}.${number}`, `${this.#file}.${number + 1}`);
      } catch {
        // There is none yet.
      }
    }
    renameSync(this.#file, `${this.#file}.1`);
    // Opened before the old one is closed: a number that was closed may soon be a socket.
    const next = openSync(this.#file, "a", 0o600);
    closeSync(this.#fd);
    this.#fd = next;
    this.#size = 0;
  }
}

/** For a log that another process appends to by itself: what is there becomes `file.1`, and the file begins anew. */
export function rotateInPlace(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < MAX_BYTES) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
