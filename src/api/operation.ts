import type { Store } from "../ports/index.ts";
import type { Mirror } from "../register/index.ts";

export type ApiDeps = {
  readonly store: Store;
  readonly mirror: Mirror;
  readonly callAgent: (
    site: string,
    method: string,
    path: string,
    json?: unknown,
  ) => Promise<{ status: number; json: unknown } | null>;
  readonly processes: () => Promise<Record<string, { pid: number } | null> | null>;
  readonly gatewayMetrics: () => Promise<Readonly<Record<string, unknown>>>;
};

export type Answer = { readonly status: number; readonly body: unknown };

export type Call = { readonly query: Readonly<Record<string, string | undefined>>; readonly body: unknown };

/** One operation of the API: the router, the check of its input and the OpenAPI document all come from it. */
export type Route = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly summary: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly handle: (call: Call, deps: ApiDeps) => Promise<Answer>;
};
