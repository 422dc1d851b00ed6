import { Worker } from "node:worker_threads";
import { ProblemError, problem } from "../../domain/index.ts";

/** The source runs as TypeScript, a published package as JavaScript. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/**
 * A few threads that take jobs in turn; each has at most `depth` jobs that it has not answered. An error in a thread
 * ends everything.
 */
export class Threads<To, From> {
  readonly #workers: { readonly worker: Worker; waiting: number }[];
  readonly #depth: number;
  #wake: () => void = () => {};
  #error: Error | null = null;

  constructor(
    script: "chunking-worker" | "writing-worker",
    start: unknown,
    count: number,
    depth: number,
    onMessage: (message: From, thread: number) => void,
  ) {
    this.#depth = depth;
    this.#workers = Array.from({ length: count }, (_, thread) => {
      const worker = new Worker(new URL(`./${script}${extension}`, import.meta.url), {
        workerData: start,
        resourceLimits: { maxYoungGenerationSizeMb: 8 },
      });
      const state = { worker, waiting: 0 };
      worker.on("message", (message: From) => {
        onMessage(message, thread);
        this.#wake();
      });
      worker.on("error", (error) => {
        this.#error = error instanceof Error ? error : new Error(String(error));
        this.#wake();
      });
      return state;
    });
  }

  /** Called by the receiver when a job is answered. */
  answered(thread: number): void {
    this.#workers[thread]!.waiting -= 1;
  }

  /** Gives a job to the thread with the least to do; waits while all have enough. */
  async give(message: To): Promise<void> {
    for (;;) {
      this.#check();
      const idlest = this.#workers.reduce((best, each) => (each.waiting < best.waiting ? each : best));
      if (idlest.waiting < this.#depth) {
        idlest.waiting += 1;
        idlest.worker.postMessage(message);
        return;
      }
      await this.#next();
    }
  }

  /** To every thread, outside the count of jobs. */
  tellAll(message: To): void {
    for (const { worker } of this.#workers) worker.postMessage(message);
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      this.#check();
      await this.#next();
    }
    this.#check();
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #check(): void {
    if (!this.#error) return;
    const full = (this.#error as NodeJS.ErrnoException).code === "ENOSPC";
    throw new ProblemError(
      problem("threads", this.#error.message, full ? "free disk space, then run it again" : "run it again"),
    );
  }
}
