/** The content-addressed world of OCI: github.com/opencontainers/image-spec (v1.1), manifest.md and image-index.md. */

/** `sha256:` and 64 hex digits. */
export type Digest = string;

export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** One blob or manifest, by content. */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

export type ImageManifest = {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
};

export type ImageIndex = {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
};

export const MEDIA = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  empty: "application/vnd.oci.empty.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  point: "application/vnd.holdfast.recovery-point.v1+json",
  snapshot: "application/vnd.holdfast.snapshot.v1+json",
  tree: "application/vnd.holdfast.tree.v1",
  pack: "application/vnd.holdfast.pack.v1",
} as const;

export const isIndex = (mediaType: string): boolean => mediaType === MEDIA.index || mediaType === MEDIA.dockerList;

/** What a manifest refers to: blobs, and other manifests. Its `subject` is not needed to use it. */
export function references(manifest: ImageManifest | ImageIndex): {
  readonly blobs: readonly Descriptor[];
  readonly manifests: readonly Descriptor[];
} {
  if ("manifests" in manifest) return { blobs: [], manifests: manifest.manifests };
  return { blobs: [manifest.config, ...manifest.layers], manifests: [] };
}
