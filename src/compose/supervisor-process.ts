// Finds, asks, starts and replaces the supervisor of an application. Part of the composition root.
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import {
  addresses,
  CLI_PEER,
  environmentValue,
  layout,
  ROLE_MARK,
  readCluster,
  STATE_MARK,
  SUPERVISOR_PEER,
  SUPERVISOR_ROLE,
  sendSignal,
  withEnvironment,
} from "../adapters/local/index.ts";
import { linkClient, readIdentity } from "../link/index.ts";

const ASK_MS = 1_500;
/** One that runs and answers nothing for this long hangs, and is replaced. */
const HUNG_MS = 6_000;

/** Processes of the application in `state`, whoever started them. Linux only; elsewhere none are found. */
export function processesOf(state: string): readonly number[] {
  const cluster = readCluster(state);
  return cluster ? withEnvironment(STATE_MARK, cluster.id) : [];
}

const supervisorsOf = (state: string): readonly number[] =>
  processesOf(state).filter((pid) => environmentValue(pid, ROLE_MARK) === SUPERVISOR_ROLE);

/** null: no answer. */
export async function askSupervisor(
  state: string,
  method: string,
  path: string,
  timeoutMs = ASK_MS,
): Promise<unknown | null> {
  const cluster = readCluster(state);
  const identity = layout(state).identity("cli");
  if (!cluster || !existsSync(`${identity}/cert.pem`)) return null;
  const link = linkClient(readIdentity(identity, CLI_PEER));
  const to = addresses(cluster).supervisor;
  const answer = await link.call({ to, peer: SUPERVISOR_PEER, method, path, timeoutMs }).finally(() => link.close());
  return answer.ok && answer.value.status === 200 ? answer.value.json<unknown>() : null;
}

export const supervisorAnswers = async (state: string): Promise<boolean> =>
  (await askSupervisor(state, "GET", "/v1/processes")) !== null;

/** Starts a supervisor unless one answers; it takes over what runs. One that hangs is ended first. */
export async function ensureSupervisor(entry: string, state: string): Promise<void> {
  const end = performance.now() + HUNG_MS;
  while (!(await supervisorAnswers(state))) {
    const running = supervisorsOf(state);
    if (running.length === 0) return startSupervisor(entry, state);
    if (performance.now() > end) {
      for (const pid of running) sendSignal(pid, "SIGKILL");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function startSupervisor(entry: string, state: string): void {
  const log = openSync(join(layout(state).logs, "supervisor.log"), "a", 0o600);
  const child = spawn(process.execPath, [entry, "internal", "supervisor", state], {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, [STATE_MARK]: readCluster(state)!.id, [ROLE_MARK]: SUPERVISOR_ROLE },
  });
  child.unref();
  closeSync(log);
}
