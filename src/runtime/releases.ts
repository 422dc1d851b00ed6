import { createHash } from "node:crypto";
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  type Application,
  fail,
  ok,
  problem,
  type ReleaseFile,
  type ReleaseManifest,
  type Result,
  shortDigest,
} from "../domain/index.ts";

/** Fetches one blob into a file and returns its SHA-256 in hex, or a problem. */
export type FetchBlob = (
  hex: string,
  file: string,
) => Promise<Result<{ readonly sha256: string }, { readonly message: string }>>;

const PARALLEL = 4;

/** The releases of one site: each site fetches its own copy and can start from it alone (safety rule 13). */
export class Releases {
  readonly #folder: string;
  readonly #fetch: FetchBlob;
  readonly #ready = new Map<string, string>();

  /** `folder`: of the site; blobs go to `blobs/`, releases to `releases/<digest>/`. */
  constructor(folder: string, fetch: FetchBlob) {
    this.#folder = folder;
    this.#fetch = fetch;
  }

  /** Folder of the release, made and verified when it is not there yet. */
  async materialise(digest: string, application: Application): Promise<Result<string>> {
    const known = this.#ready.get(digest);
    if (known) return ok(known);
    const folder = join(this.#folder, "releases", shortDigest(digest));
    if (!existsSync(join(folder, ".complete"))) {
      const made = await this.#make(digest, folder);
      if (!made.ok) return made;
    }
    this.#linkData(folder, application);
    this.#ready.set(digest, folder);
    return ok(folder);
  }

  async #make(digest: string, folder: string): Promise<Result<void>> {
    const manifestFile = await this.#blob(digest);
    if (!manifestFile.ok) return manifestFile;
    const manifest = JSON.parse(readFileSync(manifestFile.value, "utf8")) as ReleaseManifest;
    const files = [
      ...manifest.bundle.map((file) => ({ ...file, target: file.path })),
      ...manifest.models.flatMap((model) =>
        model.files.map((file) => ({ ...file, target: join(model.path, file.path) })),
      ),
    ];
    const temporary = `${folder}.tmp`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    for (let at = 0; at < files.length; at += PARALLEL) {
      const placed = await Promise.all(
        files.slice(at, at + PARALLEL).map((file) => this.#place(file, join(temporary, file.target))),
      );
      const failed = placed.find((result) => !result.ok);
      if (failed) return failed;
    }
    mkdirSync(join(temporary, ".complete"));
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return ok(undefined);
  }

  async #place(file: ReleaseFile, target: string): Promise<Result<void>> {
    const blob = await this.#blob(file.digest);
    if (!blob.ok) return blob;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(blob.value, target, constants.COPYFILE_FICLONE);
    chmodSync(target, file.executable ? 0o755 : 0o644);
    return ok(undefined);
  }

  /** Our copy of a blob; one whose content is not what its name says is fetched again. */
  async #blob(digest: string): Promise<Result<string>> {
    const hex = digest.replace("sha256:", "");
    const file = join(this.#folder, "blobs", hex);
    if (existsSync(file) && sha256(file) === hex) return ok(file);
    const temporary = `${file}.${process.pid}.tmp`;
    const fetched = await this.#fetch(hex, temporary);
    if (!fetched.ok)
      return fail(
        problem("artifact", `${shortDigest(digest)} cannot be fetched: ${fetched.error.message}`, "it is tried again"),
      );
    if (fetched.value.sha256 !== hex) {
      rmSync(temporary, { force: true });
      return fail(problem("artifact", `${shortDigest(digest)} arrived damaged`, "it is tried again"));
    }
    renameSync(temporary, file);
    return ok(file);
  }

  /** The data outlives releases: the application's data path leads out of the release into the site's data folder. */
  #linkData(folder: string, application: Application): void {
    for (const { name, path } of application.data) {
      const target = join(this.#folder, "data", name);
      mkdirSync(target, { recursive: true });
      const link = join(folder, path);
      if (existsSync(link)) continue;
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(target, link);
    }
  }
}

const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
