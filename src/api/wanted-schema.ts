import { STRATEGIES } from "../domain/index.ts";

// What is applied goes to every agent and gateway: a value of another shape would stop them, so it is refused here.
const text = { type: "string", minLength: 1 };
const texts = { type: "object", additionalProperties: { type: "string" } };
const count = { type: "integer", minimum: 0 };
const number = { type: "number", minimum: 0 };
const maybe = (schema: object) => ({ anyOf: [schema, { type: "null" }] });

const fields = (properties: Readonly<Record<string, unknown>>) => ({
  type: "object",
  required: Object.keys(properties),
  properties,
});
const listOf = (items: object, minItems = 0) => ({ type: "array", items, minItems });

const request = { method: text, path: text, headers: texts, bodyBase64: maybe({ type: "string" }) };

const service = fields({
  command: listOf(text, 1),
  env: texts,
  health: fields({ live: text, ready: text, intervalMs: number, timeoutMs: number, startTimeoutMs: number }),
  golden: listOf(
    fields({
      ...request,
      expect: fields({ jsonPath: text, equals: {} }),
      intervalMs: number,
      timeoutMs: number,
    }),
  ),
  routes: listOf(
    fields({ method: text, path: text, effect: { enum: ["read", "write"] }, idempotent: { type: "boolean" } }),
  ),
  replicas: fields({ required: count, max: count, targetInFlight: number }),
  resources: fields({ cpuMillis: maybe(number), memoryBytes: maybe(number) }),
  drainTimeoutMs: number,
  listen: fields({ host: text, port: { type: "integer", minimum: 1, maximum: 65_535 } }),
  gateways: { type: "integer", minimum: 1, maximum: 8 },
});

const application = fields({
  name: text,
  objectives: fields({
    availability: { type: "number", minimum: 0, maximum: 1 },
    rtoMs: number,
    rpoMs: number,
    budgetUsdPerMonth: maybe(number),
  }),
  service,
  models: listOf(fields({ name: text, source: text, role: { enum: ["primary", "fallback"] } })),
  data: listOf(fields({ name: text, driver: text, path: text, replication: { enum: ["barrier", "async"] } })),
  sites: listOf(fields({ name: text, platform: text, zones: listOf(text, 1) }), 1),
  witness: maybe({ type: "object" }),
  failover: fields({
    strategy: text,
    failback: { enum: ["auto", "manual"] },
    onPromote: {},
    onRpoExceeded: { enum: ["wait", "promote"] },
    detectionMs: number,
    leaseMs: number,
    maxPerHour: count,
    stableMs: number,
  }),
  stakeholders: listOf({ type: "object" }),
  drill: maybe({ type: "object" }),
});

/** JSON Schema of what `apply` takes: a plan's application, strategy, release and placement. */
export const WANTED = fields({
  application,
  strategy: { enum: [...STRATEGIES] },
  release: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
  placement: { type: "object", additionalProperties: fields({ active: count, standby: count }) },
  planDigest: text,
});
