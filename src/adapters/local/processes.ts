import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** A pid alone may be somebody else tomorrow; with its start time it is one process for ever. */
export type ProcessId = { readonly pid: number; readonly startTime: string };

type Stat = { readonly pid: number; readonly group: number; readonly parent: number; readonly startTime: string };

const LINUX = process.platform === "linux";

/** null: gone, or a zombie, which runs nothing any more. */
function statOf(pid: number): Stat | null {
  if (!LINUX) return listOther().find((stat) => stat.pid === pid) ?? null;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command may hold spaces and brackets; the fields after the last bracket do not (proc_pid_stat(5)).
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return null;
    return { pid, parent: Number(fields[1]), group: Number(fields[2]), startTime: fields[19]! };
  } catch {
    return null;
  }
}

function listAll(): Stat[] {
  if (!LINUX) return listOther();
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => statOf(Number(pid))).filter((stat) => stat !== null);
}

function listOther(): Stat[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,pgid=,ppid=,stat=,lstart="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+)$/.exec(line);
    if (!found || found[4]!.startsWith("Z")) return [];
    return [{ pid: Number(found[1]), group: Number(found[2]), parent: Number(found[3]), startTime: found[5]!.trim() }];
  });
}

/** Identifies a process that runs now. */
export function identify(pid: number): ProcessId | null {
  const stat = statOf(pid);
  return stat ? { pid, startTime: stat.startTime } : null;
}

export const isRunning = (id: ProcessId): boolean => statOf(id.pid)?.startTime === id.startTime;

export const membersOf = (group: number): readonly number[] =>
  listAll()
    .filter((stat) => stat.group === group)
    .map((stat) => stat.pid);

/** Processes that carry `NAME=value` in the environment that they were started with. Linux only; elsewhere none. */
export function withEnvironment(name: string, value: string): readonly number[] {
  if (!LINUX) return [];
  const needle = Buffer.from(`${name}=${value}\0`);
  return listAll()
    .map((stat) => stat.pid)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(needle));
}

function environmentOf(pid: number): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    return Buffer.alloc(0);
  }
}

/** The value of a variable in the environment that a process was started with. */
export function environmentValue(pid: number, name: string): string | null {
  const entries = environmentOf(pid).toString("utf8").split("\0");
  const found = entries.find((entry) => entry.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1) : null;
}

/** Sends a signal to exactly this process; one that is gone is no error. */
export function signal(id: ProcessId, name: NodeJS.Signals): boolean {
  if (!isRunning(id)) return false;
  return sendSignal(id.pid, name);
}

export function sendSignal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/**
 * SIGKILLs everything that `list` names until it names nothing; false when something is still seen after `boundMs`.
 * Killing again and again catches what forked in between.
 */
export async function killUntilGone(list: () => readonly number[], boundMs: number): Promise<boolean> {
  const end = performance.now() + boundMs;
  for (;;) {
    const pids = list();
    if (pids.length === 0) return true;
    if (performance.now() > end) return false;
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    await wait(5);
  }
}
