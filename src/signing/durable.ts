import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";

/** The whole file or none of it, on the disk when this returns. */
export function writeDurably(file: string, text: string, mode = 0o644): void {
  const temporary = `${file}.writing`;
  const fd = openSync(temporary, "w", mode);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
}
