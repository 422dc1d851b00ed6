import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Descriptor, DIGEST, type ImageIndex, MEDIA } from "../../../domain/index.ts";

/** github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md */
const REF_NAME = "org.opencontainers.image.ref.name";
/** SHA-256 over tag and descriptor: a flipped bit in an entry is found even where it makes another valid entry. */
const CHECK = "dev.holdfast.check";

export const LAYOUT_FILE = '{"imageLayoutVersion":"1.0.0"}';

export type TagEntry = { readonly tag: string | null; readonly descriptor: Descriptor };

/** The entries of `index.json`, in the order of the file. Throws when it is not an image index. */
export function readIndexFile(file: string): readonly TagEntry[] {
  const index = JSON.parse(readFileSync(file, "utf8")) as ImageIndex;
  if (index.schemaVersion !== 2 || !Array.isArray(index.manifests)) throw new Error("it is not an image index");
  return index.manifests.map((entry) => {
    if (!DIGEST.test(entry.digest)) throw new Error(`${entry.digest} is not a digest`);
    const { annotations, ...descriptor } = entry;
    return { tag: annotations?.[REF_NAME] ?? null, descriptor };
  });
}

/** The one way in which `index.json` is written: sorted, without blanks. */
export function spellIndex(entries: readonly TagEntry[]): string {
  const sorted = [...entries].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const manifests = sorted.map(({ tag, descriptor: { mediaType, digest, size, artifactType } }) => ({
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    annotations: {
      ...(tag === null ? {} : { [REF_NAME]: tag }),
      [CHECK]: createHash("sha256")
        .update(JSON.stringify([tag, mediaType, digest, size, artifactType ?? null]))
        .digest("hex"),
    },
  }));
  return JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.index, manifests });
}

const sortKey = ({ tag, descriptor }: TagEntry): string => `${tag ?? "~"} ${descriptor.digest}`;

/** Replaces a file so that a crash leaves the old or the new one; on the disk when this returns. */
export function replaceDurably(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  const fd = openSync(temporary, "w", 0o644);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
  syncFolder(dirname(file));
}

export function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
