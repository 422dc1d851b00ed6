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
export function holdfast(folder: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
  });
}

/** Starts `holdfast` and leaves it running, to be interrupted. */
export const startHoldfast = (folder: string, ...args: readonly string[]) =>
  spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: "ignore" });

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
    if (Date.now() > end) throw new Error(`not within ${boundMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A copy of the small example, below the project so that its packages are found. */
export class TestCluster {
  readonly folder: string;
  readonly port: number;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
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

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  edit(change: (yaml: string) => string): void {
    const file = join(this.folder, "holdfast.yaml");
    writeFileSync(file, change(readFileSync(file, "utf8")));
  }

  run(...args: readonly string[]): Promise<Ran> {
    return holdfast(this.folder, ...args);
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

  async put(id: string, text = "Guten Morgen, wie geht es dir heute?"): Promise<number> {
    const response = await fetch(`${this.url}/v1/notes/${id}`, { method: "PUT", body: JSON.stringify({ text }) });
    await response.text();
    return response.status;
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

  /** Stops everything and removes the folder; names what is still running. */
  async remove(): Promise<readonly string[]> {
    await this.run("down");
    const left = this.processes();
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
