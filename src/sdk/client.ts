import {
  type Desired,
  fail,
  type LogEvent,
  ok,
  type Problem,
  problem,
  type Result,
  type Status,
} from "../domain/index.ts";

export type Wanted = Pick<Desired, "application" | "strategy" | "release" | "placement" | "planDigest">;

export type NumberedEvent = LogEvent & { readonly number: number };

/** The control plane of one application, over its HTTP API. Every call ends in a Result; nothing is thrown. */
export type HoldfastClient = {
  status(): Promise<Result<Status>>;
  /** Makes a plan what is wanted. `baseVersion`: of what the plan was made for; null: whatever runs. Empty `changes`: nothing to do. */
  apply(
    wanted: Wanted,
    baseVersion: number | null,
  ): Promise<Result<{ readonly changes: readonly string[]; readonly version: number }>>;
  scale(replicas: number | null): Promise<Result<{ readonly version: number }>>;
  rollback(): Promise<Result<{ readonly version: number }>>;
  move(
    kind: "failover" | "failback",
    to: string | null,
    acceptLoss: boolean,
  ): Promise<Result<{ readonly request: { readonly id: string } }>>;
  events(since: number): Promise<Result<{ readonly events: readonly NumberedEvent[] }>>;
  logs(query: {
    site?: string;
    instance?: string;
    lines?: number;
  }): Promise<Result<{ readonly lines: readonly string[] }>>;
  detour(site: string, incarnation: string, port: number | null): Promise<Result<unknown>>;
  recordDrill(drill: { id: string; at: string; verdict: string }): Promise<Result<unknown>>;
  /** Prometheus text. */
  metrics(): Promise<Result<string>>;
};

const TIMEOUT_MS = 15_000;

/** `url`: such as `http://127.0.0.1:20102`. */
export function holdfastClient(url: string, token: string): HoldfastClient {
  const ask = async (method: string, path: string, body?: unknown): Promise<Result<Response>> => {
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.ok) return ok(response);
      const answered = (await response.json().catch(() => null)) as { error?: Problem } | null;
      return fail(answered?.error ?? problem("api", `the API answered ${response.status}`));
    } catch (error) {
      const { cause, message } = error as Error & { cause?: Error };
      return fail(
        problem(
          "api-lost",
          `the API at ${url} does not answer: ${cause?.message ?? message}`,
          "is it running? see `holdfast status`, start it with `holdfast up`",
        ),
      );
    }
  };
  const json = async <T>(method: string, path: string, body?: unknown): Promise<Result<T>> => {
    const answer = await ask(method, path, body);
    return answer.ok ? ok((await answer.value.json()) as T) : answer;
  };
  return {
    status: () => json<Status>("GET", "/v1/status"),
    apply: (wanted, baseVersion) => json("POST", "/v1/apply", { wanted, baseVersion }),
    scale: (replicas) => json("POST", "/v1/scale", { replicas }),
    rollback: () => json("POST", "/v1/rollback", {}),
    move: (kind, to, acceptLoss) => json("POST", "/v1/move", { kind, to, acceptLoss }),
    events: (since) => json("GET", `/v1/events?since=${since}`),
    logs: ({ site, instance, lines }) =>
      json(
        "GET",
        `/v1/logs?${new URLSearchParams({ ...(site ? { site } : {}), ...(instance ? { instance } : {}), ...(lines ? { lines: String(lines) } : {}) })}`,
      ),
    detour: (site, incarnation, port) => json("POST", "/v1/detour", { site, incarnation, port }),
    recordDrill: (drill) => json("POST", "/v1/drills", drill),
    async metrics() {
      const answer = await ask("GET", "/metrics");
      return answer.ok ? ok(await answer.value.text()) : answer;
    },
  };
}
