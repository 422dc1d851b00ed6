import { KEYS, type RouteIntent } from "../domain/index.ts";
import type { Store } from "../ports/index.ts";
import { monotonicMs, TIMING } from "../register/index.ts";

/** The gateway's right to pass on writes: a fresh look at the route, timed from when it was sent. */
export class EpochLease {
  readonly #store: Store;
  readonly #allAgree: (writer: string, epoch: number) => Promise<boolean>;
  readonly #onRoute: (route: RouteIntent) => void;
  #number = -1;
  #deadlineMs = 0;
  #known: RouteIntent | null = null;

  constructor(
    store: Store,
    allAgree: (writer: string, epoch: number) => Promise<boolean>,
    onRoute: (route: RouteIntent) => void,
  ) {
    this.#store = store;
    this.#allAgree = allAgree;
    this.#onRoute = onRoute;
  }

  /** Valid right now for this route; asked in the same turn in which an answer is passed on (safety rule 6). */
  covers(route: RouteIntent): boolean {
    return this.#number === route.number && monotonicMs() < this.#deadlineMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#deadlineMs - monotonicMs());
  }

  async renew(): Promise<void> {
    const sentMs = monotonicMs();
    const current = await this.#store.get(KEYS.route);
    if (current.ok) {
      const route = current.value.value as RouteIntent | null;
      if (!route) return;
      this.#known = route;
      this.#number = route.number;
      this.#deadlineMs = sentMs + TIMING.gatewayLease;
      this.#onRoute(route);
      return;
    }
    const { writer, epoch } = this.#known ?? { writer: null, epoch: 0 };
    if (writer === null || this.#known?.mode !== "serve") return;
    // The Store is lost: only if every site agrees does anything go on (safety rule 8).
    if (await this.#allAgree(writer, epoch)) this.#deadlineMs = sentMs + TIMING.gatewayLease;
  }
}
