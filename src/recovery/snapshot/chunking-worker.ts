import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { cutAfter, MAX_CHUNK, MIN_CHUNK } from "./chunker.ts";
import { Cipher } from "./cipher.ts";
import { KnownChunks } from "./known-chunks.ts";
import type { ChunkingStart, FoundChunk, FromChunking, Piece, ToChunking } from "./messages.ts";
import { PackWriter } from "./pack-writer.ts";

// A thread of a backup: reads, cuts, names, compresses, encrypts, and writes packs.
const start = workerData as ChunkingStart;
const tell = (message: FromChunking): void => parentPort!.postMessage(message);
const known = new KnownChunks(start.known);
// A buffer comes as plain bytes from the other thread.
const cipher = new Cipher(start.key && { id: start.key.id, secret: Buffer.from(start.key.secret) });
const packs = new PackWriter(start.staging, start.packBytes, (pack) => tell({ kind: "packed", ...pack }));
const mine = new Map<string, FoundChunk["at"]>();
const window = Buffer.allocUnsafe(2 * MAX_CHUNK);

parentPort!.on("message", (message: ToChunking) => {
  if (message.kind === "pieces") {
    tell({ kind: "chunked", job: message.job, pieces: message.pieces.map(read) });
    return;
  }
  packs.finish();
  tell({ kind: "finished" });
});

function read(piece: Piece): { readonly chunks: readonly FoundChunk[] } | { readonly error: string } {
  try {
    if (piece.offset === 0 && piece.length <= MIN_CHUNK) return { chunks: readSmall(piece) };
    return { chunks: readLarge(piece) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A full disk is the end of the backup and not of one file.
    if (code === "ENOSPC") throw error;
    return { error: message };
  }
}

function readSmall(piece: Piece): readonly FoundChunk[] {
  const bytes = readFileSync(piece.source);
  if (bytes.length !== piece.length) throw new Error(`${piece.source} changed while it was read`);
  return bytes.length === 0 ? [] : [store(bytes)];
}

function readLarge({ source, offset, length }: Piece): readonly FoundChunk[] {
  const chunks: FoundChunk[] = [];
  const fd = openSync(source, "r");
  try {
    let have = 0;
    let taken = 0;
    for (let left = length; left > 0 || have > taken; ) {
      if (have - taken < MAX_CHUNK && left > 0) {
        window.copyWithin(0, taken, have);
        have -= taken;
        taken = 0;
        const got = readSync(fd, window, have, Math.min(left, window.length - have), offset + length - left);
        if (got === 0) throw new Error(`${source} became shorter while it was read`);
        have += got;
        left -= got;
        if (left > 0 && have - taken < MAX_CHUNK) continue;
      }
      const end = cutAfter(window, taken, have);
      chunks.push(store(window.subarray(taken, end)));
      taken = end;
    }
  } finally {
    closeSync(fd);
  }
  return chunks;
}

function store(bytes: Buffer): FoundChunk {
  const name = cipher.name(bytes);
  const id = name.toString("hex");
  if (known.has(name)) return { id, size: bytes.length, at: null };
  let at = mine.get(id);
  if (at === undefined) {
    const { parts, size, packed } = cipher.pack(bytes);
    at = { ...packs.add(parts), stored: size, compressed: packed };
    mine.set(id, at);
  }
  return { id, size: bytes.length, at };
}
