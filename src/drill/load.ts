import { randomUUID } from "node:crypto";
import { isRight } from "../control/balancing/index.ts";
import type { DrillWrites, GoldenRequest, RequestTemplate } from "../domain/index.ts";
import { type Sent, send, type Target, type ToSend } from "./request.ts";

/** `refused`: certainly not done. `unknown`: may be done. Times are wall clock, ms. */
export type Sample = {
  readonly kind: "read" | "write";
  readonly id: string;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly outcome: "ok" | "wrong" | "refused" | "unknown" | "cut-off";
  readonly detail: string;
};

export type LoadOptions = {
  readonly target: Target;
  readonly golden: readonly GoldenRequest[];
  readonly writes: DrillWrites | null;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
};

const TIMEOUT_MS = 35_000;
/** Requests under way at once; above it the load waits, and says so by its rate. */
const MAX_OPEN = 400;

/** Sends requests at a steady rate, whatever the answers do (an open loop: waiting clients would hide an outage). */
export class Load {
  readonly #options: LoadOptions;
  readonly samples: Sample[] = [];
  #timers: NodeJS.Timeout[] = [];
  readonly #open = new Set<Promise<void>>();
  #skipped = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Requests that were not sent because too many were open. */
  get skipped(): number {
    return this.#skipped;
  }

  start(): void {
    const { golden, writes, readsPerSecond, writesPerSecond } = this.#options;
    if (golden.length > 0) this.#every(1000 / readsPerSecond, (count) => this.#read(golden[count % golden.length]!));
    if (writes) this.#every(1000 / writesPerSecond, () => this.#write(writes.write));
  }

  /** Sends nothing more and waits for what is under way. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#open);
  }

  #every(intervalMs: number, work: (count: number) => Promise<void>): void {
    const startedMs = performance.now();
    let count = 0;
    const timer = setInterval(
      () => {
        // Catches up with the rate when the timer was late.
        while (startedMs + count * intervalMs <= performance.now()) {
          if (this.#open.size >= MAX_OPEN) this.#skipped += 1;
          else {
            const done = work(count).finally(() => this.#open.delete(done));
            this.#open.add(done);
          }
          count += 1;
        }
      },
      Math.max(1, intervalMs / 2),
    );
    this.#timers.push(timer);
  }

  async #read(golden: GoldenRequest): Promise<void> {
    const id = randomUUID();
    const sentAt = Date.now();
    const sent = await send(this.#options.target, toSend(golden, id), TIMEOUT_MS, true);
    const right = sent.status !== null && sent.status < 300 && isRight(golden.expect, sent.body);
    const outcome = sent.cutOff
      ? "cut-off"
      : right
        ? "ok"
        : sent.status !== null && sent.status < 300
          ? "wrong"
          : "refused";
    this.samples.push({ kind: "read", id, sentAt, endedAt: Date.now(), outcome, detail: describe(sent) });
  }

  async #write(template: RequestTemplate): Promise<void> {
    const id = randomUUID().slice(0, 18);
    const sentAt = Date.now();
    const sent = await send(this.#options.target, toSend(template, id), TIMEOUT_MS, true);
    this.samples.push({
      kind: "write",
      id,
      sentAt,
      endedAt: Date.now(),
      outcome: writeOutcome(sent),
      detail: describe(sent),
    });
  }
}

function writeOutcome(sent: Sent): Sample["outcome"] {
  if (sent.cutOff) return "cut-off";
  if (sent.status === null) return sent.error === "ECONNREFUSED" ? "refused" : "unknown";
  if (sent.status < 300) return "ok";
  // 503: nothing was done; 4xx: the application refused it. Everything else may have happened.
  return sent.status === 503 || sent.status < 500 ? "refused" : "unknown";
}

const describe = (sent: Sent): string => sent.error ?? `status ${sent.status}`;

/** Puts the id into path, headers and body. */
export function toSend(template: RequestTemplate, id: string): ToSend {
  const fill = (text: string): string => text.replaceAll("{id}", id);
  const raw = template.bodyBase64 === null ? null : Buffer.from(template.bodyBase64, "base64");
  const body = raw?.includes("{id}") ? Buffer.from(fill(raw.toString("utf8"))) : raw;
  const headers = Object.fromEntries(Object.entries(template.headers).map(([name, value]) => [name, fill(value)]));
  return { method: template.method, path: fill(template.path), headers, body };
}
