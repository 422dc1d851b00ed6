// Receipts, one JSON file each. Nothing is kept in memory, so several instances can share the folder.

import { randomUUID } from "node:crypto";
import { readFileSync, renameSync } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const FOLDER = "data";

export async function openReceipts() {
  await mkdir(FOLDER, { recursive: true });
}

const fileOf = (id) => join(FOLDER, `${id}.json`);

/** The receipt, or null. */
export function getReceipt(id) {
  try {
    return JSON.parse(readFileSync(fileOf(id), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Stores a receipt unless there is one with its id; returns the one that was there, or null. When it
 * returns, what is stored survives a power cut.
 */
export async function addReceipt(receipt) {
  // In the same folder, because a rename is atomic only within one file system.
  const temporary = join(FOLDER, `.${receipt.id}.${randomUUID()}`);
  let earlier;
  try {
    await writeDurably(temporary, JSON.stringify(receipt));
    // A rename replaces silently. Nothing of this process can come between the look and the rename,
    // because neither of them waits.
    earlier = getReceipt(receipt.id);
    if (earlier === null) renameSync(temporary, fileOf(receipt.id));
  } finally {
    await rm(temporary, { force: true });
  }
  await syncReceipts();
  return earlier;
}

export async function countReceipts() {
  const names = await readdir(FOLDER);
  return names.filter((name) => name.endsWith(".json") && !name.startsWith(".")).length;
}

/**
 * A rename is durable only once the folder itself has been written. Who finds a receipt must do this
 * before confirming it: the process that renamed it may have died in between.
 */
export async function syncReceipts() {
  const folder = await open(FOLDER, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeDurably(path, text) {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
