import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, ok, type Problem, problem, type Result } from "../../domain/index.ts";
import type { Exit, InstanceSpec, Platform, RunningInstance, WriteLease } from "../../ports/index.ts";
import { readJson, replaceJson } from "./durable.ts";
import { BLOCK_SIZE, isFree } from "./port-block.ts";
import { isRunning, killUntilGone, type ProcessId, signal, withEnvironment } from "./processes.ts";
import { ShimClient } from "./shim/client.ts";
import type { ShimFile } from "./shim/protocol.ts";

const HOST = "127.0.0.1";
const SHIM = join(dirname(fileURLToPath(import.meta.url)), "shim", "shim.ts");
const SHIM_START_MS = 10_000;
const KILL_BOUND_MS = 5_000;
/** A shim that answers no ping for this long is stopped or stuck: its instance is killed from here. */
const SHIM_SILENT_MS = 2_000;
const MAX_INSTANCES = BLOCK_SIZE - 2;
/** What an application gets of our own environment: nothing that could be a secret. */
const PASSED_ON = ["HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER"];

type Known = { readonly file: ShimFile; readonly spec: InstanceSpec; shim: ShimClient | null };

/** Runs instances as processes under shims. The working folder of the process is the site's folder. */
export class LocalPlatform implements Platform {
  readonly #portBase: number;
  readonly #known = new Map<string, Known>();
  #exits: Exit[] = [];
  readonly #onChange: () => void;

  constructor(portBase: number, onChange: () => void) {
    this.#portBase = portBase;
    this.#onChange = onChange;
  }

  /** Finds again what an earlier agent started. What died half-started is cleared away. */
  async adopt(): Promise<number> {
    const names = readdirSync("run").filter((name) => name.endsWith(".instance"));
    for (const name of names) {
      const file = readJson<ShimFile>(`run/${name}`);
      if (!file) continue;
      const shim = await ShimClient.connect(file.socket);
      this.#known.set(file.incarnation, { file, spec: specOf(file), shim });
      if (shim) {
        this.#watch(file.incarnation, shim);
        await shim.until(() => shim.running !== null || shim.ended !== null, SHIM_SILENT_MS);
      }
    }
    return this.#known.size;
  }

  async observe(): Promise<readonly RunningInstance[]> {
    for (const [incarnation, known] of this.#known) {
      const { shim } = known;
      if (shim && !shim.ended && shim.silentMs < SHIM_SILENT_MS) {
        shim.send({ kind: "ping" });
        continue;
      }
      await this.#bury(incarnation, known, shim?.ended ?? (shim ? "its shim stopped answering" : "its shim was gone"));
    }
    return [...this.#known.values()].flatMap(({ file, spec, shim }) => {
      const running = shim?.running;
      if (!running) return [];
      const { host, port } = file;
      return [{ spec, host, port, pid: running.app.pid, limits: running.limits, attended: true }];
    });
  }

  exits(): readonly Exit[] {
    const exits = this.#exits;
    this.#exits = [];
    return exits;
  }

  async start(spec: InstanceSpec, lease: WriteLease | null): Promise<Result<RunningInstance>> {
    const port = await this.#allotPort();
    if (port === null) return fail(problem("ports", `all ${MAX_INSTANCES} ports of the site are taken`, "scale down"));
    const file = shimFile(spec, port, lease);
    replaceJson(`run/${spec.incarnation}.instance`, file);
    const known: Known = { file, spec, shim: null };
    const env = { ...process.env, [MARK]: spec.incarnation };
    const child = spawn(process.execPath, [...process.execArgv, SHIM, `run/${spec.incarnation}.instance`], {
      stdio: "ignore",
      env,
    });
    child.on("error", () => {});
    child.unref();
    const shim = await connectWithin(file.socket, SHIM_START_MS, () => child.exitCode === null);
    if (!shim) {
      await this.#bury(spec.incarnation, known, "its shim did not start");
      return fail(problem("start", `the shim of ${spec.incarnation} did not start`, "look at `holdfast logs`"));
    }
    known.shim = shim;
    this.#known.set(spec.incarnation, known);
    this.#watch(spec.incarnation, shim);
    await shim.until(() => shim.running !== null || shim.ended !== null, SHIM_START_MS);
    const { running } = shim;
    if (!running) return fail(startProblem(spec, shim.ended));
    return ok({ spec, host: HOST, port, pid: running.app.pid, limits: running.limits, attended: true });
  }

  async stop(incarnation: string, graceMs: number): Promise<void> {
    const known = this.#known.get(incarnation);
    if (!known) return;
    known.shim?.send({ kind: "stop", graceMs });
    await known.shim?.until(() => known.shim?.ended !== null, graceMs + KILL_BOUND_MS);
    await this.#bury(incarnation, known, known.shim?.ended ?? "stopped");
  }

  async bind(incarnation: string, lease: WriteLease): Promise<boolean> {
    const shim = this.#known.get(incarnation)?.shim;
    if (!shim || shim.ended || shim.silentMs > SHIM_SILENT_MS) return false;
    return shim.send({ kind: "bind", epoch: lease.epoch, deadlineMs: lease.deadlineMs });
  }

  async logs(incarnation: string | null, lines: number): Promise<readonly string[]> {
    const names = readdirSync("logs").filter(
      (name) => name.endsWith(".log") && (!incarnation || name.includes(incarnation)),
    );
    return names.flatMap((name) => {
      const text = readFileSync(`logs/${name}`, "utf8").trimEnd();
      return text === ""
        ? []
        : text
            .split("\n")
            .slice(-lines)
            .map((line) => `${name.replace(/\.log$/, "")} | ${line}`);
    });
  }

  /** Lets go of every instance without ending it. */
  release(): void {
    for (const { shim } of this.#known.values()) shim?.close();
  }

  #watch(incarnation: string, shim: ShimClient): void {
    void shim
      .until(() => shim.ended !== null, 2 ** 31 - 1)
      .then(() => {
        if (this.#known.get(incarnation)?.shim === shim) this.#onChange();
      });
  }

  /** Makes sure that nothing of the instance runs any more, then forgets it. */
  async #bury(incarnation: string, known: Known, reason: string): Promise<void> {
    const pids = readJson<{ shim: ProcessId | null; app: ProcessId | null }>(`run/${incarnation}.pids`);
    const exit = readJson<{ reason: string }>(`run/${incarnation}.exit`);
    const ids = [pids?.shim, pids?.app].filter((id): id is ProcessId => id !== null && id !== undefined);
    for (const id of ids) if (!exit) signal(id, "SIGKILL");
    const left = (): readonly number[] => [
      ...ids.filter((id) => !(exit && id === pids?.shim) && isRunning(id)).map((id) => id.pid),
      ...withEnvironment(MARK, incarnation).filter((pid) => !(exit && pid === pids?.shim?.pid)),
    ];
    if (!(await killUntilGone(left, KILL_BOUND_MS))) return;
    known.shim?.close();
    this.#known.delete(incarnation);
    for (const suffix of ["instance", "pids", "exit", "sock"]) rmSync(`run/${incarnation}.${suffix}`, { force: true });
    this.#exits.push({ incarnation, slot: known.spec.slot, reason: exit?.reason ?? reason, at: Date.now() });
  }

  async #allotPort(): Promise<number | null> {
    const taken = new Set([...this.#known.values()].map(({ file }) => file.port));
    for (let offset = 1; offset <= MAX_INSTANCES; offset++) {
      const port = this.#portBase + ((this.#next + offset) % MAX_INSTANCES) + 1;
      if (taken.has(port) || !(await isFree(port))) continue;
      this.#next = port - this.#portBase - 1;
      return port;
    }
    return null;
  }

  /** Ports go round, so that a new instance does not get the port of one that clients just lost. */
  #next = -1;
}

const MARK = "HOLDFAST_INCARNATION";

function shimFile(spec: InstanceSpec, port: number, lease: WriteLease | null): ShimFile {
  const inherited = Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]!]] : [])),
  );
  const path = `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
  return {
    ...spec,
    env: { ...inherited, PATH: path, ...siteMark(), ...spec.env },
    host: HOST,
    port,
    log: `logs/instance-${spec.slot}.log`,
    socket: `run/${spec.incarnation}.sock`,
    deadlineMs: lease?.deadlineMs ?? null,
    epoch: lease?.epoch ?? null,
  };
}

/** The mark by which the supervisor finds every process of a site, whatever group it moved itself to. */
const siteMark = (): Record<string, string> =>
  process.env["HOLDFAST_SITE"] ? { HOLDFAST_SITE: process.env["HOLDFAST_SITE"] } : {};

const specOf = (file: ShimFile): InstanceSpec => {
  const { incarnation, slot, zone, release, folder, command, env, cpuMillis, memoryBytes } = file;
  return { incarnation, slot, zone, release, folder, command, env, cpuMillis, memoryBytes };
};

function startProblem(spec: InstanceSpec, reason: string | null): Problem {
  return problem(
    "start",
    `\`${spec.command.join(" ")}\` ended at once: ${reason ?? "unknown"}`,
    "look at `holdfast logs`",
  );
}

async function connectWithin(path: string, boundMs: number, alive: () => boolean): Promise<ShimClient | null> {
  const end = performance.now() + boundMs;
  while (performance.now() < end && alive()) {
    const shim = await ShimClient.connect(path);
    if (shim) return shim;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return null;
}
