import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { FromShim, ToShim } from "./protocol.ts";

type Running = Extract<FromShim, { kind: "running" }>;

/** The agent's end of one shim's socket. */
export class ShimClient {
  readonly #socket: Socket;
  #running: Running | null = null;
  #exited: string | null = null;
  #closed = false;
  #heardAt = performance.now();
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = createInterface({ input: socket });
    // A shim that was killed resets the connection; the reader repeats that error, and `close` follows.
    reader.on("error", () => {});
    reader.on("line", (line) => {
      const message = JSON.parse(line) as FromShim;
      this.#heardAt = performance.now();
      if (message.kind === "running") this.#running = message;
      if (message.kind === "exited") this.#exited = message.reason;
      this.#wake();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** `path` is relative to the working folder, because socket paths must be short. */
  static connect(path: string): Promise<ShimClient | null> {
    return new Promise((resolve) => {
      const socket = connect(path);
      socket.once("error", () => resolve(null));
      socket.once("connect", () => {
        socket.removeAllListeners("error");
        resolve(new ShimClient(socket));
      });
    });
  }

  get running(): Running | null {
    return this.#running;
  }

  /** Why the instance ended; also set when the shim itself is gone. */
  get ended(): string | null {
    return this.#exited ?? (this.#closed ? "its shim is gone" : null);
  }

  get silentMs(): number {
    return performance.now() - this.#heardAt;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(message: ToShim): boolean {
    return this.#closed ? false : this.#socket.write(`${JSON.stringify(message)}\n`) || true;
  }

  /** Resolves when `done()` holds or the bound is over. */
  async until(done: () => boolean, boundMs: number): Promise<boolean> {
    const end = performance.now() + boundMs;
    while (!done()) {
      const left = end - performance.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
      });
    }
    return true;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  close(): void {
    this.#socket.destroy();
  }
}
