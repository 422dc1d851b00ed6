import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { reserveBlock } from "./port-block.ts";
import { RotatingLog } from "./rotating-log.ts";

const LOOK_MS = 100;
/** Looks in a row without a sign of life after which the agent is hung. Counted in looks, so that our own pause is not blamed on it. */
const HUNG_LOOKS = 15;
const START_LOOKS = 150;
const RESPAWN_MS = [50, 100, 200, 500, 1_000, 2_000, 5_000];
const CALM_MS = 30_000;

/**
 * Leads the process group of one site: reserves its ports, keeps its agent alive, and replaces one that hangs.
 * Instances are in the same group but are none of its children: they outlive the agent.
 */
export class Holder {
  readonly #entry: string;
  readonly #log = new RotatingLog("logs/agent.log");
  #agent: ChildProcess | null = null;
  #silentLooks = 0;
  #heard = false;
  #stopping = false;
  #failures = 0;

  constructor(entry: string) {
    this.#entry = entry;
  }

  async run(): Promise<void> {
    const preferred = readPort();
    const block = await reserveBlock(preferred, Math.random);
    if (!block) throw new Error("no block of 100 free ports between 20000 and 32000");
    writeFileSync("run/port-base", String(block.base));
    process.on("SIGTERM", () => this.#stop());
    while (!this.#stopping) {
      const startedMs = performance.now();
      await this.#runAgent(block.base);
      if (this.#stopping) break;
      this.#failures = performance.now() - startedMs > CALM_MS ? 0 : this.#failures + 1;
      await wait(RESPAWN_MS[Math.min(this.#failures, RESPAWN_MS.length - 1)]);
    }
    rmSync("run/port-base", { force: true });
    process.exit(0);
  }

  #runAgent(base: number): Promise<void> {
    this.#silentLooks = 0;
    this.#heard = false;
    const agent = spawn(
      process.execPath,
      [...process.execArgv, this.#entry, "internal", "agent", process.cwd(), String(base)],
      {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    this.#agent = agent;
    agent.stdout?.on("data", (bytes: Buffer) => this.#log.write(bytes));
    agent.stderr?.on("data", (bytes: Buffer) => this.#log.write(bytes));
    agent.on("message", () => {
      this.#silentLooks = 0;
      this.#heard = true;
    });
    const looking = setInterval(() => {
      this.#silentLooks += 1;
      if (this.#silentLooks > (this.#heard ? HUNG_LOOKS : START_LOOKS)) agent.kill("SIGKILL");
    }, LOOK_MS);
    return new Promise((resolve) => {
      const end = (): void => {
        clearInterval(looking);
        this.#agent = null;
        resolve();
      };
      agent.on("error", end);
      agent.on("exit", end);
    });
  }

  #stop(): void {
    this.#stopping = true;
    this.#agent?.kill("SIGTERM");
  }
}

function readPort(): number | null {
  try {
    return Number(readFileSync("run/port-base", "utf8")) || null;
  } catch {
    return null;
  }
}
