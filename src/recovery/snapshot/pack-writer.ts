import { createHash, type Hash, randomUUID } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const BUFFER = 1024 * 1024;

export type FinishedPack = {
  readonly pack: number;
  readonly file: string;
  readonly digest: string;
  readonly size: number;
};

/** Writes chunks one behind the other into files of about `packBytes`. Files are not synced here. */
export class PackWriter {
  readonly #folder: string;
  readonly #packBytes: number;
  readonly #onFinished: (pack: FinishedPack) => void;
  readonly #buffer = Buffer.allocUnsafe(BUFFER);
  #buffered = 0;
  #number = 0;
  #open: { readonly fd: number; readonly file: string; readonly hash: Hash; size: number } | null = null;

  constructor(folder: string, packBytes: number, onFinished: (pack: FinishedPack) => void) {
    this.#folder = folder;
    this.#packBytes = packBytes;
    this.#onFinished = onFinished;
  }

  add(parts: readonly Uint8Array[]): { readonly pack: number; readonly offset: number } {
    this.#open ??= this.#begin();
    const place = { pack: this.#number, offset: this.#open.size };
    for (const part of parts) this.#append(part);
    if (this.#open.size >= this.#packBytes) this.finish();
    return place;
  }

  /** Ends the pack that is open, if there is one. */
  finish(): void {
    const open = this.#open;
    if (!open) return;
    this.#flush();
    closeSync(open.fd);
    this.#onFinished({
      pack: this.#number,
      file: open.file,
      digest: `sha256:${open.hash.digest("hex")}`,
      size: open.size,
    });
    this.#open = null;
    this.#number += 1;
  }

  #begin() {
    const file = join(this.#folder, `${randomUUID()}.pack`);
    return { fd: openSync(file, "wx", 0o600), file, hash: createHash("sha256"), size: 0 };
  }

  #append(part: Uint8Array): void {
    const open = this.#open!;
    open.size += part.length;
    if (this.#buffered + part.length > BUFFER) this.#flush();
    if (part.length > BUFFER) this.#write(part);
    else {
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
    }
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #write(bytes: Uint8Array): void {
    const open = this.#open!;
    open.hash.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(open.fd, bytes, at, bytes.length - at);
  }
}
