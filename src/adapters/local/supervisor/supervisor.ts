import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { backoff } from "../../../control/reconcile/index.ts";
import { type Desired, type Epoch, KEYS } from "../../../domain/index.ts";
import {
  type LinkClient,
  type LinkRequest,
  type LinkResponse,
  linkClient,
  readIdentity,
  serveLink,
} from "../../../link/index.ts";
import type { Store } from "../../../ports/index.ts";
import { replaceJson } from "../durable.ts";
import { addresses, agentPeer, type Cluster, gatewayPeer, layout, readCluster, SUPERVISOR_PEER } from "../layout.ts";
import { isRunning, killUntilGone, type ProcessId, signal, withEnvironment } from "../processes.ts";
import { rotateInPlace } from "../rotating-log.ts";
import { Children, STATE_MARK } from "./children.ts";
import { HealthWatch } from "./health.ts";
import { provisionSite } from "./provision.ts";
import { SitePower } from "./site-power.ts";

const TICK_MS = 100;
const LOGS_EVERY_TICKS = 100;
const GRACE_MS = 15_000;
const BLOB = /^\/v1\/blobs\/([0-9a-f]{64})$/;

/** Only where the kernel spreads connections over sockets that share a port can more than one gateway share it. */
export const gatewayCount = (wanted: number): number => (process.platform === "linux" ? wanted : 1);

/** The holder of a site, by its name among the children. */
const SITE_CHILD = /^site-(.+)$/;

type Outside = { readonly name: string; readonly args: readonly string[]; readonly watch: HealthWatch | null };

/** Keeps every process of one application alive, holds the power switches of the sites, and serves artifacts. Outside all sites. */
export class Supervisor {
  readonly #state: string;
  #cluster: Cluster;
  readonly #children: Children;
  readonly #link: LinkClient;
  readonly #store: Store;
  readonly #sites = new Map<string, SitePower>();
  readonly #outside = new Map<string, Outside>();
  readonly #deaths = new Map<string, number[]>();
  #desired: Desired | null = null;
  #stopping = false;
  #done: () => void = () => {};

  constructor(
    state: string,
    entry: string,
    makeStore: (link: LinkClient, at: { host: string; port: number }) => Store,
  ) {
    this.#state = state;
    this.#cluster = readCluster(state)!;
    const at = addresses(this.#cluster);
    this.#children = new Children(layout(state).processes, this.#cluster.id, entry);
    this.#link = linkClient(readIdentity(layout(state).identity("supervisor"), SUPERVISOR_PEER));
    this.#store = makeStore(this.#link, at.store);
    mkdirSync(layout(state).logs, { recursive: true });
    this.#keep("store", new HealthWatch("store", at.store, "store.holdfast"));
    this.#keep("api", null);
    for (const site of this.#cluster.provisioned) this.#addSite(site);
  }

  /** Runs until `down`. */
  async run(): Promise<void> {
    const identity = readIdentity(layout(this.#state).identity("supervisor"), SUPERVISOR_PEER);
    const server = await serveLink(identity, addresses(this.#cluster).supervisor, this.#handle);
    const ended = new Promise<void>((resolve) => {
      this.#done = resolve;
    });
    void this.#followDesired();
    void this.#tendForever();
    await ended;
    await server.close();
    this.#link.close();
  }

  #keep(name: string, watch: HealthWatch | null): void {
    this.#outside.set(name, { name, args: ["internal", ...name.split("-", 1), this.#state, name], watch });
  }

  #addSite(site: string): void {
    if (!this.#sites.has(site)) this.#sites.set(site, this.#powerOf(site));
  }

  async #followDesired(): Promise<void> {
    let since = 0;
    while (!this.#stopping) {
      const changes = await this.#store.changes(KEYS.desired, since, 5_000);
      if (!changes.ok) {
        await wait(200);
        continue;
      }
      since = changes.value.revision;
      const newest = changes.value.entries.find((entry) => entry.key === KEYS.desired && entry.value !== null);
      if (newest) await this.#adopt(newest.value as Desired);
    }
  }

  async #adopt(desired: Desired): Promise<void> {
    this.#desired = desired;
    for (let number = 0; number < gatewayCount(desired.application.service.gateways); number++) {
      const name = `gateway-${number}`;
      if (!this.#outside.has(name)) {
        this.#keep(name, new HealthWatch(name, addresses(this.#cluster).gateway(number), gatewayPeer(name)));
      }
    }
    for (const { name } of desired.application.sites) {
      if (!this.#cluster.provisioned.includes(name)) {
        await provisionSite(this.#state, this.#cluster, name, agentPeer(name));
        this.#cluster = { ...this.#cluster, provisioned: [...this.#cluster.provisioned, name] };
        replaceJson(layout(this.#state).cluster, this.#cluster);
      }
      this.#addSite(name);
    }
    await this.#retireSites(desired.application.sites.map((site) => site.name));
  }

  /** Stops what runs of sites that are not wanted any more, also what an earlier supervisor left. Their folders stay. */
  async #retireSites(wanted: readonly string[]): Promise<void> {
    const running = this.#children.names().flatMap((name) => SITE_CHILD.exec(name)?.[1] ?? []);
    const unwanted = [...new Set([...this.#sites.keys(), ...running])].filter((site) => !wanted.includes(site));
    for (const site of unwanted) {
      const power = this.#powerOf(site);
      this.#sites.delete(site);
      this.#cluster = { ...this.#cluster, provisioned: this.#cluster.provisioned.filter((name) => name !== site) };
      replaceJson(layout(this.#state).cluster, this.#cluster);
      await this.#end([power.name], GRACE_MS);
      await power.tend(true);
    }
  }

  /** Also of a site that is not wanted any more: whoever asks for its end gets a receipt. */
  #powerOf(site: string): SitePower {
    const folder = layout(this.#state).site(site);
    return this.#sites.get(site) ?? new SitePower(site, folder, this.#children, this.#store, this.#cluster.id);
  }

  async #tendForever(): Promise<void> {
    for (let tick = 0; !this.#stopping; tick++) {
      if (tick % LOGS_EVERY_TICKS === 0) this.#rotateLogs();
      for (const outside of this.#outside.values()) this.#tend(outside);
      await Promise.all([...this.#sites.values()].map((site) => site.tend(this.#stopping)));
      await wait(TICK_MS);
    }
  }

  #rotateLogs(): void {
    for (const name of ["supervisor", ...this.#outside.keys()]) {
      try {
        rotateInPlace(join(layout(this.#state).logs, `${name}.log`));
      } catch {
        // A full disk: it is tried again later.
      }
    }
  }

  #tend(outside: Outside): void {
    outside.watch?.look(this.#children, this.#link, performance.now());
    if (this.#children.running(outside.name)) return;
    const deaths = this.#deaths.get(outside.name) ?? [];
    if (this.#children.get(outside.name)) {
      this.#children.forget(outside.name);
      this.#deaths.set(outside.name, [...deaths.slice(-9), Date.now()]);
    }
    if (backoff(this.#deaths.get(outside.name) ?? [], Date.now()).waitMs > 0) return;
    const log = join(layout(this.#state).logs, `${outside.name}.log`);
    this.#children.start({ name: outside.name, args: outside.args, cwd: this.#state, log, env: {} });
  }

  readonly #handle = async (request: LinkRequest): Promise<LinkResponse> => {
    const blob = BLOB.exec(request.path);
    if (blob) return { status: 200, file: join(layout(this.#state).artifacts, "blobs", "sha256", blob[1]!) };
    const body = request.body.length > 0 ? (JSON.parse(request.body.toString("utf8")) as Record<string, unknown>) : {};
    if (request.method === "POST" && request.path === "/v1/fence") {
      const receipt = await this.#powerOf(String(body["site"])).fence(body["epoch"] as Epoch);
      return { status: 200, json: { receipt } };
    }
    if (request.method === "POST" && request.path === "/v1/down") return this.#down();
    if (request.path === "/v1/processes") {
      return {
        status: 200,
        json: Object.fromEntries(this.#children.names().map((name) => [name, this.#children.running(name)])),
      };
    }
    return { status: 404, json: { error: "no such path" } };
  };

  /** Gateways first, so that nobody is sent to what is being stopped; then the sites; the store last. */
  async #down(): Promise<LinkResponse> {
    this.#stopping = true;
    const graceMs = (this.#desired?.application.service.drainTimeoutMs ?? 0) + GRACE_MS;
    await this.#end(
      [...this.#outside.keys()].filter((name) => name.startsWith("gateway-")),
      graceMs,
    );
    await this.#end(
      [...this.#sites.values()].map((site) => site.name),
      graceMs,
    );
    await Promise.all([...this.#sites.values()].map((site) => site.tend(true)));
    await this.#end(["api"], 2_000);
    await this.#end(["store"], 2_000);
    const left = (): readonly number[] => withEnvironment(STATE_MARK, this.#cluster.id);
    const clean = await killUntilGone(left, GRACE_MS);
    for (const name of this.#children.names()) this.#children.forget(name);
    setTimeout(this.#done, 50);
    return { status: 200, json: { clean, left: left(), pid: process.pid } };
  }

  async #end(names: readonly string[], graceMs: number): Promise<void> {
    const running = names.map((name) => this.#children.running(name)).filter((child) => child !== null);
    for (const child of running) signal(child, "SIGTERM");
    await gone(running, graceMs);
    for (const child of running) signal(child, "SIGKILL");
    await gone(running, GRACE_MS);
  }
}

async function gone(ids: readonly ProcessId[], boundMs: number): Promise<void> {
  const end = performance.now() + boundMs;
  while (ids.some((id) => isRunning(id)) && performance.now() < end) await wait(20);
}
