// Notes, one JSON file each. Nothing is kept in memory, so several instances can share the folder.

import { randomUUID } from "node:crypto";
import { access, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const FOLDER = "data";

export async function openNotes() {
  await mkdir(FOLDER, { recursive: true });
}

const fileOf = (id) => join(FOLDER, `${id}.json`);

/** Returns true if the note is new. When it returns, the note survives a power cut. */
export async function putNote(note) {
  const target = fileOf(note.id);
  const isNew = await access(target).then(
    () => false,
    () => true,
  );
  // In the same folder, because a rename is atomic only within one file system.
  const temporary = join(FOLDER, `.${note.id}.${randomUUID()}`);
  try {
    await writeDurably(temporary, JSON.stringify(note));
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder();
  return isNew;
}

/** The note, or null. */
export async function getNote(id) {
  try {
    return JSON.parse(await readFile(fileOf(id), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

export async function countNotes() {
  const names = await readdir(FOLDER);
  return names.filter((name) => name.endsWith(".json") && !name.startsWith(".")).length;
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

/** A rename is durable only once the folder itself has been written. */
async function syncFolder() {
  const folder = await open(FOLDER, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
