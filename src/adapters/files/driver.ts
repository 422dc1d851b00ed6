import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type DataRecord, type Epoch, fail, ok, problem, type Result, epoch as toEpoch } from "../../domain/index.ts";
import { decodeFrame } from "../../link/index.ts";
import type { BarrierResult, DataDriver } from "../../ports/index.ts";
import { Journal } from "./journal.ts";
import { readMeta, writeMeta } from "./meta.ts";
import { Standby } from "./standby.ts";
import type { FromStandby, Send, ToStandby } from "./wire.ts";
import { Writer } from "./writer.ts";

export type FilesOptions = {
  readonly name: string;
  /** Folder of the site; the data lies in `data/<name>`. */
  readonly site: string;
  readonly standbys: readonly string[];
  readonly send: Send;
  readonly leave: (site: string) => Promise<boolean>;
  readonly onStale: (epoch: number) => void;
};

type Role =
  | { readonly kind: "writer"; readonly writer: Writer }
  | { readonly kind: "standby"; readonly standby: Standby };

/** The `files` driver: atomic replacement of single files, no more; live database files are refused. */
export class FilesDriver implements DataDriver {
  readonly #options: FilesOptions;
  readonly #root: string;
  readonly #run: string;
  readonly #journal: Journal;
  #epoch: Epoch;
  #role: Role;
  #standbys: readonly string[];
  #aside: DataRecord["keptAside"];
  #receiving: Promise<unknown> = Promise.resolve();

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#standbys = options.standbys;
    this.#root = join(options.site, "data", options.name);
    this.#run = join(options.site, "run", `data-${options.name}`);
    mkdirSync(this.#root, { recursive: true });
    mkdirSync(this.#run, { recursive: true });
    this.#journal = new Journal(join(this.#run, "confirmed.jsonl"));
    const meta = readMeta(this.#run);
    this.#epoch = meta.epoch;
    this.#aside = meta.aside;
    this.#role = { kind: "standby", standby: this.#standby(meta.wrote) };
  }

  /** `wrote`: this site has been the writer since it was last whole as a standby. */
  #standby(wrote: boolean): Standby {
    const folders = {
      root: this.#root,
      incoming: join(this.#run, "incoming"),
      aside: join(this.#options.site, "aside", this.#options.name),
    };
    return new Standby(folders, wrote ? this.#journal.read() : null);
  }

  async promote(epoch: Epoch): Promise<Result<void>> {
    if (epoch < this.#epoch) return fail(problem("stale-epoch", `epoch ${epoch} is older than ${this.#epoch}`));
    await this.#receiving;
    if (this.#role.kind === "writer") await this.#role.writer.close();
    const tree = this.#role.kind === "standby" ? this.#role.standby.tree : new Map();
    this.#epoch = epoch;
    writeMeta(this.#run, { epoch, wrote: true, aside: this.#aside });
    const { send, leave, onStale } = this.#options;
    const cookies = join(this.#run, "cookies");
    const writer = new Writer({
      root: this.#root,
      cookies,
      epoch,
      journal: this.#journal,
      tree,
      standbys: this.#standbys,
      send,
      leave,
      onStale,
    });
    this.#role = { kind: "writer", writer };
    return writer.refused ? fail(writer.refused) : ok(undefined);
  }

  replicateTo(sites: readonly string[]): void {
    this.#standbys = sites;
    if (this.#role.kind === "writer") this.#role.writer.replicateTo(sites);
  }

  async demote(): Promise<{ readonly flushedTo: readonly string[] }> {
    if (this.#role.kind !== "writer") return { flushedTo: [] };
    const flushed = await this.#role.writer.barrier();
    await this.#role.writer.close();
    this.#journal.close();
    this.#role = { kind: "standby", standby: this.#standby(true) };
    return { flushedTo: flushed.ok ? flushed.value.standbys : [] };
  }

  /** Stops sending at once; the writer's manifest makes it a standby again. */
  async follow(epoch: Epoch): Promise<void> {
    if (this.#role.kind !== "writer" || epoch < this.#epoch) return;
    await this.#role.writer.close();
    this.#journal.close();
    this.#role = { kind: "standby", standby: this.#standby(true) };
  }

  async barrier(): Promise<Result<BarrierResult>> {
    if (this.#role.kind !== "writer") return fail(problem("not-writing", "this site does not write"));
    return this.#role.writer.barrier();
  }

  /** A frame from the writer. Older epochs are refused for ever (safety rule 2). */
  receive(frame: Buffer): Promise<FromStandby> {
    const { head, bytes } = decodeFrame(frame);
    const result = this.#receiving.then(() => this.#receive(head as ToStandby, bytes));
    this.#receiving = result.catch(() => {});
    return result;
  }

  async #receive(message: ToStandby, content: Buffer): Promise<FromStandby> {
    if (message.epoch < this.#epoch || (this.#role.kind === "writer" && message.epoch === this.#epoch)) {
      return { kind: "stale", epoch: this.#epoch };
    }
    await this.follow(toEpoch(message.epoch));
    if (this.#role.kind !== "standby") return { kind: "resync" };
    if (message.epoch > this.#epoch) {
      this.#epoch = toEpoch(message.epoch);
      writeMeta(this.#run, { ...readMeta(this.#run), epoch: this.#epoch });
    }
    const { standby } = this.#role;
    const answer = await standby.receive(message, content);
    if (message.kind === "manifest" && answer.kind === "stored") this.#settle(standby);
    return answer;
  }

  /** Whole again: what was ours alone lies aside and is reported until somebody looks at it. */
  #settle(standby: Standby): void {
    const { diverged } = standby;
    if (diverged && !this.#aside.some((known) => known.folder === diverged.folder))
      this.#aside = [...this.#aside, diverged];
    if (readMeta(this.#run).wrote || diverged)
      writeMeta(this.#run, { epoch: this.#epoch, wrote: false, aside: this.#aside });
  }

  /** Time since this copy was last known whole; 0 for the writer. */
  staleMs(): number {
    return this.#role.kind === "writer" ? 0 : this.#role.standby.staleMs(performance.now());
  }

  record(): DataRecord {
    const now = performance.now();
    const side =
      this.#role.kind === "writer"
        ? {
            position: this.#role.writer.position,
            files: this.#role.writer.files,
            standbys: this.#role.writer.standbys(now),
          }
        : { position: this.#role.standby.position, files: this.#role.standby.tree.size, standbys: {} };
    const problemText = this.#role.kind === "writer" ? this.#role.writer.trouble : this.#role.standby.problem;
    return { ...side, role: this.#role.kind, epoch: this.#epoch, keptAside: this.#aside, problem: problemText };
  }

  async close(): Promise<void> {
    if (this.#role.kind === "writer") await this.#role.writer.close();
    this.#journal.close();
  }
}
