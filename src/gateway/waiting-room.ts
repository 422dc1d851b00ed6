/** Requests that cannot be served this moment, and may be soon. Bounded in number and time. */
export class WaitingRoom {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves at the next change, or false when `boundMs` is over or the room is full. */
  wait(boundMs: number): Promise<boolean> {
    if (boundMs <= 0 || this.#waiting.size >= this.#limit) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        resolve(false);
      }, boundMs);
      this.#waiting.add(wake);
    });
  }

  changed(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
