// The shim of one instance: holds its lease deadline, its output and its exit status. Small on purpose: it imports only
// what it needs, lives as long as the instance, and works when the agent is dead or stopped.
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { readJson, replaceJson } from "../durable.ts";
import { applyLimits, removeLimits } from "../limits.ts";
import { identify, killUntilGone, withEnvironment } from "../processes.ts";
import { RotatingLog } from "../rotating-log.ts";
import type { FromShim, ShimFile, ToShim } from "./protocol.ts";

/** Longest delay of setTimeout that we use in one piece; a deadline is checked again when it fires. */
const CHECK_AT_MOST_MS = 250;
const KILL_BOUND_MS = 10_000;

export const INCARNATION_VARIABLE = "HOLDFAST_INCARNATION";

const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

class Shim {
  readonly #file: ShimFile;
  readonly #log: RotatingLog;
  readonly #child: ChildProcess;
  readonly #agents = new Set<Socket>();
  #deadlineMs: number | null;
  #epoch: number | null;
  #limits = "";
  #cause: string | null = null;
  #exited: string | null = null;

  constructor(file: ShimFile) {
    this.#file = file;
    this.#deadlineMs = file.deadlineMs;
    this.#epoch = file.epoch;
    this.#log = new RotatingLog(file.log);
    const [command, ...args] = file.command;
    this.#child = spawn(command!, args, {
      cwd: file.folder,
      env: { ...file.env, PORT: String(file.port), HOST: file.host, [INCARNATION_VARIABLE]: file.incarnation },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (bytes: Buffer) => this.#log.write(bytes));
    this.#child.stderr?.on("data", (bytes: Buffer) => this.#log.write(bytes));
    this.#child.on("error", (error) => this.#end(`cannot start ${command}: ${error.message}`));
    this.#child.on("exit", (code, signal) =>
      this.#end(this.#cause ?? (signal ? `killed by ${signal}` : `exit code ${code}`)),
    );
    if (this.#child.pid !== undefined) this.#limits = applyLimits(file.incarnation, this.#child.pid, file);
  }

  run(): void {
    rmSync(this.#file.socket, { force: true });
    createServer((socket) => this.#serve(socket)).listen(this.#file.socket);
    const app = this.#child.pid === undefined ? null : identify(this.#child.pid);
    replaceJson(`run/${this.#file.incarnation}.pids`, { shim: identify(process.pid), app });
    setInterval(() => this.#checkLease(), CHECK_AT_MOST_MS);
    this.#arm();
  }

  /** A timer exactly at the deadline, and a slow check beside it for a process that was stopped meanwhile. */
  #arm(): void {
    if (this.#deadlineMs === null) return;
    setTimeout(() => this.#checkLease(), Math.max(0, this.#deadlineMs - monotonicMs()));
  }

  #checkLease(): void {
    if (this.#deadlineMs === null || monotonicMs() < this.#deadlineMs) return;
    this.#cause = `its lease on epoch ${this.#epoch} ran out`;
    this.#child.kill("SIGKILL");
  }

  #serve(socket: Socket): void {
    this.#agents.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#agents.delete(socket));
    createInterface({ input: socket })
      .on("line", (line) => this.#receive(JSON.parse(line) as ToShim))
      .on("error", () => socket.destroy());
    this.#tell(socket);
  }

  #receive(message: ToShim): void {
    if (message.kind === "stop") this.#stop(message.graceMs);
    // An older epoch never replaces a newer one (safety rule 2).
    if (message.kind === "bind" && message.epoch >= (this.#epoch ?? 0)) {
      this.#checkLease();
      this.#epoch = message.epoch;
      this.#deadlineMs = Math.max(message.deadlineMs, this.#deadlineMs ?? 0);
      this.#arm();
    }
    for (const socket of this.#agents) this.#tell(socket);
  }

  #stop(graceMs: number): void {
    this.#cause ??= "stopped";
    this.#child.kill("SIGTERM");
    setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
  }

  #tell(socket: Socket): void {
    const app = this.#child.pid === undefined ? null : identify(this.#child.pid);
    const message: FromShim =
      this.#exited !== null
        ? { kind: "exited", reason: this.#exited }
        : app
          ? { kind: "running", app, shim: process.pid, limits: this.#limits, epoch: this.#epoch }
          : { kind: "ending" };
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  }

  #end(reason: string): void {
    if (this.#exited !== null) return;
    this.#exited = reason;
    this.#log.write(`[holdfast] ${this.#file.incarnation} ended: ${reason}\n`);
    // Children that the application left behind write under no lease; they end with it.
    const left = (): readonly number[] => withEnvironment(INCARNATION_VARIABLE, this.#file.incarnation);
    void killUntilGone(left, KILL_BOUND_MS).then(() => {
      removeLimits(this.#file.incarnation);
      replaceJson(`run/${this.#file.incarnation}.exit`, { reason, at: Date.now() });
      for (const socket of this.#agents) this.#tell(socket);
      setTimeout(() => process.exit(0), 50);
    });
  }
}

const file = readJson<ShimFile>(process.argv[2]!);
if (!file) throw new Error(`no shim file ${process.argv[2]}`);
// The agent that started us may go away; the terminal that started it may too.
process.on("SIGHUP", () => {});
new Shim(file).run();
