import type { PeerAddress } from "../../../domain/index.ts";
import type { LinkClient } from "../../../link/index.ts";
import { signal } from "../processes.ts";
import type { Children } from "./children.ts";

const EVERY_MS = 250;
/** A process that answers nothing for this long is hung: stopped, or stuck in a loop. */
const HUNG_MS = 1_200;
/** ... and it may take this long to answer for the first time. */
const START_MS = 15_000;

/** Asks one process for a sign of life, and kills it when it hangs; it is started again as after any death. */
export class HealthWatch {
  readonly #name: string;
  readonly #at: PeerAddress;
  readonly #peer: string;
  #incarnation = "";
  #lastAnswerMs = 0;
  #answered = false;
  #asking = false;
  #nextMs = 0;

  constructor(name: string, at: PeerAddress, peer: string) {
    this.#name = name;
    this.#at = at;
    this.#peer = peer;
  }

  look(children: Children, link: LinkClient, nowMs: number): void {
    const child = children.running(this.#name);
    if (!child) return;
    if (child.incarnation !== this.#incarnation) {
      this.#incarnation = child.incarnation;
      this.#answered = false;
      this.#lastAnswerMs = nowMs;
    }
    if (nowMs - this.#lastAnswerMs > (this.#answered ? HUNG_MS : START_MS)) {
      signal(child, "SIGKILL");
      return;
    }
    if (this.#asking || nowMs < this.#nextMs) return;
    this.#asking = true;
    this.#nextMs = nowMs + EVERY_MS;
    void link
      .call({ to: this.#at, peer: this.#peer, method: "GET", path: "/v1/alive", timeoutMs: HUNG_MS })
      .then((answer) => {
        this.#asking = false;
        if (!answer.ok || this.#incarnation !== child.incarnation) return;
        this.#answered = true;
        this.#lastAnswerMs = performance.now();
      });
  }
}
