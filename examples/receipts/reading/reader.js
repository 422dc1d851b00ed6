// The server's side of the reading thread.

import { Worker } from "node:worker_threads";
import { HttpError } from "../http.js";

const MAX_WAITING = 32;
const ANSWER_WITHIN_MS = 30_000;
const BUSY = { "retry-after": "1" };

export class Reader {
  #thread = null;
  #loaded = new Set();
  #waiting = new Map();
  #nextId = 0;

  start() {
    this.#thread = new Worker(new URL("thread.js", import.meta.url));
    this.#thread.on("message", (message) => this.#receive(message));
    // Without its thread this process is of no use: whoever started it starts another one.
    this.#thread.on("error", (error) => {
      console.error("the reading thread failed:", error);
      process.exit(1);
    });
    this.#thread.on("exit", () => process.exit(1));
  }

  /** Whether the model `name`, or any model, has answered the known image correctly. */
  isReady(name) {
    return name === undefined ? this.#loaded.size > 0 : this.#loaded.has(name);
  }

  /** @returns {Promise<{ text: string, lines: { text: string, confidence: number }[], model: string }>} */
  read(png) {
    if (!this.isReady()) throw new HttpError(503, "the model is not loaded", BUSY);
    if (this.#waiting.size >= MAX_WAITING) throw new HttpError(503, `${MAX_WAITING} images are waiting`, BUSY);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // The entry stays until the thread answers: it still has the image to read.
      const timer = setTimeout(() => {
        reject(new HttpError(503, `the image was not read within ${ANSWER_WITHIN_MS / 1000} s`, BUSY));
      }, ANSWER_WITHIN_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#thread.postMessage({ id, png });
    });
  }

  #receive({ loaded, id, result, refusal }) {
    if (loaded !== undefined) {
      this.#loaded.add(loaded);
      return;
    }
    const { resolve, reject, timer } = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(timer);
    if (refusal) reject(new HttpError(refusal.status, refusal.message));
    else resolve(result);
  }
}
