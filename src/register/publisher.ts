import { setTimeout as wait } from "node:timers/promises";
import type { Store } from "../ports/index.ts";

const RETRY_MS = 100;

/** Keeps one key that belongs to this process at its newest value. Values in between may be skipped. */
export class Publisher<T> {
  readonly #store: Store;
  readonly #key: string;
  #version: number | null = null;
  #wanted: { readonly value: T; readonly text: string } | null = null;
  #written = "";
  #working = false;
  #closed = false;

  constructor(store: Store, key: string) {
    this.#store = store;
    this.#key = key;
  }

  publish(value: T): void {
    const text = JSON.stringify(value);
    if (text === this.#wanted?.text) return;
    this.#wanted = { value, text };
    if (!this.#working) void this.#work();
  }

  close(): void {
    this.#closed = true;
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#wanted && this.#wanted.text !== this.#written && !this.#closed) {
      const { value, text } = this.#wanted;
      this.#version ??= await this.#currentVersion();
      if (this.#version !== null) {
        const result = await this.#store.put(this.#key, value, this.#version);
        // After a conflict or an unknown outcome the version is read again; the value is ours, so writing it again is right.
        this.#version = result.kind === "ok" ? result.version : null;
        if (result.kind === "ok") this.#written = text;
      }
      if (this.#version === null) await wait(RETRY_MS);
    }
    this.#working = false;
  }

  async #currentVersion(): Promise<number | null> {
    const current = await this.#store.get(this.#key);
    return current.ok ? current.value.version : null;
  }
}
