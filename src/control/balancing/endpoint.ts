/** What one gateway knows of one instance. */
export type Endpoint = {
  readonly incarnation: string;
  readonly site: string;
  readonly host: string;
  readonly port: number;
  readonly inFlight: number;
  /** Consecutive failures of real requests. */
  readonly failures: number;
  readonly ejections: number;
  readonly ejectedUntilMs: number;
  readonly probe: "unknown" | "ok" | "failed";
  /** The answer to the golden request: `unknown` waits for its first one, `wrong` takes a live instance out. */
  readonly golden: "unknown" | "ok" | "wrong";
};

const FAILURES_TO_EJECT = 2;
const FIRST_EJECTION_MS = 1_000;
const LONGEST_EJECTION_MS = 30_000;

export const newEndpoint = (at: Pick<Endpoint, "incarnation" | "site" | "host" | "port" | "golden">): Endpoint => ({
  ...at,
  inFlight: 0,
  failures: 0,
  ejections: 0,
  ejectedUntilMs: 0,
  probe: "unknown",
});

export const afterSuccess = (endpoint: Endpoint): Endpoint => ({
  ...endpoint,
  failures: 0,
  ejections: 0,
  ejectedUntilMs: 0,
});

/** A connection that was refused or cut ejects at once; a bad status only when it repeats. */
export function afterFailure(endpoint: Endpoint, nowMs: number, certain: boolean): Endpoint {
  const failures = endpoint.failures + 1;
  if (!certain && failures < FAILURES_TO_EJECT) return { ...endpoint, failures };
  const lengthMs = Math.min(LONGEST_EJECTION_MS, FIRST_EJECTION_MS * 2 ** endpoint.ejections);
  return { ...endpoint, failures, ejections: endpoint.ejections + 1, ejectedUntilMs: nowMs + lengthMs };
}

/** A probe that answers ends an ejection early: nothing stays out for longer than it is broken. */
export const afterProbe = (endpoint: Endpoint, healthy: boolean): Endpoint =>
  healthy
    ? { ...endpoint, probe: "ok", ...(endpoint.probe === "failed" ? { failures: 0, ejectedUntilMs: 0 } : {}) }
    : { ...endpoint, probe: "failed" };

export const inRotation = (endpoint: Endpoint, nowMs: number): boolean =>
  endpoint.probe !== "failed" && endpoint.golden === "ok" && endpoint.ejectedUntilMs <= nowMs;

/** Better a suspected instance than none; but a wrong answer, or one that nobody has checked yet, is worse than no answer. */
const lastResort = (endpoint: Endpoint): boolean => endpoint.golden === "ok";

/** Two draws from [0, 1) choose two endpoints; the one with less in flight wins (power of two choices). */
export function chooseOfTwo(candidates: readonly Endpoint[], draws: readonly [number, number]): Endpoint | null {
  if (candidates.length === 0) return null;
  const first = candidates[Math.floor(draws[0] * candidates.length)]!;
  const rest = candidates.filter((candidate) => candidate !== first);
  const second = rest[Math.floor(draws[1] * rest.length)];
  return second && second.inFlight < first.inFlight ? second : first;
}

/**
 * Endpoints for a request, best class first: sites with weight in rotation, then any site in rotation, then, when
 * nothing is in rotation, whatever may still answer (fail open). `avoid`: already tried for this request.
 */
export function candidatesFor(
  endpoints: readonly Endpoint[],
  weights: Readonly<Record<string, number>>,
  avoid: ReadonlySet<string>,
  nowMs: number,
): readonly Endpoint[] {
  const untried = endpoints.filter((endpoint) => !avoid.has(endpoint.incarnation));
  const healthy = untried.filter((endpoint) => inRotation(endpoint, nowMs));
  const weighted = healthy.filter((endpoint) => (weights[endpoint.site] ?? 0) > 0);
  if (weighted.length > 0) return weighted;
  return healthy.length > 0 ? healthy : untried.filter(lastResort);
}
