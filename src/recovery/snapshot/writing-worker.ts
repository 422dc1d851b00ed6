import { closeSync, fchmodSync, futimesSync, openSync, readSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { MAX_CHUNK } from "./chunker.ts";
import { Cipher, OVERHEAD } from "./cipher.ts";
import type { FromWriting, ToWriting, Write, WritingStart } from "./messages.ts";

// A thread of a restore: reads one pack after the other and writes what it holds to where it belongs.
const { key } = workerData as WritingStart;
// A buffer comes as plain bytes from the other thread.
const cipher = new Cipher(key && { id: key.id, secret: Buffer.from(key.secret) });
const stored = Buffer.allocUnsafe(MAX_CHUNK + OVERHEAD);

parentPort!.on("message", (message: ToWriting) => {
  const damaged: string[] = [];
  try {
    const bytes = restore(message, damaged);
    parentPort!.postMessage({ job: message.job, bytes, damaged, error: null } satisfies FromWriting);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    parentPort!.postMessage({ job: message.job, bytes: 0, damaged, error: text } satisfies FromWriting);
  }
});

function restore({ pack, targets, writes }: ToWriting, damaged: string[]): number {
  const packFd = openSync(pack, "r");
  let bytes = 0;
  try {
    // Writes of one target follow each other, so that one file is open at a time.
    for (let at = 0; at < writes.length; ) {
      const target = targets[writes[at]!.target]!;
      const fd = openSync(target.file, target.whole ? "w" : "r+", target.whole?.mode ?? 0o600);
      try {
        const index = writes[at]!.target;
        for (; writes[at]?.target === index; at++) bytes += place(packFd, fd, writes[at]!, damaged);
        if (target.whole) {
          fchmodSync(fd, target.whole.mode);
          futimesSync(fd, target.whole.modifiedMs / 1000, target.whole.modifiedMs / 1000);
        }
      } finally {
        closeSync(fd);
      }
    }
  } finally {
    closeSync(packFd);
  }
  return bytes;
}

function place(packFd: number, fd: number, write: Write, damaged: string[]): number {
  const got = readSync(packFd, stored, 0, write.stored, write.offset);
  const chunk = got === write.stored ? cipher.unpack(stored.subarray(0, got), write.compressed, write.size) : null;
  if (chunk === null || chunk.length !== write.size || cipher.name(chunk).toString("hex") !== write.id) {
    damaged.push(write.id);
    return 0;
  }
  for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at, chunk.length - at, write.at + at);
  return chunk.length;
}
