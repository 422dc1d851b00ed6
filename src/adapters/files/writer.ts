import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { fail, ok, type Problem, problem, type Result } from "../../domain/index.ts";
import { encodeFrame } from "../../link/index.ts";
import type { BarrierResult } from "../../ports/index.ts";
import { split } from "./batches.ts";
import type { Journal } from "./journal.ts";
import { databaseDriverFor } from "./live-database.ts";
import { MAX_FILE_BYTES, MAX_FILES, readVersion, type Tree } from "./tree.ts";
import { Watcher } from "./watcher.ts";
import type { FileChange, FromStandby, Send, ToStandby } from "./wire.ts";

/** Changes that nobody waits for are gathered for this long. */
const GATHER_MS = 30;
const LOOK_EVERYWHERE_MS = 30_000;
const RECONNECT_MS = 250;
const WHOLE_EVERY_MS = 250;

type Streaming = { state: "away" | "joining" | "streaming"; confirmed: number; oldestUnconfirmedMs: number | null };

export type WriterOptions = {
  readonly root: string;
  readonly cookies: string;
  readonly epoch: number;
  readonly journal: Journal;
  /** What is known of the folder already, so that a promotion reads only what changed since. */
  readonly tree: Tree;
  readonly standbys: readonly string[];
  readonly send: Send;
  /** Takes a site out of the in-sync set; only when this has succeeded may writes be acknowledged without it. */
  readonly leave: (site: string) => Promise<boolean>;
  readonly onStale: (epoch: number) => void;
};

type Waiting = { readonly resolve: (result: Result<BarrierResult>) => void };

/** The writing side: turns changes of the folder into numbered batches and sends them to every standby. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #stream = randomUUID();
  readonly #tree: Tree;
  readonly #watcher: Watcher;
  readonly #standbys = new Map<string, Streaming>();
  /** Standbys that are to be forgotten. */
  readonly #leaving = new WeakSet<Streaming>();
  #number = 0;
  #waiting: Waiting[] = [];
  #wanted = false;
  #running: Promise<void> = Promise.resolve();
  #looping = false;
  #closed = false;
  #lookEverywhereAt = 0;
  #lastWholeMs = 0;
  #refused: Problem | null = null;
  #joinProblem: string | null = null;
  #firstChangeMs: number | null = null;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#tree = new Map(options.tree);
    this.#watcher = new Watcher(options.root, options.cookies, () => this.#onDirty());
    this.#take(this.#watcher.lookEverywhere(this.#tree));
    this.#lookEverywhereAt = performance.now() + LOOK_EVERYWHERE_MS;
    this.replicateTo(options.standbys);
    void this.#idle();
  }

  get position(): number {
    return this.#number;
  }

  get files(): number {
    return this.#tree.size;
  }

  get refused(): Problem | null {
    return this.#refused;
  }

  /** For people: why data is not replicated. */
  get trouble(): string | null {
    return this.#refused?.message ?? this.#joinProblem;
  }

  standbys(nowMs: number): Readonly<Record<string, { confirmed: number; inSync: boolean; lagMs: number }>> {
    return Object.fromEntries(
      [...this.#standbys].map(([site, { state, confirmed, oldestUnconfirmedMs }]) => [
        site,
        {
          confirmed,
          inSync: state === "streaming",
          lagMs: oldestUnconfirmedMs === null ? 0 : nowMs - oldestUnconfirmedMs,
        },
      ]),
    );
  }

  replicateTo(sites: readonly string[]): void {
    for (const site of sites) {
      const known = this.#standbys.get(site);
      if (known && !this.#leaving.has(known)) continue;
      const standby: Streaming = { state: "away", confirmed: -1, oldestUnconfirmedMs: null };
      this.#standbys.set(site, standby);
      void this.#keepJoined(site, standby);
    }
    for (const [site, standby] of this.#standbys) {
      if (sites.includes(site) || this.#leaving.has(standby)) continue;
      this.#leaving.add(standby);
      void this.#alone(() => this.#forget(site, standby));
    }
  }

  /** No flush runs meanwhile: what comes after is acknowledged without it, and not before the Store knows. */
  async #forget(site: string, standby: Streaming): Promise<void> {
    if (this.#standbys.get(site) !== standby) return;
    standby.state = "away";
    if (await this.#left(site)) this.#standbys.delete(site);
  }

  /** Ends when the site is out of the in-sync set; false: closed before that. */
  async #left(site: string): Promise<boolean> {
    while (!this.#closed) {
      if (await this.#options.leave(site)) return true;
      await wait(50);
    }
    return false;
  }

  /** Ends when everything written before the call is with every standby of the in-sync set. Calls are grouped. */
  barrier(): Promise<Result<BarrierResult>> {
    if (this.#closed) return Promise.resolve(fail(demoted()));
    return new Promise((resolve) => {
      this.#waiting.push({ resolve });
      this.#want();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher.close();
    await this.#running;
    for (const { resolve } of this.#waiting) resolve(fail(demoted()));
  }

  #onDirty(): void {
    this.#firstChangeMs ??= performance.now();
    if (!this.#wanted) setTimeout(() => this.#want(), GATHER_MS);
  }

  #want(): void {
    this.#wanted = true;
    if (this.#looping || this.#closed) return;
    this.#looping = true;
    this.#running = this.#alone(async () => {
      while (this.#wanted && !this.#closed) {
        this.#wanted = false;
        await this.#flush();
      }
      this.#looping = false;
    });
  }

  #queue: Promise<void> = Promise.resolve();

  /** One flush or one join at a time. */
  #alone(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      this.#refused = problem("files", `replication failed: ${String(error)}`, "see the agent's log");
    });
    return this.#queue;
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting.splice(0);
    const result = await this.#sendChanges().catch((error: unknown) =>
      fail(problem("files", `replication failed: ${String(error)}`, "see the agent's log")),
    );
    for (const { resolve } of waiting) resolve(result);
  }

  async #sendChanges(): Promise<Result<BarrierResult>> {
    const sinceMs = this.#firstChangeMs ?? performance.now();
    this.#firstChangeMs = null;
    const { changes, contents } = this.#take(await this.#watcher.changedBefore(this.#tree));
    const decided = changes.length === 0 || (await this.#sendBatches(changes, contents, sinceMs));
    if (this.#refused) return fail(this.#refused);
    return decided ? ok({ position: this.#number, standbys: this.#streaming() }) : fail(demoted());
  }

  #streaming(): readonly string[] {
    return [...this.#standbys].filter(([, standby]) => standby.state === "streaming").map(([site]) => site);
  }

  /** Brings the tree up to date for these paths, and returns what changed with its content. */
  #take(paths: readonly string[]): { changes: FileChange[]; contents: Buffer[] } {
    const changes: FileChange[] = [];
    const contents: Buffer[] = [];
    this.#refused = null;
    for (const path of new Set(paths)) {
      const read = readVersion(this.#options.root, path);
      const known = this.#tree.get(path);
      if (!read) {
        if (known) changes.push({ path, op: "delete" });
        this.#tree.delete(path);
        continue;
      }
      const { version, content } = read;
      this.#refused ??= refusal(path, content, this.#tree.size);
      this.#tree.set(path, version);
      if (known?.sha256 === version.sha256 && known.mode === version.mode) continue;
      changes.push({ path, op: "put", size: version.size, mode: version.mode, sha256: version.sha256 });
      contents.push(content);
    }
    return { changes, contents };
  }

  /** false: closed before every standby had either stored the changes or left the in-sync set. */
  async #sendBatches(changes: readonly FileChange[], contents: readonly Buffer[], sinceMs: number): Promise<boolean> {
    for (const part of split(changes, contents)) {
      this.#number += 1;
      const head: ToStandby = {
        kind: "batch",
        epoch: this.#options.epoch,
        stream: this.#stream,
        number: this.#number,
        changes: part.changes,
      };
      const frame = encodeFrame(head, part.contents);
      const results = await Promise.all(this.#streaming().map((site) => this.#sendBatch(site, frame, sinceMs)));
      if (results.includes("undecided")) return false;
      if (results.length > 0 && results.every((result) => result === "stored")) {
        for (const change of part.changes)
          this.#options.journal.append(change.path, change.op === "put" ? change.sha256 : null);
      }
    }
    return true;
  }

  /** A standby that does not confirm leaves the in-sync set first; only then does anybody go on without it. */
  async #sendBatch(site: string, frame: Buffer, sinceMs: number): Promise<"stored" | "left" | "undecided"> {
    const standby = this.#standbys.get(site)!;
    standby.oldestUnconfirmedMs ??= sinceMs;
    const answer = await this.#send(site, frame);
    if (answer?.kind === "stored") {
      standby.confirmed = answer.number;
      standby.oldestUnconfirmedMs = null;
      return "stored";
    }
    standby.state = "away";
    return (await this.#left(site)) ? "left" : "undecided";
  }

  /** Once closed nothing more is sent. null: no answer. */
  async #send(site: string, frame: Buffer): Promise<FromStandby | null> {
    if (this.#closed) return null;
    const answer = await this.#options.send(site, frame);
    this.#notice(answer);
    return answer;
  }

  #notice(answer: FromStandby | null): void {
    if (answer?.kind === "stale") this.#options.onStale(answer.epoch);
  }

  async #keepJoined(site: string, standby: Streaming): Promise<void> {
    while (!this.#closed && this.#standbys.get(site) === standby) {
      if (standby.state === "away") {
        await this.#join(site, standby).catch((error: unknown) => {
          this.#joinProblem = `${site} cannot join: ${String(error)}`;
        });
        if (this.#streaming().includes(site)) this.#joinProblem = null;
        else standby.state = "away";
      }
      await wait(RECONNECT_MS);
    }
  }

  /** Copies the bulk while writes go on, then the rest while they wait, so that the pause is short. */
  async #join(site: string, standby: Streaming): Promise<void> {
    standby.state = "joining";
    for (let round = 0; round < 3 && !this.#closed; round++) {
      const need = await this.#offer(site);
      if (need === null) break;
      if (need.length === 0) return this.#alone(() => this.#finishJoin(site, standby));
      await this.#fill(site, need);
    }
  }

  async #finishJoin(site: string, standby: Streaming): Promise<void> {
    if (this.#standbys.get(site) !== standby) return;
    const { changes, contents } = this.#take(await this.#watcher.changedBefore(this.#tree));
    if (changes.length > 0) await this.#sendBatches(changes, contents, performance.now());
    const need = await this.#offer(site);
    if (need === null) return;
    if (need.length > 0) {
      await this.#fill(site, need);
      if ((await this.#offer(site))?.length !== 0) return;
    }
    this.#options.journal.start(this.#tree);
    standby.confirmed = this.#number;
    standby.oldestUnconfirmedMs = null;
    standby.state = "streaming";
  }

  async #offer(site: string): Promise<readonly string[] | null> {
    const files = [...this.#tree].map(([path, version]) => [path, version.sha256] as const);
    const head: ToStandby = {
      kind: "manifest",
      epoch: this.#options.epoch,
      stream: this.#stream,
      number: this.#number,
      files,
    };
    const answer = await this.#send(site, encodeFrame(head, []));
    if (answer?.kind === "stored") return [];
    return answer?.kind === "need" ? answer.paths : null;
  }

  async #fill(site: string, paths: readonly string[]): Promise<void> {
    const changes: FileChange[] = [];
    const contents: Buffer[] = [];
    for (const path of paths) {
      const read = readVersion(this.#options.root, path);
      if (!read) continue;
      const { size, mode, sha256 } = read.version;
      changes.push({ path, op: "put", size, mode, sha256 });
      contents.push(read.content);
    }
    for (const part of split(changes, contents)) {
      const head: ToStandby = { kind: "fill", epoch: this.#options.epoch, stream: this.#stream, changes: part.changes };
      if ((await this.#send(site, encodeFrame(head, part.contents))) === null) return;
    }
  }

  /** Tells standbys that they are whole while nothing changes, and looks everywhere now and then. */
  async #idle(): Promise<void> {
    while (!this.#closed) {
      await wait(WHOLE_EVERY_MS);
      const now = performance.now();
      if (now > this.#lookEverywhereAt) {
        this.#lookEverywhereAt = now + LOOK_EVERYWHERE_MS;
        void this.#alone(async () => {
          const { changes, contents } = this.#take(this.#watcher.lookEverywhere(this.#tree));
          if (changes.length > 0) await this.#sendBatches(changes, contents, now);
        });
      }
      if (!this.#looping && now - this.#lastWholeMs >= WHOLE_EVERY_MS) await this.#alone(() => this.#tellWhole());
    }
  }

  async #tellWhole(): Promise<void> {
    this.#lastWholeMs = performance.now();
    const { changes, contents } = this.#take(await this.#watcher.changedBefore(this.#tree));
    if (changes.length > 0) await this.#sendBatches(changes, contents, this.#lastWholeMs);
    const head: ToStandby = { kind: "whole", epoch: this.#options.epoch, stream: this.#stream, number: this.#number };
    const frame = encodeFrame(head, []);
    await Promise.all(this.#streaming().map((site) => this.#sendBatch(site, frame, this.#lastWholeMs)));
  }
}

const demoted = (): Problem => problem("demoted", "this site does not write any more");

function refusal(path: string, content: Buffer, files: number): Problem | null {
  const driver = databaseDriverFor(path, content);
  if (driver) {
    return problem(
      "live-database",
      `${path} belongs to a live database, which copying file by file would break`,
      `declare \`driver: ${driver}\` for it`,
    );
  }
  if (content.length > MAX_FILE_BYTES) {
    return problem(
      "file-too-large",
      `${path} has ${content.length} bytes; the files driver takes up to ${MAX_FILE_BYTES} a file`,
      "split it, or keep it outside the data folder",
    );
  }
  if (files > MAX_FILES) return problem("too-many-files", `more than ${MAX_FILES} files`, "split the data set");
  return null;
}
