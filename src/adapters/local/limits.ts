import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";

type Wanted = { readonly cpuMillis: number | null; readonly memoryBytes: number | null };

const PERIOD_US = 100_000;

/** Puts a process into control groups of its own. Says in words what the system really enforces. */
export function applyLimits(name: string, pid: number, wanted: Wanted): string {
  const parts: string[] = [];
  if (wanted.memoryBytes !== null) parts.push(`memory ${enforce(() => limitMemory(name, pid, wanted.memoryBytes!))}`);
  if (wanted.cpuMillis !== null) parts.push(`cpu ${enforce(() => limitCpu(name, pid, wanted.cpuMillis!))}`);
  return parts.length === 0 ? "none asked for" : parts.join(", ");
}

function enforce(set: () => string): string {
  try {
    return `limited by ${set()}`;
  } catch (error) {
    return `not limited (${(error as NodeJS.ErrnoException).code ?? "no control groups"})`;
  }
}

const V2 = "/sys/fs/cgroup/cgroup.controllers";

function limitMemory(name: string, pid: number, bytes: number): string {
  if (existsSync(V2)) {
    const folder = `/sys/fs/cgroup/holdfast-${name}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/memory.max`, String(bytes));
    writeFileSync(`${folder}/cgroup.procs`, String(pid));
    return "cgroup v2";
  }
  const folder = `/sys/fs/cgroup/memory/holdfast-${name}`;
  mkdirSync(folder);
  writeFileSync(`${folder}/memory.limit_in_bytes`, String(bytes));
  writeFileSync(`${folder}/cgroup.procs`, String(pid));
  return "cgroup v1";
}

function limitCpu(name: string, pid: number, millis: number): string {
  const quota = Math.max(1_000, Math.round((millis / 1000) * PERIOD_US));
  if (existsSync(V2)) {
    const folder = `/sys/fs/cgroup/holdfast-${name}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/cpu.max`, `${quota} ${PERIOD_US}`);
    writeFileSync(`${folder}/cgroup.procs`, String(pid));
    return "cgroup v2";
  }
  const folder = `/sys/fs/cgroup/cpu/holdfast-${name}`;
  mkdirSync(folder);
  writeFileSync(`${folder}/cpu.cfs_quota_us`, String(quota));
  writeFileSync(`${folder}/cgroup.procs`, String(pid));
  return "cgroup v1";
}

/** Control groups stay behind when their processes end; they are removed with the instance. */
export function removeLimits(name: string): void {
  for (const folder of ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpu"]) {
    try {
      rmdirSync(`${folder}/holdfast-${name}`);
    } catch {
      // Never made, or another process is still inside: the next removal finds it.
    }
  }
}
