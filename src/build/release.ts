import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import {
  type Application,
  fail,
  ok,
  problem,
  type ReleaseFile,
  type ReleaseManifest,
  type Result,
} from "../domain/index.ts";

const MAX_FILES = 50_000;
const MAX_BYTES = 4 * 1024 ** 3;
/** Of Holdfast, of version control, or of the machine; never part of a release. */
const LEFT_OUT = new Set([".holdfast", ".git", ".DS_Store"]);

export type Built = { readonly digest: string; readonly files: number; readonly bytes: number };

/**
 * Makes a release of an application folder: every file by content into `artifacts/blobs/sha256/<hex>`, and a manifest
 * beside them whose digest names the release. The same folder gives the same digest; interrupted, it is run again.
 * `data` paths are left out, models are taken from their sources to `models/<name>`.
 */
export function buildRelease(folder: string, application: Application, artifacts: string): Result<Built> {
  mkdirSync(join(artifacts, "blobs", "sha256"), { recursive: true });
  const models = application.models.map((model) => ({ model, source: join(folder, model.source) }));
  const excluded = new Set([
    ...application.data.map((data) => join(folder, data.path)),
    ...models.map(({ source }) => source),
    join(folder, "holdfast.yaml"),
    join(folder, "holdfast.config.ts"),
  ]);
  const budget = { files: 0, bytes: 0 };
  try {
    const bundle = addTree(folder, folder, excluded, artifacts, budget);
    const manifest: ReleaseManifest = {
      kind: "holdfast.dev/release/v1",
      application: application.name,
      bundle,
      models: models.map(({ model, source }) => ({
        name: model.name,
        path: join("models", model.name),
        files: addTree(source, source, new Set(), artifacts, budget),
      })),
      configuration: sha256(
        Buffer.from(JSON.stringify([application.service.command, application.service.env, application.service.health])),
      ),
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = `sha256:${sha256(bytes)}`;
    putBytes(artifacts, digest, bytes);
    return ok({ digest, files: budget.files, bytes: budget.bytes });
  } catch (error) {
    if (error instanceof TooLarge)
      return fail(problem("release-too-large", error.message, "keep data and caches outside the application folder"));
    const { code, message } = error as NodeJS.ErrnoException;
    return fail(
      problem(
        "release",
        `the release cannot be built: ${message}`,
        code === "ENOSPC" ? "free disk space, then run it again" : "check that every file can be read",
      ),
    );
  }
}

class TooLarge extends Error {}

function addTree(
  root: string,
  folder: string,
  excluded: ReadonlySet<string>,
  artifacts: string,
  budget: { files: number; bytes: number },
): ReleaseFile[] {
  const stat = statSync(folder);
  if (stat.isFile()) return [addFile(folder, folder.slice(folder.lastIndexOf("/") + 1), artifacts, budget)];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !LEFT_OUT.has(entry.name) && !excluded.has(join(folder, entry.name)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      // Links are followed: a release stands on its own.
      const target = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
      if (target?.isDirectory()) return addTree(root, path, excluded, artifacts, budget);
      return target?.isFile() ? [addFile(path, relative(root, path), artifacts, budget)] : [];
    });
}

function addFile(file: string, path: string, artifacts: string, budget: { files: number; bytes: number }): ReleaseFile {
  const stat = statSync(file);
  budget.files += 1;
  budget.bytes += stat.size;
  if (budget.files > MAX_FILES || budget.bytes > MAX_BYTES) {
    throw new TooLarge(`the release has more than ${MAX_FILES} files or ${MAX_BYTES / 1024 ** 3} GiB (at ${path})`);
  }
  const hex = sha256(readFileSync(file));
  const blob = blobFile(artifacts, hex);
  if (!existsSync(blob)) {
    copyFileSync(file, `${blob}.${process.pid}.tmp`, constants.COPYFILE_FICLONE);
    sync(`${blob}.${process.pid}.tmp`);
    renameSync(`${blob}.${process.pid}.tmp`, blob);
  }
  return { path, digest: `sha256:${hex}`, size: stat.size, executable: (stat.mode & 0o100) !== 0 };
}

function putBytes(artifacts: string, digest: string, bytes: Buffer): void {
  const blob = blobFile(artifacts, digest.replace("sha256:", ""));
  if (existsSync(blob)) return;
  const temporary = `${blob}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes, { flush: true });
  renameSync(temporary, blob);
}

const blobFile = (artifacts: string, hex: string): string => join(artifacts, "blobs", "sha256", hex);

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

function sync(file: string): void {
  const fd = openSync(file, "r");
  fsyncSync(fd);
  closeSync(fd);
}
