import { Pool } from "undici";
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  candidatesFor,
  chooseOfTwo,
  type Endpoint,
  inRotation,
  newEndpoint,
} from "../control/balancing/index.ts";
import type { Desired, PowerRecord, RouteIntent, SiteRecord } from "../domain/index.ts";

const CONNECTIONS = 256;
const CONNECT_MS = 1_000;
/** Longest silence of an instance in the middle of an answer, or before it. Hung ones are found by probes long before. */
const SILENCE_MS = 300_000;

export type Backend = {
  endpoint: Endpoint;
  readonly pool: Pool;
  /** Takes requests that can be repeated away from an instance that stopped answering. */
  readonly abandon: Set<(reason: string) => void>;
  draining: boolean;
  /** Bound to the lease of its site; an instance that is not yet gets no writes. */
  writes: boolean;
};

const keyOf = (incarnation: string, host: string, port: number): string => `${incarnation}@${host}:${port}`;

/** The instances that this gateway knows, with what it learnt about each. */
export class Backends {
  readonly #backends = new Map<string, Backend>();
  readonly #onChange: () => void;
  #golden = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  all(): readonly Backend[] {
    return [...this.#backends.values()];
  }

  /** Takes over what the sites report. A site whose power is seen off is gone at once. */
  update(
    desired: Desired,
    sites: Readonly<Record<string, SiteRecord>>,
    power: Readonly<Record<string, PowerRecord>>,
  ): void {
    this.#golden = desired.application.service.golden.length > 0;
    const present = new Set<string>();
    for (const site of Object.values(sites)) {
      if ((power[site.site]?.state ?? "on") !== "on") continue;
      for (const instance of site.instances) {
        if (instance.state === "starting") continue;
        const key = keyOf(instance.incarnation, instance.host, instance.port);
        present.add(key);
        const backend = this.#backends.get(key) ?? this.#add(key, site.site, instance);
        backend.draining = instance.state === "draining";
        backend.writes = instance.writes;
      }
    }
    for (const [key, backend] of this.#backends) if (!present.has(key)) this.#remove(key, backend);
    this.#onChange();
  }

  #add(key: string, site: string, at: { incarnation: string; host: string; port: number }): Backend {
    const pool = new Pool(`http://${at.host}:${at.port}`, {
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: CONNECT_MS },
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS,
      keepAliveTimeout: 4_000,
    });
    const { incarnation, host, port } = at;
    const endpoint = newEndpoint({ incarnation, site, host, port, golden: this.#golden ? "unknown" : "ok" });
    const backend: Backend = { endpoint, pool, abandon: new Set(), draining: false, writes: false };
    this.#backends.set(key, backend);
    return backend;
  }

  #remove(key: string, backend: Backend): void {
    this.#backends.delete(key);
    this.#giveUp(backend, "the instance is gone");
    void backend.pool.destroy().catch(() => {});
  }

  #giveUp(backend: Backend, reason: string): void {
    for (const abandon of [...backend.abandon]) abandon(reason);
  }

  /** The better of two random instances that may take this request; null: none. `only`: the writing site. */
  choose(route: RouteIntent | null, only: string | null, avoid: ReadonlySet<string>): Backend | null {
    const mayTake = (backend: Backend): boolean =>
      !backend.draining && (only === null || (backend.writes && backend.endpoint.site === only));
    const open = this.all().filter(mayTake);
    const endpoints = open.map((backend) => backend.endpoint);
    const weights = only === null ? (route?.weights ?? {}) : { [only]: 1 };
    const candidates = candidatesFor(endpoints, weights, avoid, performance.now());
    const chosen = chooseOfTwo(candidates, [Math.random(), Math.random()]);
    return open.find((backend) => backend.endpoint === chosen) ?? null;
  }

  started(backend: Backend): void {
    backend.endpoint = { ...backend.endpoint, inFlight: backend.endpoint.inFlight + 1 };
  }

  ended(backend: Backend, outcome: "ok" | "bad-status" | "broken" | "abandoned"): void {
    const endpoint = { ...backend.endpoint, inFlight: backend.endpoint.inFlight - 1 };
    if (outcome === "ok") backend.endpoint = afterSuccess(endpoint);
    else if (outcome === "abandoned") backend.endpoint = endpoint;
    else backend.endpoint = afterFailure(endpoint, performance.now(), outcome === "broken");
  }

  probed(backend: Backend, healthy: boolean): void {
    const before = inRotation(backend.endpoint, performance.now());
    backend.endpoint = afterProbe(backend.endpoint, healthy);
    if (!healthy) this.#giveUp(backend, "the instance stopped answering");
    if (!before && inRotation(backend.endpoint, performance.now())) this.#onChange();
  }

  asked(backend: Backend, golden: Endpoint["golden"]): void {
    const before = backend.endpoint.golden;
    backend.endpoint = { ...backend.endpoint, golden };
    if (before !== golden) this.#onChange();
  }

  inFlightBySite(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const { endpoint } of this.all()) sums[endpoint.site] = (sums[endpoint.site] ?? 0) + endpoint.inFlight;
    return sums;
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((backend) => backend.pool.destroy().catch(() => {})));
  }
}
