import type { IncomingHttpHeaders } from "node:http";
import { earn, fullBudget, type RetryBudget, spend } from "../control/balancing/index.ts";
import type { RouteIntent } from "../domain/index.ts";
import type { Backend, Backends } from "./backends.ts";
import { type Exchange, exchange, type Sink } from "./exchange.ts";
import { toClient } from "./headers.ts";
import { type Incoming, refuse } from "./incoming.ts";
import type { Metrics } from "./metrics.ts";
import type { WaitingRoom } from "./waiting-room.ts";

const MAX_TRIES = 6;
const WAIT_MS = 10_000;
/** What another instance may better. */
export const WORTH_ANOTHER_TRY = new Set([502, 503, 504]);

export type ReadPathDeps = {
  readonly backends: Backends;
  readonly room: WaitingRoom;
  readonly metrics: Metrics;
  readonly route: () => RouteIntent | null;
};

/** Requests that change nothing: to any good instance, the answer streamed through; repeated elsewhere while nothing was sent. */
export class ReadPath {
  readonly #deps: ReadPathDeps;
  #budget: RetryBudget = fullBudget;

  constructor(deps: ReadPathDeps) {
    this.#deps = deps;
  }

  async serve(incoming: Incoming): Promise<void> {
    const { backends, room, metrics, route } = this.#deps;
    const mayRepeat = incoming.classification.idempotent && incoming.repeatable;
    const tried = new Set<string>();
    this.#budget = earn(this.#budget);
    let last: Exchange | null = null;
    for (let tries = 0; tries < MAX_TRIES && !incoming.isGone(); ) {
      const backend =
        backends.choose(route(), null, tried) ?? (tried.size > 0 ? backends.choose(route(), null, new Set()) : null);
      if (!backend) {
        if (await room.wait(WAIT_MS - (performance.now() - incoming.startedMs))) continue;
        break;
      }
      tries += 1;
      const result = await this.#once(backend, incoming, mayRepeat);
      if (result.kind === "done") return;
      last = result;
      if ("started" in result && result.started) return this.#cutOff(incoming);
      if (incoming.isGone() || !this.#mayTryAgain(result, mayRepeat, incoming)) break;
      metrics.count("retries");
      tried.add(backend.endpoint.incarnation);
    }
    this.#fail(incoming, last);
  }

  async #once(backend: Backend, incoming: Incoming, mayRepeat: boolean): Promise<Exchange> {
    const { backends } = this.#deps;
    backends.started(backend);
    const result = await exchange(
      backend,
      incoming.outgoing,
      this.#sink(incoming, mayRepeat),
      mayRepeat,
      incoming.onGone,
    );
    backends.ended(backend, outcomeOf(result));
    return result;
  }

  #mayTryAgain(result: Exchange, mayRepeat: boolean, incoming: Incoming): boolean {
    // A connection that was refused never carried the request, so repeating it is always right.
    if (!(mayRepeat || (result.kind === "refused" && incoming.repeatable))) return false;
    const left = spend(this.#budget);
    if (!left) this.#deps.metrics.count("retry_budget_empty");
    this.#budget = left ?? this.#budget;
    return left !== null;
  }

  /** Streams to the client; a status that another instance may better is declined while repeating is possible. */
  #sink(incoming: Incoming, mayRepeat: boolean): Sink {
    const { response } = incoming;
    return {
      start: (status: number, headers: IncomingHttpHeaders) => {
        if (mayRepeat && WORTH_ANOTHER_TRY.has(status) && this.#budget.tokens >= 1) return false;
        response.writeHead(status, toClient(headers));
        response.flushHeaders();
        return true;
      },
      data: (chunk, resume) => {
        if (response.write(chunk)) return true;
        response.once("drain", resume);
        return false;
      },
      end: () => {
        response.end();
      },
    };
  }

  /** Part of the answer is with the client already: nobody can repeat it; it is counted apart. */
  #cutOff(incoming: Incoming): void {
    if (!incoming.isGone()) this.#deps.metrics.count("cut_off");
    incoming.response.destroy();
  }

  #fail(incoming: Incoming, last: Exchange | null): void {
    if (incoming.isGone()) return;
    this.#deps.metrics.count("failed");
    if (last?.kind === "declined") {
      refuse(incoming.response, last.status, "upstream", `every instance that was tried answered ${last.status}`);
    } else if (last && "message" in last) {
      refuse(incoming.response, 502, "upstream", last.message);
    } else {
      refuse(incoming.response, 503, "no-instance", "no instance is in rotation", { "retry-after": "1" });
    }
  }
}

/** A status of 502 and above without the application's doing says something about the instance. */
export function outcomeOf(result: Exchange): "ok" | "bad-status" | "broken" | "abandoned" {
  if (result.kind === "done" || result.kind === "declined")
    return WORTH_ANOTHER_TRY.has(result.status) ? "bad-status" : "ok";
  return result.kind === "abandoned" ? "abandoned" : "broken";
}
