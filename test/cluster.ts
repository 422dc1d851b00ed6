// Runs the real thing for a test: a copy of the small example in a folder of its own, started by the command line.
import { execFile, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Status } from "../src/domain/index.ts";

const ROOT = join(import.meta.dirname, "..");
const MAIN = join(ROOT, "src", "main.ts");

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs `holdfast` in a folder. */
export const holdfast = (folder: string, ...args: readonly string[]): Promise<Ran> => runIn(folder, args, {});

function runIn(folder: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
  });
}

/** Starts `holdfast` and leaves it running, to be interrupted. */
export const startHoldfast = (folder: string, ...args: readonly string[]) =>
  spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });

/** Starts `holdfast`, interrupts it (Ctrl-C) after a time, and waits for its end. */
export async function interrupt(folder: string, afterMs: number, ...args: readonly string[]): Promise<void> {
  const child = startHoldfast(folder, ...args);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, afterMs))]);
  child.kill("SIGINT");
  await ended;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Waits until `look` gives something; fails with `what` when the bound is over. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  boundMs = 30_000,
): Promise<T> {
  const end = Date.now() + boundMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${boundMs} ms: ${what}\n${await TestCluster.diagnose()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A copy of the small example, below the project so that its packages are found. */
export class TestCluster {
  static readonly #live = new Set<TestCluster>();
  readonly folder: string;
  readonly port: number;
  /** For every command, and so for every process that `up` starts. */
  env: Readonly<Record<string, string>> = {};

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    TestCluster.#live.add(this);
  }

  /** What the clusters of this test file are doing: said when a test waits in vain. */
  static async diagnose(): Promise<string> {
    const said = [...TestCluster.#live].map(async (cluster) => {
      const status = await cluster.status().catch((error: unknown) => ({ error: String(error) }));
      const events = await cluster.run("logs", "--lines", "30").catch(() => ({ stdout: "" }));
      return `${JSON.stringify(status)}\n${events.stdout}`;
    });
    return (await Promise.all(said)).join("\n");
  }

  static async make(edit: (yaml: string) => string = (yaml) => yaml): Promise<TestCluster> {
    mkdirSync(join(ROOT, "tmp"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, "tmp", "cluster-"));
    const port = await freePort();
    cpSync(join(ROOT, "examples", "language"), folder, {
      recursive: true,
      filter: (path) => !path.includes(".holdfast") && !path.endsWith(".test.ts"),
    });
    const file = join(folder, "holdfast.yaml");
    writeFileSync(file, edit(readFileSync(file, "utf8").replace("port: 18090", `port: ${port}`)));
    return new TestCluster(folder, port);
  }

  /** A folder of somebody else's application. */
  static at(folder: string, port: number): TestCluster {
    return new TestCluster(folder, port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  edit(change: (yaml: string) => string): void {
    const file = join(this.folder, "holdfast.yaml");
    writeFileSync(file, change(readFileSync(file, "utf8")));
  }

  run(...args: readonly string[]): Promise<Ran> {
    return runIn(this.folder, args, this.env);
  }

  async up(): Promise<Ran> {
    const ran = await this.run("up");
    if (ran.code !== 0) throw new Error(`up failed: ${ran.stderr}`);
    return ran;
  }

  async status(): Promise<Status> {
    const ran = await this.run("status", "--json");
    if (ran.code !== 0) throw new Error(`status failed: ${ran.stderr}`);
    return JSON.parse(ran.stdout) as Status;
  }

  /** Both sites up with every instance, a writer, and a standby that has everything. */
  whole(boundMs = 60_000): Promise<Status> {
    return until(
      "both sites whole",
      async () => {
        const status = await this.status();
        const sites = Object.values(status.sites);
        const ready = sites.every(
          (site) => site.instances.filter((each) => each.state === "ready").length >= site.wanted,
        );
        const up = sites.length === 2 && Object.values(status.power).every((each) => each.state === "on");
        const barrier = status.desired?.application.data.every((data) => data.replication === "barrier") ?? false;
        const inSync = !barrier || status.inSync?.sites.length === 1;
        return status.failover?.phase.kind === "steady" && ready && up && inSync ? status : null;
      },
      boundMs,
    );
  }

  /** Pid of a process that the supervisor keeps, NaN while there is none: `store`, `gateway-0`, `site-east` (the holder, leader of its group). */
  pid(name: string): number {
    if (name === "supervisor") {
      const line = this.processes().find((each) => each.includes("internal supervisor"));
      return Number(line?.trim().split(" ")[0]);
    }
    const records = JSON.parse(readFileSync(join(this.folder, ".holdfast", "processes.json"), "utf8"));
    return (records as Record<string, { pid: number } | undefined>)[name]?.pid ?? Number.NaN;
  }

  async put(id: string, text = "Guten Morgen, wie geht es dir heute?"): Promise<number> {
    const response = await fetch(`${this.url}/v1/notes/${id}`, { method: "PUT", body: JSON.stringify({ text }) });
    await response.text();
    return response.status;
  }

  /** A write that is given up after two seconds. */
  tryPut(id: string): Promise<boolean> {
    const body = '{"text":"Guten Morgen"}';
    return fetch(`${this.url}/v1/notes/${id}`, { method: "PUT", body, signal: AbortSignal.timeout(2_000) })
      .then(async (response) => response.ok && (await response.text()) !== "")
      .catch(() => false);
  }

  async has(id: string): Promise<boolean> {
    const response = await fetch(`${this.url}/v1/notes/${id}`);
    await response.text();
    return response.status === 200;
  }

  async detect(): Promise<number> {
    const response = await fetch(`${this.url}/v1/detect`, {
      method: "POST",
      body: JSON.stringify({ text: "Guten Morgen, wie geht es dir heute?" }),
    });
    await response.text();
    return response.status;
  }

  /** Stops everything; names what is still running. */
  async stop(): Promise<readonly string[]> {
    await this.run("down");
    return this.processes();
  }

  /** Stops everything and removes the folder; names what is still running. */
  async remove(): Promise<readonly string[]> {
    const left = await this.stop();
    TestCluster.#live.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
    return left;
  }

  /** Command lines of processes that belong to this folder, or run in it. */
  processes(): readonly string[] {
    const ps = execText("ps", ["-eo", "pid=,args="]);
    return ps.split("\n").filter((line) => line.includes(this.folder) && !line.includes("ps -eo"));
  }
}

const execText = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { encoding: "utf8" });
