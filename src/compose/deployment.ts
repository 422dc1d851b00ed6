// Ties the command line to the local platform. Part of the composition root.
import { existsSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import {
  addresses,
  bootstrap,
  identify,
  injectFault,
  isFree,
  layout,
  readCluster,
  readJson,
} from "../adapters/local/index.ts";
import type { Deployment } from "../cli/deployment.ts";
import { notRunning } from "../cli/deployment.ts";
import {
  type Application,
  fail,
  ok,
  orThrow,
  type Problem,
  ProblemError,
  problem,
  type Result,
} from "../domain/index.ts";
import type { DrillGround } from "../drill/index.ts";
import { type HoldfastClient, holdfastClient } from "../sdk/index.ts";
import { askSupervisor, ensureSupervisor, processesOf, supervisorAnswers } from "./supervisor-process.ts";

const START_MS = 20_000;
const DOWN_MS = 90_000;
const ENDING_MS = 5_000;

/** The application in `folder`, with its state in `.holdfast/` below it. */
export function localDeployment(entry: string, folder: string): Deployment {
  const state = join(folder, ".holdfast");
  const places = layout(state);
  const client = (): Result<HoldfastClient> => {
    const cluster = readCluster(state);
    if (!cluster || !existsSync(places.token)) return fail(notRunning());
    const { host, port } = addresses(cluster).api;
    return ok(holdfastClient(`http://${host}:${port}`, readFileSync(places.token, "utf8").trim()));
  };
  return {
    state,
    artifacts: places.artifacts,
    evidence: places.evidence,
    keys: places.evidenceKeys,
    client,
    isRunning: async () => processesOf(state).length > 0 || (await supervisorAnswers(state)),
    start: (application) => start(entry, state, application, client),
    down: async () => {
      // A dead or hung supervisor is replaced first: only it knows how to end the rest in order.
      await ensureSupervisor(entry, state);
      const answer = (await askWhenUp(state)) as {
        clean: boolean;
        left: number[];
        pid: number;
      } | null;
      if (answer === null) return fail(notRunning());
      // It answers before it ends itself; a command that comes next must not meet it any more.
      const end = Date.now() + ENDING_MS;
      while (identify(answer.pid) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
      return ok(answer);
    },
    ground: (api) => ground(state, api),
    forget: () => {
      rmSync(state, { recursive: true, force: true });
      return ok(undefined);
    },
    examine: () => examine(state),
  };
}

/** A supervisor that was just started needs a moment before it answers. */
async function askWhenUp(state: string): Promise<unknown> {
  const end = Date.now() + START_MS;
  while (Date.now() < end && !(await supervisorAnswers(state))) await new Promise((resolve) => setTimeout(resolve, 30));
  return askSupervisor(state, "POST", "/v1/down", DOWN_MS);
}

async function start(
  entry: string,
  state: string,
  application: Application,
  client: () => Result<HoldfastClient>,
): Promise<Result<void>> {
  const cluster = await bootstrap(state);
  if (!cluster.ok) return cluster;
  const { host, port } = application.service.listen;
  const gatewayUp = Object.values(readJson<Record<string, { pid: number }>>(layout(state).processes) ?? {}).length > 0;
  if (!gatewayUp && !(await supervisorAnswers(state)) && !(await isFree(port, host))) {
    return fail(
      problem(
        "port-in-use",
        `port ${port} on ${host} is in use by another program`,
        `end it (\`ss -ltnp 'sport = :${port}'\` names it), or change \`service.port\``,
      ),
    );
  }
  await ensureSupervisor(entry, state);
  return untilReady(state, client);
}

async function untilReady(state: string, client: () => Result<HoldfastClient>): Promise<Result<void>> {
  const end = Date.now() + START_MS;
  let last: Problem = problem(
    "start",
    `the control plane did not start within ${START_MS} ms`,
    `look at ${layout(state).logs}/supervisor.log`,
  );
  while (Date.now() < end) {
    const api = client();
    const status = api.ok ? await api.value.status() : api;
    // The API may answer before the store does: then it has nothing to tell yet.
    if (status.ok && status.value.storeSilentMs !== null) return ok(undefined);
    const store = readJson<Problem>(`${layout(state).store}.problem`);
    if (store) {
      await askSupervisor(state, "POST", "/v1/down", DOWN_MS);
      rmSync(`${layout(state).store}.problem`, { force: true });
      return fail(store);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
    if (!status.ok && status.error.kind !== "api-lost") last = status.error;
  }
  return fail(last);
}

function ground(state: string, api: HoldfastClient): DrillGround {
  const inRotation = async (incarnation: string): Promise<boolean> => {
    const metrics = await api.metrics();
    if (!metrics.ok) return true;
    const lines = metrics.value
      .split("\n")
      .filter((line) => line.startsWith("holdfast_gateway_endpoint_healthy") && line.includes(`"${incarnation}"`));
    return lines.some((line) => line.endsWith(" 1"));
  };
  return {
    status: async () => orThrow(await api.status()),
    events: async () => orThrow(await api.events(0)).events,
    inRotation,
    inject: async (fault, target, status) => {
      const detour = async (site: string, incarnation: string, port: number | null): Promise<boolean> =>
        (await api.detour(site, incarnation, port)).ok;
      const injected = await injectFault(state, fault, target, status, { detour, inRotation });
      if (!injected.ok) throw new ProblemError(injected.error);
      return injected.value;
    },
  };
}

async function examine(state: string): ReturnType<Deployment["examine"]> {
  const linux = process.platform === "linux";
  const free = statfsSync(existsSync(state) ? state : join(state, ".."));
  const freeGb = (free.bavail * free.bsize) / 1e9;
  return [
    { what: "Node", ok: Number(process.versions.node.split(".")[0]) >= 24, detail: process.version, next: null },
    {
      what: "one port for several gateways",
      ok: linux,
      detail: linux ? "yes (SO_REUSEPORT)" : "no: one supervised gateway instead of several",
      next: linux ? null : "use Linux for more than one gateway",
    },
    {
      what: "limits of processor time and memory",
      ok: linux && existsSync("/sys/fs/cgroup") && process.getuid?.() === 0,
      detail: linux && process.getuid?.() === 0 ? "control groups" : "not enforced for this user",
      next: "run as root, or leave `service.resources` out",
    },
    {
      what: "free disk space",
      ok: freeGb > 1,
      detail: `${freeGb.toFixed(1)} GB`,
      next: freeGb > 1 ? null : "free at least 1 GB",
    },
  ];
}
