import { isRight } from "../control/balancing/index.ts";
import type { GoldenRequest, Health, Service } from "../domain/index.ts";
import type { Backend, Backends } from "./backends.ts";

const ANSWER_LIMIT = 1024 * 1024;
/** A wrong answer counts when it was given twice in a row. */
const WRONG_TWICE = 2;

type Looks = { probing: boolean; asking: boolean; nextGoldenMs: number; wrong: number };

/** Asks every instance whether it is ready, and now and then a question whose answer is known. */
export class Prober {
  readonly #backends: Backends;
  readonly #looks = new WeakMap<Backend, Looks>();
  #timer: NodeJS.Timeout | null = null;
  #service: Service | null = null;

  constructor(backends: Backends) {
    this.#backends = backends;
  }

  start(service: Service): void {
    this.#service = service;
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = setInterval(() => this.look(), service.health.intervalMs);
    this.look();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  look(): void {
    if (!this.#service) return;
    const now = performance.now();
    for (const backend of this.#backends.all()) {
      const looks = this.#looks.get(backend) ?? { probing: false, asking: false, nextGoldenMs: 0, wrong: 0 };
      this.#looks.set(backend, looks);
      if (!looks.probing) void this.#probe(backend, looks, this.#service.health);
      if (!looks.asking && now >= looks.nextGoldenMs && this.#service.golden.length > 0)
        void this.#ask(backend, looks, this.#service.golden);
    }
  }

  async #probe(backend: Backend, looks: Looks, health: Health): Promise<void> {
    looks.probing = true;
    const answer = await this.#request(backend, "GET", health.ready, {}, null, health.timeoutMs);
    looks.probing = false;
    this.#backends.probed(backend, answer !== null && answer.status < 300);
  }

  async #ask(backend: Backend, looks: Looks, golden: readonly GoldenRequest[]): Promise<void> {
    looks.asking = true;
    let wrong = false;
    let answered = true;
    for (const request of golden) {
      const body = request.bodyBase64 === null ? null : Buffer.from(request.bodyBase64, "base64");
      const answer = await this.#request(
        backend,
        request.method,
        request.path,
        request.headers,
        body,
        request.timeoutMs,
      );
      // No answer, or a refusal, is for the probes to judge: only an answer can be wrong.
      if (answer === null || answer.status >= 500) answered = false;
      else if (!isRight(request.expect, answer.body)) wrong = true;
    }
    looks.asking = false;
    looks.wrong = wrong ? looks.wrong + 1 : 0;
    const again = wrong && looks.wrong < WRONG_TWICE;
    looks.nextGoldenMs =
      again || !answered ? 0 : performance.now() + Math.min(...golden.map((request) => request.intervalMs));
    if (looks.wrong >= WRONG_TWICE) this.#backends.asked(backend, "wrong");
    else if (answered && !wrong) this.#backends.asked(backend, "ok");
  }

  async #request(
    backend: Backend,
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Buffer | null,
    timeoutMs: number,
  ): Promise<{ status: number; body: string } | null> {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await backend.pool.request({ method: method as "GET", path, headers, body, signal });
      let text = "";
      for await (const chunk of answer.body) {
        text += String(chunk);
        if (text.length > ANSWER_LIMIT) {
          answer.body.destroy();
          break;
        }
      }
      return { status: answer.statusCode, body: text };
    } catch {
      return null;
    }
  }
}
