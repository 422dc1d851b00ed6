import type { Context } from "../context.ts";

/** One command: what help says, and what it does. Its imports are inside `run`, so that help is fast. */
export type CommandSpec = {
  readonly name: string;
  readonly summary: string;
  readonly args?: readonly (readonly [argument: string, text: string])[];
  readonly options?: readonly (readonly [flags: string, text: string, fallback?: string])[];
  readonly help?: readonly string[];
  readonly run: (
    context: Context,
    args: readonly (string | undefined)[],
    options: Readonly<Record<string, unknown>>,
  ) => Promise<void>;
};
