import { fail, ok, type Problem, problem, type Result } from "../../domain/index.ts";
import { parseDuration, parsePercent } from "../../spec/index.ts";

/** `share`: 99.95% or 0.9995. `time`: 8751h. `count`: whole. `number`: any from 0. */
export type ValueKind = "share" | "time" | "count" | "number" | "text";

export type CalcOption = {
  readonly name: string;
  readonly kind: ValueKind;
  readonly meaning: string;
  /** Used when it is not given; without one it must be. null: it may be left out. */
  readonly fallback?: number | string | null;
};

export type Values = {
  number(name: string): number;
  optional(name: string): number | null;
  text(name: string): string;
  readonly rest: readonly string[];
};

const wrong = (message: string, next: string): Result<never, Problem> => fail(problem("input", message, next));

/** Times become seconds. */
export function parseValue(kind: ValueKind, name: string, given: string): Result<number | string, Problem> {
  switch (kind) {
    case "text":
      return ok(given);
    case "time": {
      const parsed = parseDuration(given);
      return parsed.ok ? ok(parsed.value / 1000) : wrong(`${name}: ${parsed.error.message}`, parsed.error.next);
    }
    case "share":
      return parseShare(name, given);
    default: {
      const value = Number(given);
      if (given.trim() === "" || !Number.isFinite(value))
        return wrong(`${name}: \`${given}\` is not a number`, "write digits");
      if (value < 0) return wrong(`${name}: ${given} is negative`, "write a number from 0");
      if (kind === "count" && !Number.isInteger(value))
        return wrong(`${name}: ${given} is not whole`, "write a whole number");
      return ok(value);
    }
  }
}

/** `99.95%`, or a number up to 1. Above 100 % it is said so. */
export function parseShare(name: string, given: string): Result<number, Problem> {
  const plain = Number(given);
  if (given.trim() !== "" && Number.isFinite(plain)) {
    if (plain >= 0 && plain <= 1) return ok(plain);
    const next = plain > 1 && plain <= 100 ? `write \`${given}%\`` : "write a share up to 100 %, such as 99.95%";
    return wrong(`${name}: ${given} is not a share`, next);
  }
  if (given.endsWith("%") && Number(given.slice(0, -1)) > 100)
    return wrong(`${name}: ${given} is more than all`, "write a share up to 100 %, such as 99.95%");
  const parsed = parsePercent(given);
  return parsed.ok ? parsed : wrong(`${name}: ${parsed.error.message}`, parsed.error.next);
}

/** Reads the options of one calculator; every problem is told with the option's name. */
export function readValues(
  options: readonly CalcOption[],
  given: Readonly<Record<string, unknown>>,
  rest: readonly string[],
): Result<Values, readonly Problem[]> {
  const found = new Map<string, number | string | null>();
  const problems: Problem[] = [];
  for (const { name, kind, meaning, fallback } of options) {
    const value = given[camel(name)] as string | undefined;
    if (value === undefined) {
      if (fallback === undefined)
        problems.push(problem("input", `--${name} is missing: ${meaning}`, `add --${name} ${EXAMPLES[kind]}`));
      else found.set(name, fallback);
      continue;
    }
    const parsed = parseValue(kind, `--${name}`, value);
    if (parsed.ok) found.set(name, parsed.value);
    else problems.push(parsed.error);
  }
  if (problems.length > 0) return fail(problems);
  return ok({
    number: (name) => found.get(name) as number,
    optional: (name) => (found.get(name) as number | null | undefined) ?? null,
    text: (name) => String(found.get(name)),
    rest,
  });
}

const EXAMPLES: Readonly<Record<ValueKind, string>> = {
  share: "99.9%",
  time: "4h",
  count: "2",
  number: "10",
  text: "…",
};

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Every value after the command as a share. */
export function shares(values: readonly string[]): Result<readonly number[], Problem> {
  const found: number[] = [];
  for (const value of values) {
    const parsed = parseShare("a part", value);
    if (!parsed.ok) return parsed;
    found.push(parsed.value);
  }
  return found.length > 0 ? ok(found) : wrong("which parts?", "name their availabilities, such as 99.95% 99.99%");
}
