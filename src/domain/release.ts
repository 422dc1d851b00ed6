/** One file of a release: its content is addressed by digest (`sha256:` and 64 hex digits). */
export type ReleaseFile = {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  readonly executable: boolean;
};

/** An immutable set {bundle, models, configuration}; its id is the digest of this manifest. */
export type ReleaseManifest = {
  readonly kind: "holdfast.dev/release/v1";
  readonly application: string;
  readonly bundle: readonly ReleaseFile[];
  readonly models: readonly { readonly name: string; readonly path: string; readonly files: readonly ReleaseFile[] }[];
  /** Digest of command, environment and health settings. */
  readonly configuration: string;
};

export const shortDigest = (digest: string): string => digest.replace("sha256:", "").slice(0, 12);
