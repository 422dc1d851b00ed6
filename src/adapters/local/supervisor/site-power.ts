import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { backoff } from "../../../control/reconcile/index.ts";
import { type Epoch, type FenceReceipt, KEYS, type PowerRecord } from "../../../domain/index.ts";
import type { Store } from "../../../ports/index.ts";
import { killUntilGone, membersOf, withEnvironment } from "../processes.ts";
import { type Children, SITE_MARK } from "./children.ts";

const KILL_BOUND_MS = 5_000;
/** A site that was switched off stays off for this long, so that its absence is seen and not a flicker. */
const OFF_AT_LEAST_MS = 1_000;

/** The power switch of one site: starts its process group, sees it gone, and says so in the Store. */
export class SitePower {
  readonly site: string;
  readonly #folder: string;
  readonly #children: Children;
  readonly #store: Store;
  readonly #cluster: string;
  #state: PowerRecord["state"] | "unknown" = "unknown";
  #deaths: number[] = [];
  #publishing: Promise<void> = Promise.resolve();
  #record: PowerRecord | null = null;
  #fencing: Promise<boolean> | null = null;

  constructor(site: string, folder: string, children: Children, store: Store, cluster: string) {
    this.site = site;
    this.#folder = folder;
    this.#children = children;
    this.#store = store;
    this.#cluster = cluster;
  }

  get name(): string {
    return `site-${this.site}`;
  }

  /** One look, ten times a second. */
  async tend(stopping: boolean): Promise<void> {
    if (this.#fencing) return;
    const holder = this.#children.running(this.name);
    if (holder) {
      if (this.#state !== "on") this.#publish("on", "running");
      return;
    }
    if (this.#children.get(this.name)) {
      await this.#bury("its holder ended");
      return;
    }
    if (!stopping) this.#startIfDue();
  }

  /** SIGKILL to everything of the site, then seen gone: the only receipt that this switch gives. */
  async fence(epoch: Epoch): Promise<FenceReceipt | null> {
    const gone = await this.#bury(`fenced at epoch ${epoch}`);
    return gone ? { kind: "confirmed-dead", site: this.site, epoch, by: "supervisor" } : null;
  }

  async #bury(reason: string): Promise<boolean> {
    this.#fencing ??= this.#kill(reason).finally(() => {
      this.#fencing = null;
    });
    return this.#fencing;
  }

  async #kill(reason: string): Promise<boolean> {
    const group = this.#children.get(this.name)?.pid;
    const mark = `${this.#cluster}/${this.site}`;
    const everything = (): readonly number[] => [
      ...new Set([...(group === undefined ? [] : membersOf(group)), ...withEnvironment(SITE_MARK, mark)]),
    ];
    if (!(await killUntilGone(everything, KILL_BOUND_MS))) return false;
    if (group !== undefined) {
      this.#children.forget(this.name);
      this.#deaths = [...this.#deaths.slice(-9), Date.now()];
    }
    if (this.#state !== "off") this.#publish("off", reason);
    return true;
  }

  #startIfDue(): void {
    const last = this.#deaths[this.#deaths.length - 1];
    const sinceMs = last === undefined ? Number.POSITIVE_INFINITY : Math.abs(Date.now() - last);
    if (sinceMs < OFF_AT_LEAST_MS || backoff(this.#deaths, Date.now()).waitMs > 0) return;
    if (!existsSync(join(this.#folder, "identity"))) {
      if (this.#state !== "unreachable") this.#publish("unreachable", `${this.#folder} cannot be reached`);
      return;
    }
    mkdirSync(join(this.#folder, "logs"), { recursive: true });
    this.#children.start({
      name: this.name,
      args: ["internal", "holder", this.#folder],
      cwd: this.#folder,
      log: null,
      env: { [SITE_MARK]: `${this.#cluster}/${this.site}` },
    });
  }

  /** Only the newest state matters; it is written as often as it takes. */
  #publish(state: PowerRecord["state"], reason: string): void {
    const child = this.#children.get(this.name);
    this.#state = state;
    this.#record = { state, group: child?.pid ?? 0, incarnation: child?.incarnation ?? "", at: Date.now(), reason };
    const record = this.#record;
    this.#publishing = this.#publishing.then(async () => {
      while (this.#record === record) {
        const current = await this.#store.get(KEYS.power(this.site));
        if (current.ok && (await this.#store.put(KEYS.power(this.site), record, current.value.version)).kind === "ok")
          return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
  }
}
