import { createHash, type Hash, hash, randomUUID } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type Descriptor,
  DIGEST,
  type Digest,
  fail,
  type ImageIndex,
  type ImageManifest,
  ok,
  type Problem,
  ProblemError,
  problem,
  type Result,
  references,
} from "../../../domain/index.ts";
import type { ArtifactStore, Collected, Manifest, OpenBlob, Tag } from "../../../ports/index.ts";
import { sweep } from "./collect.ts";
import { LAYOUT_FILE, readIndexFile, replaceDurably, spellIndex, syncFolder, type TagEntry } from "./index-file.ts";
import { type Lock, lock } from "./locks.ts";
import { adoptPart, newPart } from "./parts.ts";

/** Nobody changes tags for longer. */
const INDEX_LOCK_MS = 30_000;
const PUSH_WAIT_MS = 120_000;
const COLLECT_WAIT_MS = 60_000;

/**
 * An OCI image layout in a folder (github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md), with locks beside
 * it. Several processes of one machine may use it at a time; on a network file system only where it keeps POSIX locks.
 */
export class LayoutStore implements ArtifactStore {
  readonly place: string;
  readonly staging: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.place = folder;
    this.staging = join(folder, "ingest");
  }

  /** Opens the layout in `folder`, and makes it when there is nothing. */
  static open(folder: string): Result<LayoutStore> {
    const next = "name an empty folder, or one that `holdfast backup` has written";
    try {
      const there = existsSync(folder) ? readdirSync(folder) : [];
      if (there.length > 0 && !there.includes("oci-layout") && !there.includes("blobs"))
        return fail(problem("not-a-store", `${folder} holds other files and no image layout`, next));
      mkdirSync(join(folder, "blobs", "sha256"), { recursive: true });
      mkdirSync(join(folder, "ingest"), { recursive: true });
      if (there.length === 0) {
        replaceDurably(join(folder, "index.json"), spellIndex([]));
        replaceDurably(join(folder, "oci-layout"), LAYOUT_FILE);
      }
      return ok(new LayoutStore(folder));
    } catch (error) {
      return fail(problem("not-a-store", `${folder} cannot be used: ${(error as Error).message}`, next));
    }
  }

  async pushing<T>(work: () => Promise<T>): Promise<T> {
    const held = await this.#lock("push", "shared", PUSH_WAIT_MS);
    try {
      return await work();
    } finally {
      held.release();
    }
  }

  async #lock(name: "push" | "index", kind: "shared" | "exclusive", boundMs: number): Promise<Lock> {
    const held = await lock(join(this.#folder, `${name}.lock`), kind, boundMs);
    if (held) return held;
    throw new ProblemError(
      problem(
        "busy",
        `${this.#folder} is in use by another process for more than ${boundMs / 1000} s`,
        "try again later",
      ),
    );
  }

  #blob(digest: Digest): string {
    if (!DIGEST.test(digest)) throw new ProblemError(problem("digest", `${digest} is not a sha256 digest`));
    return join(this.#folder, "blobs", "sha256", digest.slice(7));
  }

  async has(digest: Digest): Promise<Result<number | null>> {
    return ok(statSync(this.#blob(digest), { throwIfNoEntry: false })?.size ?? null);
  }

  localFile(digest: Digest): string | null {
    const file = this.#blob(digest);
    return existsSync(file) ? file : null;
  }

  async open(digest: Digest, from = 0): Promise<Result<Readable>> {
    const file = this.localFile(digest);
    if (!file) return fail(absent(digest, this.place));
    const stream = createReadStream(file, { start: from, highWaterMark: 256 * 1024 });
    return ok(from === 0 ? checked(stream, digest) : stream);
  }

  async putFile(digest: Digest, size: number, file: string): Promise<Result<void>> {
    const blob = this.#blob(digest);
    try {
      if (statSync(file).size !== size) return fail(unfit(digest, file));
      const handle = await open(file, "r");
      await handle.datasync().finally(() => handle.close());
      await rename(file, blob).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "EXDEV") throw error;
        const copied = await this.putStream({ digest, size }, async (from) =>
          ok(createReadStream(file, { start: from })),
        );
        if (!copied.ok) throw new ProblemError(copied.error);
        await rm(file);
      });
      syncFolder(join(this.#folder, "blobs", "sha256"));
      return ok(undefined);
    } catch (error) {
      return fail(writing(error, this.place));
    }
  }

  async putBytes(bytes: Buffer): Promise<Result<{ readonly digest: Digest; readonly size: number }>> {
    const digest = `sha256:${hash("sha256", bytes, "hex")}`;
    const size = bytes.length;
    const blob = this.#blob(digest);
    if (statSync(blob, { throwIfNoEntry: false })?.size === size) return ok({ digest, size });
    const file = join(this.staging, `${randomUUID()}.bytes`);
    try {
      writeFileSync(file, bytes);
    } catch (error) {
      return fail(writing(error, this.place));
    }
    const stored = await this.putFile(digest, size, file);
    return stored.ok ? ok({ digest, size }) : stored;
  }

  async putStream({ digest, size }: { digest: Digest; size: number }, source: OpenBlob): Promise<Result<void>> {
    const present = await this.has(digest);
    if (present.ok && present.value === size) return ok(undefined);
    const part = adoptPart(this.staging, digest) ?? newPart(this.staging, digest);
    try {
      let from = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
      if (from > size) from = 0;
      const opened = await source(from);
      if (!opened.ok) return opened;
      const sum = createHash("sha256");
      if (from > 0) for await (const bytes of createReadStream(part)) sum.update(bytes as Buffer);
      await pipeline(opened.value, counting(sum), createWriteStream(part, { flags: from === 0 ? "w" : "a" }));
      if (`sha256:${sum.digest("hex")}` !== digest) {
        await rm(part, { force: true });
        return fail(unfit(digest, "what arrived"));
      }
      return this.putFile(digest, size, part);
    } catch (error) {
      if (error instanceof ProblemError) return fail(error.problem);
      return fail(writing(error, this.place));
    }
  }

  async putManifest(bytes: Buffer, mediaType: string, tag: string | null): Promise<Result<Digest>> {
    const manifest = JSON.parse(bytes.toString("utf8")) as ImageManifest | ImageIndex;
    const { blobs, manifests } = references(manifest);
    const missing = [...blobs, ...manifests].find((each) => !this.localFile(each.digest));
    if (missing)
      return fail(problem("missing-reference", `the manifest needs ${missing.digest}, which is not in ${this.place}`));
    const stored = await this.putBytes(bytes);
    if (!stored.ok) return stored;
    if (tag === null && !manifest.subject) return ok(stored.value.digest);
    const descriptor: Descriptor = {
      mediaType,
      ...stored.value,
      ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
    };
    const changed = await this.#changeIndex((entries) => [
      ...entries.filter((each) => (tag === null ? each.descriptor.digest !== descriptor.digest : each.tag !== tag)),
      { tag, descriptor },
    ]);
    return changed.ok ? ok(stored.value.digest) : changed;
  }

  async #changeIndex(change: (entries: readonly TagEntry[]) => readonly TagEntry[]): Promise<Result<void>> {
    const held = await this.#lock("index", "exclusive", INDEX_LOCK_MS);
    try {
      const entries = this.#index();
      if (!entries.ok) return entries;
      replaceDurably(join(this.#folder, "index.json"), spellIndex(change(entries.value)));
      return ok(undefined);
    } catch (error) {
      return fail(writing(error, this.place));
    } finally {
      held.release();
    }
  }

  #index(): Result<readonly TagEntry[]> {
    try {
      return ok(readIndexFile(join(this.#folder, "index.json")));
    } catch (error) {
      return fail(
        problem(
          "damaged",
          `${this.#folder}/index.json cannot be read: ${(error as Error).message}`,
          "repair it with `holdfast backup verify --repair`",
        ),
      );
    }
  }

  async manifest(reference: string): Promise<Result<Manifest | null>> {
    let digest = reference;
    if (!DIGEST.test(reference)) {
      const entries = this.#index();
      if (!entries.ok) return entries;
      const entry = entries.value.find((each) => each.tag === reference);
      if (!entry) return ok(null);
      digest = entry.descriptor.digest;
    }
    const file = this.localFile(digest);
    if (!file) return ok(null);
    const bytes = await readFile(file);
    if (`sha256:${hash("sha256", bytes, "hex")}` !== digest) return fail(unfit(digest, this.place));
    const { mediaType } = JSON.parse(bytes.toString("utf8")) as { mediaType: string };
    return ok({ digest, mediaType, bytes });
  }

  async tags(): Promise<Result<readonly Tag[]>> {
    const entries = this.#index();
    if (!entries.ok) return entries;
    return ok(
      entries.value.flatMap(({ tag, descriptor }) => (tag === null ? [] : [{ tag, digest: descriptor.digest }])),
    );
  }

  untag(tag: string): Promise<Result<void>> {
    return this.#changeIndex((entries) => entries.filter((each) => each.tag !== tag));
  }

  async referrers(digest: Digest, artifactType?: string): Promise<Result<readonly Descriptor[]>> {
    const entries = this.#index();
    if (!entries.ok) return entries;
    const found: Descriptor[] = [];
    for (const { descriptor } of entries.value) {
      if (artifactType !== undefined && descriptor.artifactType !== artifactType) continue;
      const manifest = await this.manifest(descriptor.digest);
      if (!manifest.ok) return manifest;
      const subject = (JSON.parse(manifest.value?.bytes.toString("utf8") ?? "{}") as ImageManifest).subject;
      if (subject?.digest === digest) found.push(descriptor);
    }
    return ok(found);
  }

  async collect(): Promise<Result<Collected>> {
    const held = await lock(join(this.#folder, "push.lock"), "exclusive", COLLECT_WAIT_MS);
    if (!held) return fail(problem("busy", `${this.place} is being written to`, "collect later"));
    try {
      const entries = this.#index();
      return entries.ok ? sweep(this.#folder, entries.value) : entries;
    } finally {
      held.release();
    }
  }
}

const absent = (digest: Digest, place: string): Problem =>
  problem(
    "missing",
    `${digest} is not in ${place}`,
    "repair it from another copy with `holdfast backup verify --repair`",
  );

const unfit = (digest: Digest, what: string): Problem =>
  problem("damaged", `${what} is not what its digest ${digest} says`, "get it from another copy");

function writing(error: unknown, place: string): Problem {
  if (error instanceof ProblemError) return error.problem;
  const { code, message } = error as NodeJS.ErrnoException;
  return problem(
    "store",
    `${place}: ${message}`,
    code === "ENOSPC" ? "free disk space, then run it again" : "run it again",
  );
}

const counting = (sum: Hash): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum.update(chunk);
      done(null, chunk);
    },
  });

/** Passes everything on, and ends in an error when it was not what its digest says. */
function checked(stream: Readable, digest: Digest): Readable {
  const sum = createHash("sha256");
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(`sha256:${sum.digest("hex")}` === digest ? null : new Error(`it is not what its digest ${digest} says`));
    },
  });
  stream.on("error", (error) => check.destroy(error));
  return stream.pipe(check);
}
