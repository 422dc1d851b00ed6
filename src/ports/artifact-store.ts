import type { Readable } from "node:stream";
import type { Descriptor, Digest, Result } from "../domain/index.ts";

export type Manifest = { readonly digest: Digest; readonly mediaType: string; readonly bytes: Buffer };

export type Tag = { readonly tag: string; readonly digest: Digest };

/** Opens a blob from byte `from` on, so that an interrupted copy goes on where it stopped. */
export type OpenBlob = (from: number) => Promise<Result<Readable>>;

export type Collected = { readonly blobs: number; readonly bytes: number };

/**
 * Content-addressed storage of images, models, bundles, snapshots and evidence, in the model of OCI: blobs, manifests
 * that refer to them, and tags. What was put is on the disk (or acknowledged by the registry) when the call ends;
 * content that does not fit its digest is refused. A manifest is taken only when everything it refers to is there.
 */
export interface ArtifactStore {
  /** For people: the folder, or the registry and repository. */
  readonly place: string;
  /** Folder for files that `putFile` will take; on the same file system where that saves a copy. */
  readonly staging: string;
  /**
   * Runs work that adds blobs and then a manifest that needs them. Nothing that is there when it begins, or that it
   * adds, is collected before it ends, however it ends.
   */
  pushing<T>(work: () => Promise<T>): Promise<T>;
  /** Size of a blob; null: not here. */
  has(digest: Digest): Promise<Result<number | null>>;
  open(digest: Digest, from?: number): Promise<Result<Readable>>;
  /** The blob as a file, where the store has files. Not to be changed. */
  localFile(digest: Digest): string | null;
  /** Takes a finished file; it is gone from its place afterwards. */
  putFile(digest: Digest, size: number, file: string): Promise<Result<void>>;
  putBytes(bytes: Buffer): Promise<Result<{ readonly digest: Digest; readonly size: number }>>;
  putStream(blob: { readonly digest: Digest; readonly size: number }, open: OpenBlob): Promise<Result<void>>;
  putManifest(bytes: Buffer, mediaType: string, tag: string | null): Promise<Result<Digest>>;
  /** By tag or digest; null: not here. */
  manifest(reference: string): Promise<Result<Manifest | null>>;
  tags(): Promise<Result<readonly Tag[]>>;
  /** Removes a tag (folder), or the manifest behind it (registry); what it needs stays until a collection. */
  untag(tag: string): Promise<Result<void>>;
  /** Manifests that name `digest` as their subject: signatures, attestations, holds. */
  referrers(digest: Digest, artifactType?: string): Promise<Result<readonly Descriptor[]>>;
  /** Removes what no tag needs. `busy` when somebody pushes for longer than the bound. A registry collects by itself: 0. */
  collect(): Promise<Result<Collected>>;
}
