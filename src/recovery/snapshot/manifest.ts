import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  type Descriptor,
  type Digest,
  fail,
  type ImageManifest,
  MEDIA,
  ok,
  problem,
  type Result,
} from "../../domain/index.ts";
import type { ArtifactStore } from "../../ports/index.ts";
import type { BackupKey, WrappedKey } from "../keys.ts";
import { unwrap } from "../keys.ts";
import { Cipher, type DataKey } from "./cipher.ts";
import { readTree, type Tree, treeLines } from "./tree.ts";

/** A table of contents above this is taken for an attack; 16 million files fit. */
const MOST_TREE_BYTES = 2 * 1024 ** 3;
const MOST_MANIFEST_BYTES = 4 * 1024 ** 2;

/** The configuration blob of a snapshot: what is needed to open the rest. */
type SnapshotConfig = {
  readonly kind: "holdfast.dev/snapshot/v1";
  /** The data key of its packs and its table of contents; null: in the clear. */
  readonly key: WrappedKey | null;
};

export type OpenedSnapshot = {
  readonly tree: Tree;
  readonly key: SealedKey | null;
};

/** A data key, in the open and as it is stored. */
export type SealedKey = { readonly data: DataKey; readonly wrapped: WrappedKey };

/** Stores table of contents, configuration and manifest of a snapshot whose packs are stored. */
export async function storeSnapshot(store: ArtifactStore, tree: Tree, key: SealedKey | null): Promise<Result<Digest>> {
  const text = Buffer.from(`${[...treeLines(tree)].join("\n")}\n`);
  const table = await store.putBytes(Buffer.concat(new Cipher(key?.data ?? null).seal(zstdCompressSync(text)).parts));
  if (!table.ok) return table;
  const config: SnapshotConfig = { kind: "holdfast.dev/snapshot/v1", key: key?.wrapped ?? null };
  const configured = await store.putBytes(Buffer.from(JSON.stringify(config)));
  if (!configured.ok) return configured;
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    artifactType: MEDIA.snapshot,
    config: { mediaType: MEDIA.snapshot, ...configured.value },
    layers: [
      { mediaType: MEDIA.tree, ...table.value },
      ...tree.packs.map(({ digest, size }): Descriptor => ({ mediaType: MEDIA.pack, digest, size })),
    ],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  if (bytes.length > MOST_MANIFEST_BYTES)
    return fail(problem("too-large", `the snapshot needs ${tree.packs.length} packs, more than a manifest can list`));
  return store.putManifest(bytes, MEDIA.manifest, null);
}

export async function openSnapshot(
  store: ArtifactStore,
  digest: Digest,
  keepers: readonly BackupKey[],
): Promise<Result<OpenedSnapshot>> {
  const found = await store.manifest(digest);
  if (!found.ok) return found;
  if (!found.value) return fail(missing(digest, store));
  const manifest = JSON.parse(found.value.bytes.toString("utf8")) as ImageManifest;
  const configBytes = await readBlob(store, manifest.config.digest, MOST_MANIFEST_BYTES);
  if (!configBytes.ok) return configBytes;
  const { key: wrapped } = JSON.parse(configBytes.value.toString("utf8")) as SnapshotConfig;
  const data = wrapped === null ? ok(null) : unwrap(wrapped, keepers);
  if (!data.ok) return data;
  const table = await readBlob(store, manifest.layers[0]!.digest, MOST_TREE_BYTES);
  if (!table.ok) return table;
  const plain = new Cipher(data.value).unpack(table.value, false, MOST_TREE_BYTES);
  if (plain === null) return fail(problem("damaged", "the table of contents cannot be opened", "use another copy"));
  const tree = readTree(zstdDecompressSync(plain, { maxOutputLength: MOST_TREE_BYTES }).toString("utf8"));
  if (!tree.ok) return tree;
  return ok({ tree: tree.value, key: data.value && wrapped && { data: data.value, wrapped } });
}

const missing = (digest: Digest, store: ArtifactStore) =>
  problem(
    "missing",
    `${digest} is not in ${store.place}`,
    "restore it from another copy with `holdfast backup verify --repair`",
  );

/** A whole blob, compared with its digest by the store's reader. */
export async function readBlob(store: ArtifactStore, digest: Digest, mostBytes: number): Promise<Result<Buffer>> {
  const opened = await store.open(digest);
  if (!opened.ok) return opened;
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of opened.value as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > mostBytes) return fail(problem("too-large", `${digest} is larger than ${mostBytes} bytes`));
      parts.push(part);
    }
  } catch (error) {
    return fail(problem("unreadable", `${digest} in ${store.place}: ${(error as Error).message}`, "use another copy"));
  }
  return ok(Buffer.concat(parts));
}
