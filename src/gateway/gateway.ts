import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { classify } from "../control/balancing/index.ts";
import {
  type Desired,
  type GatewayRecord,
  KEYS,
  type PeerAddress,
  type PowerRecord,
  type RouteIntent,
  type SiteRecord,
} from "../domain/index.ts";
import type { LinkHandler } from "../link/index.ts";
import type { Store } from "../ports/index.ts";
import { Mirror, TIMING } from "../register/index.ts";
import { Backends } from "./backends.ts";
import { EpochLease } from "./epoch-lease.ts";
import { receive, refuse } from "./incoming.ts";
import { Metrics } from "./metrics.ts";
import { Prober } from "./prober.ts";
import { ReadPath } from "./read-path.ts";
import { WaitingRoom } from "./waiting-room.ts";
import { WritePath } from "./write-path.ts";

const WAITING_LIMIT = 2_000;
const REPORT_MS = 500;
const REPORT_SOON_MS = 20;

export type GatewayDeps = {
  readonly id: string;
  readonly incarnation: string;
  readonly address: PeerAddress;
  readonly store: Store;
  /** Posts to a site's agent; null: no answer. */
  readonly askAgent: (
    site: string,
    at: PeerAddress,
    path: string,
    json: unknown,
    timeoutMs: number,
  ) => Promise<{ status: number; json: unknown } | null>;
  readonly log: (text: string) => void;
};

const BARRIER_MS = 10_000;
const AGREE_MS = 500;

/** One gateway process: the data path between clients and instances. */
export class Gateway {
  readonly #deps: GatewayDeps;
  readonly #mirror: Mirror;
  readonly #backends: Backends;
  readonly #room = new WaitingRoom(WAITING_LIMIT);
  readonly #metrics = new Metrics();
  readonly #lease: EpochLease;
  readonly #prober: Prober;
  readonly #reads: ReadPath;
  readonly #writes: WritePath;
  #route: RouteIntent | null = null;
  #desired: Desired | null = null;
  #server: Server | null = null;
  #recordVersion = 0;
  #reporting = false;
  #stopping = false;
  #active = 0;

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    this.#mirror = new Mirror(deps.store);
    this.#backends = new Backends(() => this.#room.changed());
    this.#prober = new Prober(this.#backends);
    this.#lease = new EpochLease(
      deps.store,
      (writer, epoch) => this.#allAgree(writer, epoch),
      (route) => this.#takeRoute(route),
    );
    const shared = { backends: this.#backends, room: this.#room, metrics: this.#metrics, route: () => this.#route };
    this.#reads = new ReadPath(shared);
    this.#writes = new WritePath({
      ...shared,
      lease: this.#lease,
      barrier: (site, epoch) => this.#barrier(site, epoch),
    });
  }

  async run(): Promise<void> {
    await this.#mirror.start();
    // Registered before the first lease: from here on no change of writer counts as known without us.
    while (!(await this.#report())) await wait(100);
    this.#mirror.onChange((keys) => {
      if (keys.some((key) => !key.startsWith("beat/") && !key.startsWith("gateway/"))) this.#update();
    });
    this.#update();
    const renewing = setInterval(() => void this.#lease.renew().then(() => this.#room.changed()), TIMING.gatewayRenew);
    await this.#lease.renew();
    const reporting = setInterval(() => void this.#report(), REPORT_MS);
    while (!this.#stopping) await wait(TIMING.tick);
    clearInterval(renewing);
    clearInterval(reporting);
  }

  /** Takes no new connections, finishes what is under way, and signs off. */
  async shutDown(): Promise<void> {
    const drainMs = this.#desired?.application.service.drainTimeoutMs ?? 0;
    const closed = new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
    this.#server?.closeIdleConnections();
    const end = performance.now() + drainMs;
    while (this.#active > 0 && performance.now() < end) await wait(20);
    this.#server?.closeAllConnections();
    await closed;
    this.#stopping = true;
    this.#prober.stop();
    this.#mirror.close();
    await this.#deps.store.delete(KEYS.gateway(this.#deps.id), this.#recordVersion);
    await this.#backends.close();
  }

  readonly handle: LinkHandler = (request) => {
    if (request.path === "/v1/alive") return { status: 200, json: {} };
    if (request.path === "/v1/metrics") {
      const endpoints = this.#backends.all().map(({ endpoint, draining }) => ({ ...endpoint, draining }));
      return {
        status: 200,
        json: {
          ...this.#metrics.read(),
          endpoints,
          leaseRemainingMs: this.#lease.remainingMs,
          waiting: this.#room.size,
          route: this.#route,
        },
      };
    }
    return { status: 404, json: { error: "no such path" } };
  };

  #update(): void {
    const desired = this.#mirror.value<Desired>(KEYS.desired);
    if (!desired) return;
    const route = this.#mirror.value<RouteIntent>(KEYS.route);
    if (route) this.#takeRoute(route);
    this.#backends.update(desired, this.#mirror.below<SiteRecord>("site/"), this.#mirror.below<PowerRecord>("power/"));
    if (JSON.stringify(desired.application.service) !== JSON.stringify(this.#desired?.application.service)) {
      this.#prober.start(desired.application.service);
      this.#listen(desired);
    }
    this.#desired = desired;
    this.#prober.look();
    this.#reportSoon();
  }

  #takeRoute(route: RouteIntent): void {
    if (this.#route && route.number <= this.#route.number) return;
    this.#route = route;
    this.#room.changed();
    void this.#lease.renew().then(() => this.#room.changed());
    this.#reportSoon();
  }

  #listen(desired: Desired): void {
    const { host, port } = desired.application.service.listen;
    const current = this.#desired?.application.service.listen;
    if (this.#server && current?.host === host && current.port === port) return;
    this.#server?.close();
    const server = createServer(
      { keepAliveTimeout: 60_000, requestTimeout: 0 },
      (request, response) => void this.#serve(request, response),
    );
    server.on("clientError", (_error, socket) => socket.destroy());
    server.on("error", (error) => {
      this.#deps.log(`cannot listen on ${host}:${port}: ${error.message}`);
      process.exitCode = 1;
      setTimeout(() => process.exit(1), 100);
    });
    server.listen({ host, port, backlog: 1024, ...(process.platform === "linux" ? { reusePort: true } : {}) }, () =>
      this.#deps.log(`listening on ${host}:${port}`),
    );
    this.#server = server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { application } = this.#desired!;
    this.#active += 1;
    try {
      response.setHeader("x-holdfast-gateway", this.#deps.id);
      const declared = classify(application.service.routes, request.method ?? "GET", request.url ?? "/");
      // Without data there is nothing that a second writer could break.
      const classification = application.data.length === 0 ? { ...declared, effect: "read" as const } : declared;
      const incoming = await receive(request, response, classification);
      if (!incoming) return;
      this.#metrics.count(classification.effect === "write" ? "writes" : "reads");
      await (classification.effect === "write" ? this.#writes : this.#reads).serve(incoming);
      this.#metrics.took(performance.now() - incoming.startedMs);
    } catch (error) {
      this.#deps.log(`request failed: ${String(error instanceof Error ? error.stack : error)}`);
      refuse(response, 500, "gateway", "the gateway failed on this request");
    } finally {
      this.#active -= 1;
    }
  }

  async #barrier(site: string, epoch: number): Promise<boolean> {
    if (!this.#desired?.application.data.some((data) => data.replication === "barrier")) return true;
    const record = this.#mirror.value<SiteRecord>(KEYS.site(site));
    if (!record) return false;
    const startedMs = performance.now();
    const answer = await this.#deps.askAgent(site, record.agent, "/v1/barrier", { epoch }, BARRIER_MS);
    this.#metrics.count("barriers");
    this.#metrics.count("barrier_seconds", (performance.now() - startedMs) / 1000);
    return answer?.status === 200;
  }

  async #allAgree(writer: string, epoch: number): Promise<boolean> {
    const sites = this.#mirror.below<SiteRecord>("site/");
    const names = this.#desired?.application.sites.map((site) => site.name) ?? [];
    const answers = await Promise.all(
      names.map(async (name) => {
        const record = sites[name];
        if (!record) return false;
        const answer = await this.#deps.askAgent(name, record.agent, "/v1/agree", { writer, epoch }, AGREE_MS);
        return (answer?.json as { agrees?: boolean } | undefined)?.agrees === true;
      }),
    );
    return answers.length > 0 && answers.every((agreed) => agreed);
  }

  #soon = false;

  #reportSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    setTimeout(
      () => {
        this.#soon = false;
        void this.#report();
      },
      this.#route?.mode === "serve" ? REPORT_SOON_MS : 1,
    );
  }

  /** A drain is confirmed when no write is under way any more; everything else as soon as it is taken over. */
  #confirmed(): number {
    if (!this.#route) return 0;
    return this.#route.mode === "drain" && this.#writes.inFlight > 0 ? this.#route.number - 1 : this.#route.number;
  }

  async #report(): Promise<boolean> {
    if (this.#reporting || this.#stopping) return false;
    this.#reporting = true;
    const draining = this.#backends.all().filter((backend) => backend.draining);
    const record: GatewayRecord = {
      id: this.#deps.id,
      incarnation: this.#deps.incarnation,
      pid: process.pid,
      address: this.#deps.address,
      confirmed: this.#confirmed(),
      inFlight: this.#backends.inFlightBySite(),
      busy: draining.filter((backend) => backend.endpoint.inFlight > 0).map((backend) => backend.endpoint.incarnation),
      drained: draining.map((backend) => backend.endpoint.incarnation),
      at: Date.now(),
    };
    const key = KEYS.gateway(this.#deps.id);
    if (this.#recordVersion === 0) {
      const current = await this.#deps.store.get(key);
      if (current.ok) this.#recordVersion = current.value.version;
    }
    const result = await this.#deps.store.put(key, record, this.#recordVersion);
    this.#recordVersion = result.kind === "ok" ? result.version : 0;
    this.#reporting = false;
    // What changed while we wrote is written at once: a failover may be waiting for it.
    if (result.kind === "ok" && this.#route && this.#confirmed() > record.confirmed) this.#reportSoon();
    return result.kind === "ok";
  }
}
