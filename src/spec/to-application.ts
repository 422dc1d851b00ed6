import {
  type Application,
  ASSUMPTIONS,
  type AssumptionName,
  fail,
  type GoldenRequest,
  ok,
  type Result,
} from "../domain/index.ts";
import type { ParsedFile } from "./schema.ts";

/** What the parser may ask about files; paths are relative to the application folder. */
export type Files = { exists(path: string): boolean; readBase64(path: string): string | null };

export type Finding = { readonly path: readonly (string | number)[]; readonly message: string; readonly next: string };

/** A writer renews every 0.5 s and may wait 1 s for each of two tries (safety rule 5). */
const SHORTEST_LEASE_MS = 2_500;
const SHORTEST_DETECTION_MS = 1_000;
/** Until the plan has chosen. */
const USUAL_DETECTION_MS = 2_000;
const USUAL_LEASE_MS = 3_000;

const gigabytes = (bytes: number | undefined): number | null => (bytes === undefined ? null : bytes / 1e9);

/** The parsed file as the domain's Application, after the checks that need more than one field. All findings at once. */
export function toApplication(file: ParsedFile, files: Files): Result<Application, readonly Finding[]> {
  const findings: Finding[] = [...checkAcross(file), ...checkPaths(file, files)];
  const add = (finding: Finding): void => void findings.push(finding);
  const { service } = file;
  const listen = service.listen ?? (service.port === undefined ? null : { host: "127.0.0.1", port: service.port });
  if (!listen)
    add({ path: ["service"], message: "`port` is missing: where clients reach the gateway", next: "add `port: 8080`" });
  const goldens = Array.isArray(service.golden) ? service.golden : [service.golden];
  const golden = goldens.map((each, index) => {
    const path = Array.isArray(service.golden)
      ? ["service", "golden", index, "request"]
      : ["service", "golden", "request"];
    return toGolden(each, readRequestBody(each.request, path, files, add));
  });
  const write = file.drill
    ? { ...file.drill.write, ...readRequestBody(file.drill.write, ["drill", "write"], files, add) }
    : null;
  if (findings.length > 0) return fail(findings);
  return ok({
    name: file.name,
    objectives: {
      availability: file.objectives.availability,
      rtoMs: file.objectives.rto,
      rpoMs: file.objectives.rpo,
      budgetUsdPerMonth: file.objectives.budget ?? null,
    },
    service: {
      command: service.command,
      env: service.env,
      health: {
        live: service.health.live,
        ready: service.health.ready,
        intervalMs: service.health.interval,
        timeoutMs: service.health.timeout,
        startTimeoutMs: service.health.startTimeout,
      },
      golden,
      routes: service.routes.map(({ match, effect, idempotent }) => {
        const [method, path] = match.split(" ") as [string, string];
        return { method, path, effect, idempotent };
      }),
      replicas: { ...service.replicas, max: service.replicas.max ?? service.replicas.required },
      resources: { cpuMillis: service.resources.cpu ?? null, memoryBytes: service.resources.memory ?? null },
      drainTimeoutMs: service.drainTimeout,
      listen: listen!,
      gateways: service.gateways,
    },
    models: file.models.map(({ size, ...model }) => ({ ...model, gigabytes: gigabytes(size) })),
    data: file.data.map(({ size, replication, ...data }) => ({
      ...data,
      path: normalise(data.path),
      replication: replication === "auto" ? "async" : replication,
      gigabytes: gigabytes(size),
    })),
    sites: file.sites.map(({ price, region, ...site }) => ({
      ...site,
      region: region ?? site.name,
      usdPerMonth: price.site,
      usdPerInstanceMonth: price.instance,
      usdPerGbMonth: price.storage,
    })),
    witness: file.witness === "none" ? null : file.witness,
    failover: {
      strategy: file.failover.strategy,
      failback: file.failover.failback,
      onPromote: file.failover.onPromote,
      onRpoExceeded: file.failover.onRpoExceeded,
      detectionMs: file.failover.detection === "auto" ? USUAL_DETECTION_MS : file.failover.detection,
      leaseMs: file.failover.lease === "auto" ? USUAL_LEASE_MS : file.failover.lease,
      maxPerHour: file.failover.maxPerHour,
      stableMs: file.failover.stable,
    },
    stakeholders: file.stakeholders.map(({ cadence, ...rest }) => ({ ...rest, cadenceMs: cadence })),
    drill:
      file.drill && write
        ? {
            write: { method: write.method, path: write.path, headers: write.headers, bodyBase64: write.bodyBase64 },
            verify: file.drill.verify,
            writesPerSecond: file.drill.writes,
            readsPerSecond: file.drill.reads,
          }
        : null,
    // Durations are in ms everywhere else; the catalogue counts seconds.
    assumptions: Object.fromEntries(
      Object.entries(file.assumptions).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, ASSUMPTIONS[name as AssumptionName].unit === "s" ? value / 1000 : value]],
      ),
    ),
    open: {
      sites: file.failover.sites,
      replication: file.data.filter((data) => data.replication === "auto").map((data) => data.name),
      detection: file.failover.detection === "auto",
      lease: file.failover.lease === "auto",
    },
  });
}

type RequestBody = {
  readonly body?: string | undefined;
  readonly json?: unknown;
  readonly bodyFile?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
};

type Read = { readonly bodyBase64: string | null; readonly headers: Readonly<Record<string, string>> };

function readRequestBody(
  request: RequestBody,
  path: readonly (string | number)[],
  files: Files,
  add: (finding: Finding) => void,
): Read {
  const given = [request.body, request.json, request.bodyFile].filter((each) => each !== undefined);
  if (given.length > 1)
    add({ path, message: "`body`, `json` and `bodyFile` exclude each other", next: "keep one of them" });
  if (request.json !== undefined) {
    return {
      bodyBase64: base64(JSON.stringify(request.json)),
      headers: { "content-type": "application/json", ...request.headers },
    };
  }
  if (request.body !== undefined) return { bodyBase64: base64(request.body), headers: request.headers };
  if (request.bodyFile === undefined) return { bodyBase64: null, headers: request.headers };
  const bytes = files.readBase64(request.bodyFile);
  if (bytes === null)
    add({
      path: [...path, "bodyFile"],
      message: `there is no file ${request.bodyFile}`,
      next: "give a path relative to the application folder",
    });
  return { bodyBase64: bytes, headers: request.headers };
}

function toGolden(
  golden: {
    request: { method: string; path: string };
    expect: GoldenRequest["expect"];
    interval: number;
    timeout: number;
  },
  read: Read,
): GoldenRequest {
  const { method, path } = golden.request;
  return { method, path, ...read, expect: golden.expect, intervalMs: golden.interval, timeoutMs: golden.timeout };
}

function checkAcross(file: ParsedFile): readonly Finding[] {
  const findings: Finding[] = [];
  const { replicas } = file.service;
  if (replicas.max !== undefined && replicas.max < replicas.required) {
    findings.push({
      path: ["service", "replicas", "max"],
      message: `max (${replicas.max}) is below required (${replicas.required})`,
      next: `write at least ${replicas.required}`,
    });
  }
  if (file.failover.lease !== "auto" && file.failover.lease < SHORTEST_LEASE_MS) {
    findings.push({
      path: ["failover", "lease"],
      message: "a lease below 2.5s cannot be renewed safely (loop 0.5s + two tries of 1s)",
      next: "write `3s`",
    });
  }
  if (file.failover.detection !== "auto" && file.failover.detection < SHORTEST_DETECTION_MS) {
    findings.push({
      path: ["failover", "detection"],
      message: "below 1s a busy site looks like a lost one",
      next: "write `2s`",
    });
  }
  if (typeof file.failover.sites === "number" && file.failover.sites > file.sites.length) {
    findings.push({
      path: ["failover", "sites"],
      message: `${file.failover.sites} sites are asked for, and ${file.sites.length} are listed`,
      next: `write at most ${file.sites.length}, or \`auto\``,
    });
  }
  for (const key of ["sites", "data", "models"] as const) {
    const names = file[key].map((each) => each.name);
    names.forEach((name, index) => {
      if (names.indexOf(name) < index)
        findings.push({
          path: [key, index, "name"],
          message: `there is another ${key.replace(/s$/, "")} named ${name}`,
          next: "give each its own name",
        });
    });
  }
  return findings;
}

function checkPaths(file: ParsedFile, files: Files): readonly Finding[] {
  const findings: Finding[] = [];
  file.data.forEach(({ path }, index) => {
    const normal = normalise(path);
    if (normal === "" || normal.startsWith("../") || normal === ".." || path.startsWith("/")) {
      findings.push({
        path: ["data", index, "path"],
        message: `${path} is not inside the application folder`,
        next: "write a folder below it, such as `./data`",
      });
    }
  });
  file.models.forEach(({ source }, index) => {
    if (!files.exists(source))
      findings.push({
        path: ["models", index, "source"],
        message: `there is no model at ${source}`,
        next: "download the weights there, or correct the path (relative to the application folder)",
      });
  });
  return findings;
}

/** Without `.` and inner `..`; UTF-8 text to base64 below has no dependency on the platform either. */
function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

const base64 = (text: string): string => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
