import type { Command } from "commander";
import type { Problem, Result } from "../domain/index.ts";
import type { HoldfastClient } from "../sdk/index.ts";
import { type Deployment, notRunning } from "./deployment.ts";
import type { Loaded } from "./load.ts";
import { fail, makeOutput, type Output } from "./output.ts";

export type GlobalOptions = {
  readonly json?: boolean;
  readonly file?: string;
  readonly yes?: boolean;
  readonly input?: boolean;
};

/** What every command has: output, the application file when it asks for it, and the deployment beside it. */
export type Context = {
  readonly output: Output;
  readonly options: GlobalOptions;
  /** The same command in another folder. */
  at(folder: string): Promise<Context>;
  load(): Promise<Loaded>;
  deployment(): Promise<Deployment>;
  /** Client of what runs; ends the command when nothing does. */
  client(): Promise<{ readonly client: HoldfastClient; readonly deployment: Deployment }>;
  /** The value, or the end of the command with its problem. */
  need<T>(result: Result<T> | Result<T, readonly Problem[]>, status?: number): T;
  /** Asks before something that moves or destroys; --yes answers, --no-input or a pipe refuses. */
  confirm(question: string): Promise<void>;
};

export type MakeDeployment = (folder: string) => Promise<Deployment>;

export const makeContext = (command: Command, make: MakeDeployment): Context =>
  contextFor(command.optsWithGlobals<GlobalOptions>(), make);

function contextFor(options: GlobalOptions, make: MakeDeployment): Context {
  const output = makeOutput(options.json ?? false);
  const need = <T>(result: Result<T> | Result<T, readonly Problem[]>, status?: number): T => {
    if (result.ok) return result.value;
    return fail(output, Array.isArray(result.error) ? (result.error as Problem[]) : [result.error as Problem], status);
  };
  const load = async (): Promise<Loaded> => {
    const { loadApplication } = await import("./load.ts");
    return need(await loadApplication(process.cwd(), options.file));
  };
  const deployment = async (): Promise<Deployment> => {
    const { findFile } = await import("./load.ts");
    const { dirname } = await import("node:path");
    return make(dirname(need(findFile(process.cwd(), options.file))));
  };
  return {
    output,
    options,
    at: async (folder) => contextFor({ ...options, file: folder }, make),
    load,
    deployment,
    need,
    async client() {
      const found = await deployment();
      if (!(await found.isRunning())) fail(output, [notRunning()]);
      return { client: need(found.client()), deployment: found };
    },
    async confirm(question) {
      if (options.yes) return;
      if (options.input === false || !process.stdin.isTTY) {
        fail(output, [{ kind: "confirm", message: `${question} needs a yes`, next: "give --yes" }]);
      }
      const { createInterface } = await import("node:readline/promises");
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await reader.question(`${question} [y/N] `);
      reader.close();
      if (!/^y(es)?$/i.test(answer.trim())) fail(output, [{ kind: "confirm", message: "not done" }]);
    },
  };
}
