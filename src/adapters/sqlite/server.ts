import { orThrow } from "../../domain/index.ts";
import type { LinkRequest, LinkResponse } from "../../link/index.ts";
import { Database, explain } from "./database.ts";

const LONGEST_WAIT_MS = 20_000;
const MAX_WAITERS = 1_000;

type Waiter = { readonly prefix: string; readonly wake: () => void };

/** Answers the register over the link. One process owns the file; nobody else opens it. */
export class StoreServer {
  readonly #database: Database;
  readonly #file: string;
  readonly #waiters = new Set<Waiter>();

  constructor(file: string) {
    this.#file = file;
    this.#database = orThrow(Database.open(file));
  }

  readonly handle = async (request: LinkRequest): Promise<LinkResponse> => {
    const key = decodeURIComponent(request.path.replace(/^\/v1\/(keys|changes)\/?/, ""));
    try {
      if (request.path.startsWith("/v1/changes")) return { status: 200, json: await this.#changes(key, request.query) };
      if (!request.path.startsWith("/v1/keys/")) return { status: 404, json: { error: "no such path" } };
      if (request.method === "GET") return { status: 200, json: this.#database.get(key) };
      return { status: 200, json: this.#write(key, request) };
    } catch (error) {
      return { status: 507, json: explain(error, this.#file) };
    }
  };

  #write(key: string, request: LinkRequest): unknown {
    const expected = Number(request.query.get("version"));
    const value = request.method === "DELETE" ? null : (JSON.parse(request.body.toString("utf8")) as unknown);
    const result = this.#database.put(key, value, expected);
    if (result.kind === "ok") {
      for (const waiter of this.#waiters) if (key.startsWith(waiter.prefix)) waiter.wake();
    }
    return result;
  }

  async #changes(prefix: string, query: URLSearchParams): Promise<unknown> {
    const since = Number(query.get("since"));
    const waitMs = Math.min(LONGEST_WAIT_MS, Number(query.get("wait") ?? 0));
    const now = this.#database.changes(prefix, since);
    if (now.entries.length > 0 || waitMs === 0 || this.#waiters.size >= MAX_WAITERS) return now;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      const waiter: Waiter = { prefix, wake };
      this.#waiters.add(waiter);
    });
    return this.#database.changes(prefix, since);
  }

  close(): void {
    for (const waiter of this.#waiters) waiter.wake();
    this.#database.close();
  }
}
