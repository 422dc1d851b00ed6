import pc from "picocolors";
import type { Problem } from "../domain/index.ts";

/** 0 ok, 1 error, 2 changes pending, 3 objective not met or not achievable, 4 applied in part. */
export const EXIT = { ok: 0, error: 1, changes: 2, missed: 3, partial: 4 } as const;

/** Ends a command with a status after its problems were printed. */
export class Exit extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

export type Output = {
  readonly json: boolean;
  /** Data: the answer that was asked for, on stdout. */
  print(text: string): void;
  /** Talk: progress and advice, on stderr; silent with --json. */
  say(text: string): void;
  /** The one JSON object on stdout of a command with --json. */
  result(value: unknown): void;
};

export const makeOutput = (json: boolean): Output => ({
  json,
  print: (text) => void (json || process.stdout.write(`${text}\n`)),
  say: (text) => void (json || process.stderr.write(`${text}\n`)),
  result: (value) => void (json && process.stdout.write(`${JSON.stringify(value)}\n`)),
});

/** Place, reason, next action; as JSON with --json. */
export function fail(output: Output, problems: readonly Problem[], status: number = EXIT.error): never {
  if (output.json) process.stdout.write(`${JSON.stringify({ error: problems[0], problems })}\n`);
  for (const { at, message, next } of problems) {
    process.stderr.write(`${pc.red("error")}${at ? ` ${pc.bold(at)}` : ""} ${message}\n`);
    if (next) process.stderr.write(`  ${pc.dim("next:")} ${next}\n`);
  }
  throw new Exit(status);
}

/** A table with aligned columns; the width of colour codes does not count. */
export function table(rows: readonly (readonly string[])[], indent = "  "): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one
  const width = (text: string): number => text.replace(/\u001b\[\d+m/g, "").length;
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  return rows
    .map(
      (row) =>
        indent +
        row
          .map((cell, index) => (index === row.length - 1 ? cell : cell + " ".repeat(widths[index]! - width(cell))))
          .join("  "),
    )
    .join("\n");
}
