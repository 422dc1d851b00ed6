import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { readJson, replaceJson } from "../durable.ts";
import { environmentValue, identify, isRunning, type ProcessId, withEnvironment } from "../processes.ts";

/** The mark of every process of one application; what carries it and is not recorded is an orphan. */
export const STATE_MARK = "HOLDFAST_STATE";
export const SITE_MARK = "HOLDFAST_SITE";
export const ROLE_MARK = "HOLDFAST_ROLE";
export const SUPERVISOR_ROLE = "supervisor";

/** A young generation of 2 MiB: these processes are many and mostly wait, so that memory matters more than speed. */
export const SMALL = ["--max-semi-space-size=2"];

export type Child = ProcessId & { readonly incarnation: string };

export type Launch = {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Its output; null: it keeps its own log. */
  readonly log: string | null;
  readonly env: Readonly<Record<string, string>>;
};

/** The processes that the supervisor keeps alive, recorded so that the next supervisor takes them over. */
export class Children {
  readonly #file: string;
  readonly #cluster: string;
  readonly #entry: string;
  #records: Record<string, Child>;

  constructor(file: string, cluster: string, entry: string) {
    this.#file = file;
    this.#cluster = cluster;
    this.#entry = entry;
    this.#records = readJson<Record<string, Child>>(file) ?? {};
    this.#adoptUnrecorded();
  }

  /** A supervisor that died between a spawn and its record left a process that only its mark tells. */
  #adoptUnrecorded(): void {
    for (const pid of withEnvironment(STATE_MARK, this.#cluster)) {
      const role = environmentValue(pid, ROLE_MARK);
      const id = identify(pid);
      if (!role || role === SUPERVISOR_ROLE || !id || this.running(role)) continue;
      this.#record(role, { ...id, incarnation: environmentValue(pid, "HOLDFAST_START") ?? randomUUID() });
    }
  }

  get(name: string): Child | null {
    return this.#records[name] ?? null;
  }

  running(name: string): Child | null {
    const child = this.#records[name];
    return child && isRunning(child) ? child : null;
  }

  names(): readonly string[] {
    return Object.keys(this.#records);
  }

  /** Starts a process in a group of its own, so that no terminal and no dying parent takes it along. */
  start(launch: Launch): Child | null {
    const incarnation = randomUUID();
    const output = launch.log === null ? "ignore" : openSync(launch.log, "a", 0o600);
    const child = spawn(process.execPath, [...SMALL, this.#entry, ...launch.args], {
      cwd: launch.cwd,
      detached: true,
      stdio: ["ignore", output, output],
      env: {
        ...process.env,
        [STATE_MARK]: this.#cluster,
        [ROLE_MARK]: launch.name,
        HOLDFAST_START: incarnation,
        ...launch.env,
      },
    });
    if (typeof output === "number") closeSync(output);
    child.on("error", () => {});
    child.unref();
    const id = child.pid === undefined ? null : identify(child.pid);
    if (!id) return null;
    const started = { ...id, incarnation };
    this.#record(launch.name, started);
    return started;
  }

  forget(name: string): void {
    const { [name]: _gone, ...rest } = this.#records;
    this.#records = rest;
    replaceJson(this.#file, rest);
  }

  #record(name: string, child: Child): void {
    this.#records = { ...this.#records, [name]: child };
    replaceJson(this.#file, this.#records);
  }
}
