import { Agent, get } from "node:http";
import type { Health, InstanceState } from "../domain/index.ts";
import type { RunningInstance } from "../ports/index.ts";

/** An instance that was ready and answers no probe for this many time-outs is hung and is replaced. */
const HUNG_TIMEOUTS = 8;
const HUNG_AT_LEAST_MS = 3_000;

type Probed = {
  state: Extract<InstanceState, "starting" | "ready" | "unready">;
  readonly startedMs: number;
  lastAnswerMs: number;
  wasReady: boolean;
  busy: boolean;
};

/** Asks each instance whether it is ready. */
export class Prober {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  readonly #probed = new Map<string, Probed>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  stateOf(incarnation: string): "starting" | "ready" | "unready" {
    return this.#probed.get(incarnation)?.state ?? "starting";
  }

  /** Starts a probe of each instance that has none under way; forgets the others. */
  look(instances: readonly RunningInstance[], health: Health): void {
    const present = new Set(instances.map((instance) => instance.spec.incarnation));
    for (const incarnation of this.#probed.keys()) if (!present.has(incarnation)) this.#probed.delete(incarnation);
    for (const instance of instances) void this.#probe(instance, health);
  }

  /** Why the instance must be replaced; null: it need not. */
  verdict(incarnation: string, health: Health): string | null {
    const probed = this.#probed.get(incarnation);
    if (!probed) return null;
    const now = performance.now();
    if (!probed.wasReady && now - probed.startedMs > health.startTimeoutMs) {
      return `not ready within ${health.startTimeoutMs} ms`;
    }
    const hungMs = Math.max(HUNG_AT_LEAST_MS, HUNG_TIMEOUTS * health.timeoutMs);
    return probed.wasReady && now - probed.lastAnswerMs > hungMs ? `no answer to any probe for ${hungMs} ms` : null;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #probe(instance: RunningInstance, health: Health): Promise<void> {
    const { incarnation } = instance.spec;
    const now = performance.now();
    const probed = this.#probed.get(incarnation) ?? {
      state: "starting" as const,
      startedMs: now,
      lastAnswerMs: now,
      wasReady: false,
      busy: false,
    };
    this.#probed.set(incarnation, probed);
    if (probed.busy) return;
    probed.busy = true;
    const status = await this.#ask(instance, health);
    probed.busy = false;
    if (status !== null) probed.lastAnswerMs = performance.now();
    const ready = status !== null && status >= 200 && status < 300;
    const state = ready ? "ready" : probed.wasReady ? "unready" : "starting";
    probed.wasReady ||= ready;
    if (state === probed.state) return;
    probed.state = state;
    this.#onChange();
  }

  #ask(instance: RunningInstance, health: Health): Promise<number | null> {
    return new Promise((resolve) => {
      const request = get(
        { agent: this.#agent, host: instance.host, port: instance.port, path: health.ready },
        (response) => {
          response.resume();
          response.on("end", () => resolve(response.statusCode ?? null));
          response.on("error", () => resolve(null));
        },
      );
      request.setTimeout(health.timeoutMs, () => request.destroy());
      request.on("error", () => resolve(null));
      request.on("close", () => resolve(null));
    });
  }
}
