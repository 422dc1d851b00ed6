import type { IncomingHttpHeaders } from "node:http";
import type { RouteIntent } from "../domain/index.ts";
import type { Backend, Backends } from "./backends.ts";
import type { EpochLease } from "./epoch-lease.ts";
import { exchange, type Sink } from "./exchange.ts";
import { toClient } from "./headers.ts";
import { type Incoming, refuse } from "./incoming.ts";
import type { Metrics } from "./metrics.ts";
import { outcomeOf, WORTH_ANOTHER_TRY } from "./read-path.ts";
import type { WaitingRoom } from "./waiting-room.ts";

/** A write waits at most this long for a writing site. */
const WAIT_MS = 30_000;
/** The answer to a write is held until the write is safe, so it must fit into memory. */
const ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_TRIES = 40;
const TRIES_OF_A_BAD_STATUS = 5;
const TRY_AGAIN_MS = 50;

export type WritePathDeps = {
  readonly backends: Backends;
  readonly room: WaitingRoom;
  readonly metrics: Metrics;
  readonly lease: EpochLease;
  readonly route: () => RouteIntent | null;
  /** Asks the writing site to have the data behind a write with the standbys; true: it is. Without barrier always true. */
  readonly barrier: (site: string, epoch: number) => Promise<boolean>;
};

type Answer = { status: number; headers: IncomingHttpHeaders; readonly chunks: Buffer[]; bytes: number };

/** Requests that change something: only to the writing site, only under a valid epoch, and acknowledged only when safe. */
export class WritePath {
  readonly #deps: WritePathDeps;
  #inFlight = 0;

  constructor(deps: WritePathDeps) {
    this.#deps = deps;
  }

  /** Writes that went to an instance and are not answered yet; a drain waits for none. */
  get inFlight(): number {
    return this.#inFlight;
  }

  async serve(incoming: Incoming): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES && !incoming.isGone(); ) {
      const target = this.#target();
      if (!target) {
        if (await this.#deps.room.wait(WAIT_MS - (performance.now() - incoming.startedMs))) continue;
        this.#deps.metrics.count("writes_refused");
        return refuse(incoming.response, 503, "no-writer", "no site may write at the moment; nothing was done", {
          "retry-after": "2",
        });
      }
      tries += 1;
      this.#inFlight += 1;
      const verdict = await this.#once(target.backend, target.route, incoming, tries).finally(() => {
        this.#inFlight -= 1;
        this.#deps.room.changed();
      });
      if (verdict === "answered" || incoming.isGone()) return;
      const repeat = incoming.repeatable && (incoming.classification.idempotent || verdict === "not-seen");
      if (!repeat) return this.#unknown(incoming);
      this.#deps.metrics.count("write_retries");
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
    if (!incoming.isGone()) this.#unknown(incoming);
  }

  /** Looked up and used in the same turn. */
  #target(): { readonly backend: Backend; readonly route: RouteIntent } | null {
    const { backends, lease, route } = this.#deps;
    const current = route();
    if (current?.mode !== "serve" || current.writer === null || !lease.covers(current)) return null;
    const backend = backends.choose(current, current.writer, new Set());
    return backend ? { backend, route: current } : null;
  }

  async #once(
    backend: Backend,
    under: RouteIntent,
    incoming: Incoming,
    tries: number,
  ): Promise<"answered" | "unknown" | "not-seen"> {
    const { backends } = this.#deps;
    const mayRepeat = incoming.classification.idempotent && incoming.repeatable;
    const answer: Answer = { status: 0, headers: {}, chunks: [], bytes: 0 };
    backends.started(backend);
    const result = await exchange(backend, incoming.outgoing, bufferInto(answer), mayRepeat, () => {});
    backends.ended(backend, outcomeOf(result));
    if (result.kind === "refused") return "not-seen";
    if (this.#tooLarge(answer, incoming)) return "answered";
    if (result.kind !== "done") return "unknown";
    if (mayRepeat && tries < TRIES_OF_A_BAD_STATUS && WORTH_ANOTHER_TRY.has(answer.status)) return "unknown";
    // The application refused it: nothing to protect, and nothing is acknowledged.
    if (answer.status >= 400) return this.#pass(answer, incoming);
    if (!(await this.#deps.barrier(under.writer!, under.epoch))) return "unknown";
    if (!this.#mayAcknowledge(under)) return "unknown";
    // For clients and drills that want to see under which epoch a write was acknowledged.
    incoming.response.setHeader("x-holdfast-epoch", under.epoch);
    return this.#pass(answer, incoming);
  }

  /** The token goes to the place that commits: from here to the answer there is no await (safety rule 6). */
  #mayAcknowledge(under: RouteIntent): boolean {
    const now = this.#deps.route();
    return (
      now !== null &&
      now.epoch === under.epoch &&
      now.writer === under.writer &&
      now.mode !== "hold" &&
      this.#deps.lease.covers(now)
    );
  }

  #pass(answer: Answer, incoming: Incoming): "answered" {
    const { response } = incoming;
    if (response.destroyed) return "answered";
    response.writeHead(answer.status, toClient(answer.headers));
    response.end(Buffer.concat(answer.chunks));
    this.#deps.metrics.count(answer.status < 400 ? "writes_acknowledged" : "writes_rejected");
    return "answered";
  }

  #tooLarge(answer: Answer, incoming: Incoming): boolean {
    if (answer.bytes <= ANSWER_BYTES) return false;
    refuse(
      incoming.response,
      502,
      "answer-too-large",
      `the answer to a write has more than ${ANSWER_BYTES} bytes; declare the route as \`effect: read\` if it changes nothing`,
    );
    return true;
  }

  #unknown(incoming: Incoming): void {
    this.#deps.metrics.count("writes_unknown");
    refuse(
      incoming.response,
      504,
      "outcome-unknown",
      "the write may or may not have happened: the instance or its site was lost before it was safe; look, then repeat it",
    );
  }
}

const bufferInto = (answer: Answer): Sink => ({
  start: (status, headers) => {
    answer.status = status;
    answer.headers = headers;
    return true;
  },
  data: (chunk) => {
    answer.bytes += chunk.length;
    if (answer.bytes <= ANSWER_BYTES) answer.chunks.push(chunk);
    return true;
  },
  end: () => {},
});
