import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

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
    closeSync(this.#fd);
    this.#fd = openSync(this.#file, "a", 0o600);
    this.#size = 0;
  }
}
