import { randomUUID } from "node:crypto";
import type { FailoverState } from "../control/failover/index.ts";
import { applyPlan, canonical, changesOf, rollBack, type Wanted } from "../control/rollout/index.ts";
import {
  type Desired,
  KEYS,
  type LogEvent,
  type MoveRequest,
  type Problem,
  problem,
  type SiteRecord,
  type Status,
} from "../domain/index.ts";
import { EventLog } from "../register/index.ts";
import type { Answer, ApiDeps, Call, Route } from "./operation.ts";
import { readStatus } from "./status.ts";
import { WANTED } from "./wanted-schema.ts";

const refusal = (status: number, error: Problem): Answer => ({ status, body: { error } });
const noApplication = (): Answer =>
  refusal(409, problem("nothing-applied", "nothing was applied yet", "run `holdfast up`"));
const nullable = (type: string) => ({ type: [type, "null"] });

export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/status",
    summary: "Everything that runs, and how it is",
    handle: async (_call, deps) => ({ status: 200, body: (await readStatus(deps)) satisfies Status }),
  },
  {
    method: "POST",
    path: "/v1/apply",
    summary:
      "Makes a plan what is wanted. `baseVersion` is the version that the plan was made for; another one is refused with 409",
    body: {
      type: "object",
      required: ["wanted", "baseVersion"],
      additionalProperties: false,
      properties: { wanted: WANTED, baseVersion: nullable("integer") },
    },
    handle: apply,
  },
  {
    method: "POST",
    path: "/v1/scale",
    summary: "Fixes the number of instances of each serving site; null lets load decide again",
    body: {
      type: "object",
      required: ["replicas"],
      additionalProperties: false,
      properties: { replicas: { type: ["integer", "null"], minimum: 1, maximum: 90 } },
    },
    handle: (call, deps) =>
      change(
        deps,
        (desired) => ({ ...desired, fixedReplicas: (call.body as { replicas: number | null }).replicas }),
        "scaled",
      ),
  },
  {
    method: "POST",
    path: "/v1/rollback",
    summary: "Rolls back to the release before",
    handle: (_call, deps) => change(deps, rollBack, "rollback"),
  },
  {
    method: "POST",
    path: "/v1/move",
    summary: "Asks for a failover or a failback; the answer names the request, its progress is in the status",
    body: {
      type: "object",
      required: ["kind"],
      additionalProperties: false,
      properties: { kind: { enum: ["failover", "failback"] }, to: nullable("string"), acceptLoss: { type: "boolean" } },
    },
    handle: move,
  },
  {
    method: "GET",
    path: "/v1/events",
    summary: "Events after number `since`, oldest first, at most 1000",
    query: { since: "a number; 0 for all" },
    handle: async (call, { store }) => {
      const all = await store.changes("event/", 0, 0);
      if (!all.ok) return refusal(503, all.error);
      const since = Number(call.query["since"] ?? 0);
      const events = all.value.entries
        .filter((entry) => entry.value !== null)
        .map((entry) => ({ number: Number(entry.key.slice(6)), ...(entry.value as LogEvent) }))
        .filter((event) => event.number > since)
        .sort((a, b) => a.number - b.number);
      return { status: 200, body: { events: events.slice(-1000) } };
    },
  },
  {
    method: "GET",
    path: "/v1/logs",
    summary: "The last lines of the logs of a site, or of one instance",
    query: { site: "all sites without it", instance: "slot number or incarnation", lines: "default 100" },
    handle: logs,
  },
  {
    method: "POST",
    path: "/v1/detour",
    summary: "Sends an instance's traffic through another port of the machine (for drills); null ends it",
    body: {
      type: "object",
      required: ["site", "incarnation", "port"],
      additionalProperties: false,
      properties: { site: { type: "string" }, incarnation: { type: "string" }, port: nullable("integer") },
    },
    handle: async (call, { callAgent }) => {
      const { site, ...detour } = call.body as { site: string; incarnation: string; port: number | null };
      const answer = await callAgent(site, "POST", "/v1/detour", detour);
      return answer
        ? { status: answer.status, body: {} }
        : refusal(503, problem("site", `the agent of ${site} does not answer`));
    },
  },
  {
    method: "POST",
    path: "/v1/drills",
    summary: "Records the outcome of a drill",
    body: {
      type: "object",
      required: ["id", "at", "verdict"],
      properties: { id: { type: "string" }, at: { type: "string" }, verdict: { enum: ["met", "missed"] } },
    },
    handle: async (call, { store }) => {
      const current = await store.get(KEYS.lastDrill);
      if (current.ok) await store.put(KEYS.lastDrill, call.body, current.value.version);
      return { status: 200, body: {} };
    },
  },
];

const APPLY_TRIES = 5;

async function apply(call: Call, deps: ApiDeps): Promise<Answer> {
  const { wanted, baseVersion } = call.body as { wanted: Wanted; baseVersion: number | null };
  for (let tries = 1; ; tries++) {
    const answer = await applyOnce(wanted, baseVersion, deps);
    // Without a base any version will do: two who apply at the same moment are done one after the other.
    if (answer !== "conflict") return answer;
    if (baseVersion !== null || tries === APPLY_TRIES)
      return refusal(
        409,
        problem(
          "changed-meanwhile",
          "something else was applied at the same moment",
          "look at `holdfast status`, then apply again",
        ),
      );
  }
}

async function applyOnce(wanted: Wanted, baseVersion: number | null, { store }: ApiDeps): Promise<Answer | "conflict"> {
  const current = await store.get(KEYS.desired);
  if (!current.ok) return refusal(503, current.error);
  const { value, version } = current.value;
  const before = value as Desired | null;
  const next = applyPlan(before, wanted);
  if (before && canonical(next) === canonical(before)) return { status: 200, body: { changes: [], version } };
  if (baseVersion !== null && baseVersion !== version) {
    return refusal(
      409,
      problem(
        "plan-out-of-date",
        `the plan was made for version ${baseVersion}, and ${version} is running`,
        "make a new plan with `holdfast plan --out FILE`",
      ),
    );
  }
  const state = await store.get(KEYS.failover);
  if (!state.ok) return refusal(503, state.error);
  const inTheWay = writerThatWouldGo(state.value.value as FailoverState | null, before, next);
  if (inTheWay) return refusal(409, inTheWay);
  const result = await store.put(KEYS.desired, next, version);
  if (result.kind === "conflict") return "conflict";
  if (result.kind === "unknown")
    return refusal(
      503,
      problem(
        "unknown",
        `it is not known whether this was applied: ${result.message}`,
        "apply again: what was done is not done twice",
      ),
    );
  const changes = changesOf(before, wanted);
  new EventLog(store).append({ at: Date.now(), kind: "applied", site: null, text: changes.join("; ") });
  return { status: 200, body: { changes, version: result.version } };
}

/** A site that writes, or is about to, does not go before another one writes. */
function writerThatWouldGo(state: FailoverState | null, before: Desired | null, next: Desired): Problem | null {
  if (!state || !before) return null;
  const { phase } = state;
  const involved = "writer" in phase ? [phase.writer] : "to" in phase ? [phase.from, phase.to] : [phase.from];
  const gone = involved.find((site) => !next.application.sites.some(({ name }) => name === site));
  if (gone === undefined) return null;
  if (!("writer" in phase))
    return problem("moving", `writing moves from or to ${gone} now`, "wait until `holdfast status` says steady");
  const stays = next.application.sites.find(({ name }) => before.application.sites.some((site) => site.name === name));
  return problem(
    "writing",
    `${gone} writes now, and would be removed`,
    stays
      ? `move first: \`holdfast failover ${stays.name}\`, then apply again`
      : "keep one of the sites that run now, and replace it with a later change",
  );
}

/** Reads, changes, writes; again when an agent or somebody else was first. */
async function change(deps: ApiDeps, make: (desired: Desired) => Desired | null, kind: string): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const answer = await changeOnce(deps, make, kind);
    if (answer !== "conflict") return answer;
    if (tries === APPLY_TRIES)
      return refusal(409, problem("changed-meanwhile", "something else changed at the same moment", "try again"));
  }
}

async function changeOnce(
  { store }: ApiDeps,
  make: (desired: Desired) => Desired | null,
  kind: string,
): Promise<Answer | "conflict"> {
  const current = await store.get(KEYS.desired);
  if (!current.ok) return refusal(503, current.error);
  const before = current.value.value as Desired | null;
  if (!before) return noApplication();
  const next = make(before);
  if (!next)
    return refusal(
      409,
      problem("no-release-before", "there is no release before this one", "deploy one with `holdfast deploy`"),
    );
  if (canonical(next) === canonical(before)) return { status: 200, body: { version: current.value.version } };
  const result = await store.put(KEYS.desired, next, current.value.version);
  if (result.kind === "conflict") return "conflict";
  if (result.kind === "unknown")
    return refusal(503, problem("unknown", `it is not known whether this was done: ${result.message}`, "try again"));
  const text =
    kind === "scaled"
      ? `instances per serving site: ${next.fixedReplicas ?? "by load"}`
      : `back to release ${next.release.slice(7, 19)}`;
  new EventLog(store).append({ at: Date.now(), kind, site: null, text });
  return { status: 200, body: { version: result.version } };
}

async function move(call: Call, deps: ApiDeps): Promise<Answer> {
  const {
    kind,
    to = null,
    acceptLoss = false,
  } = call.body as { kind: "failover" | "failback"; to?: string | null; acceptLoss?: boolean };
  const desired = deps.mirror.value<Desired>(KEYS.desired);
  if (!desired) return noApplication();
  const sites = desired.application.sites.map((site) => site.name);
  if (to !== null && !sites.includes(to))
    return refusal(400, problem("no-such-site", `there is no site ${to}`, `the sites are: ${sites.join(", ")}`));
  const request: MoveRequest = {
    id: randomUUID(),
    kind,
    to: to ?? (kind === "failback" ? sites[0]! : null),
    acceptLoss,
  };
  const current = await deps.store.get(KEYS.request);
  if (!current.ok) return refusal(503, current.error);
  const result = await deps.store.put(KEYS.request, request, current.value.version);
  if (result.kind !== "ok")
    return refusal(409, problem("busy", "another move was asked for at the same moment", "look at `holdfast status`"));
  return { status: 202, body: { request } };
}

async function logs(call: Call, { mirror, callAgent }: ApiDeps): Promise<Answer> {
  const wanted = mirror.value<Desired>(KEYS.desired)?.application.sites.map((each) => each.name) ?? [];
  const sites = Object.keys(mirror.below<SiteRecord>("site/"))
    .filter((name) => wanted.includes(name))
    .sort();
  const { site, instance, lines } = call.query;
  if (site !== undefined && !sites.includes(site))
    return refusal(404, problem("no-such-site", `there is no site ${site}`, `the sites are: ${sites.join(", ")}`));
  const query = new URLSearchParams({ lines: lines ?? "100", ...(instance ? { instance } : {}) });
  const answers = await Promise.all(
    sites
      .filter((name) => site === undefined || name === site)
      .map(async (name) => {
        const answer = await callAgent(name, "GET", `/v1/logs?${query}`);
        const found = (answer?.json as { lines?: string[] } | undefined)?.lines ?? [
          `(the agent of ${name} does not answer)`,
        ];
        return found.map((line) => `${name} ${line}`);
      }),
  );
  return { status: 200, body: { lines: answers.flat() } };
}
