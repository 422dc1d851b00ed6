import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { type Application, fail, ok, type Problem, type Result } from "../domain/index.ts";
import { fieldsAt } from "./explain.ts";
import { applicationSchema } from "./schema.ts";
import { closest } from "./suggest.ts";
import { type Files, type Finding, toApplication } from "./to-application.ts";

const MAX_CHARS = 1024 * 1024;

type Locate = (path: readonly (string | number)[], key: boolean) => string;

/** Parses `holdfast.yaml`. Every problem at once, each with file, line and column, and what to do next. */
export function parseApplication(text: string, file: string, files: Files): Result<Application, readonly Problem[]> {
  if (text.length > MAX_CHARS)
    return fail([
      {
        kind: "spec",
        at: file,
        message: `the file has more than ${MAX_CHARS} characters`,
        next: "keep only the declaration in it",
      },
    ]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return fail(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return {
          kind: "yaml",
          at: `${file}:${line}:${col}`,
          message: firstLine(error.message),
          next: nextForYaml(error.code),
        };
      }),
    );
  }
  const locate: Locate = (path, key) => {
    const offset = offsetOf(document.contents as Node | null, path, key);
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (!isMap(document.contents)) {
    return fail([
      {
        kind: "spec",
        at: `${file}:1:1`,
        message: document.contents === null ? "the file is empty" : "the file is not a list of fields",
        next: "run `holdfast init` for a commented starter",
      },
    ]);
  }
  return check(document.toJS() as unknown, files, locate);
}

/** Checks the value of `holdfast.config.ts`; places are paths of keys. */
export function parseDefinition(value: unknown, file: string, files: Files): Result<Application, readonly Problem[]> {
  return check(value, files, (path) => `${file}: ${path.length === 0 ? "(top)" : path.join(".")}`);
}

function check(value: unknown, files: Files, locate: Locate): Result<Application, readonly Problem[]> {
  const parsed = applicationSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) return fail(parsed.error.issues.flatMap((issue) => describe(issue, locate)));
  const application = toApplication(parsed.data, files);
  return application.ok
    ? ok(application.value)
    : fail(application.error.map((finding) => fromFinding(finding, locate)));
}

const fromFinding = ({ path, message, next }: Finding, locate: Locate): Problem => ({
  kind: "spec",
  at: locate(path, false),
  message: `${nameOf(path)}: ${message}`,
  next,
});

const nameOf = (path: readonly (string | number | symbol)[]): string => path.map(String).join(".");

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, locate: Locate): readonly Problem[] {
  const path = issue.path as (string | number)[];
  const at = locate(path, false);
  const name = nameOf(path) || "the file";
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, locate));
    case "invalid_type":
      if (issue.input === undefined) return [missing(path, locate)];
      return [
        {
          kind: "spec",
          at,
          message: `${name}: expected ${expected(issue.expected)}, found ${show(issue.input)}`,
          next: nextForType(issue.expected, issue.input, path),
        },
      ];
    case "invalid_value": {
      if (issue.input === undefined) return [missing(path, locate)];
      const values = issue.values.map(String);
      const guess = closest(String(issue.input), values);
      const special = specialValue(path, String(issue.input));
      return [
        {
          kind: "spec",
          at,
          message: `${name}: ${show(issue.input)} is not one of ${values.join(", ")}${special ? `; ${special}` : ""}`,
          next: guess ? `did you mean \`${guess}\`?` : `write one of ${values.join(", ")}`,
        },
      ];
    }
    case "invalid_union":
      return [
        {
          kind: "spec",
          at,
          message: `${name}: ${show(issue.input)} is not allowed here`,
          next: `run \`holdfast explain ${explainName(path)}\``,
        },
        ...issue.errors
          .flat()
          .filter((inner) => inner.code === "custom")
          .flatMap((inner) => describe({ ...inner, path: [...path, ...inner.path] }, locate)),
      ];
    case "custom":
      return [
        {
          kind: "spec",
          at,
          message: `${name}: ${issue.message}`,
          next: String(issue.params?.["next"] ?? `run \`holdfast explain ${explainName(path)}\``),
        },
      ];
    default:
      return [
        {
          kind: "spec",
          at,
          message: `${name}: ${issue.message}, found ${show(issue.input)}`,
          next: `run \`holdfast explain ${explainName(path)}\``,
        },
      ];
  }
}

/** Values that other versions or other tools know. */
function specialValue(path: readonly (string | number)[], value: string): string | null {
  if (path[path.length - 1] === "driver") return `a driver \`${value}\` is not part of this version`;
  if (path[path.length - 1] === "platform") return `a platform \`${value}\` is not part of this version`;
  return null;
}

function missing(path: readonly (string | number)[], locate: Locate): Problem {
  const key = String(path[path.length - 1]);
  const field = fieldsAt(path.slice(0, -1)).find((each) => each.name === key);
  const parent = nameOf(path.slice(0, -1)) || "the file";
  return {
    kind: "spec",
    at: locate(path.slice(0, -1), false),
    message: `\`${key}\` is missing in ${parent}${field?.description ? `: ${lower(field.description)}` : ""}`,
    next: `add \`${key}: ${field?.example ?? "…"}\``,
  };
}

function unknownKey(path: readonly (string | number)[], key: string, locate: Locate): Problem {
  const names = fieldsAt(path).map((field) => field.name);
  const guess = closest(key, names);
  const where = path.length === 0 ? "at the top" : `in \`${nameOf(path)}\``;
  const image =
    key === "image" && path[0] === "service"
      ? "images run on Docker and Kubernetes sites, which this version does not have; use `command`"
      : null;
  return {
    kind: "spec",
    at: locate([...path, key], true),
    message: `\`${key}\` is not a field ${where}${guess && !image ? `; did you mean \`${guess}\`?` : ""}`,
    next: image ?? `the fields here are ${names.join(", ")}`,
  };
}

const expected = (type: string): string =>
  ({
    string: "a text",
    int: "a whole number",
    number: "a number",
    object: "fields",
    array: "a list",
    record: "names with texts",
    boolean: "true or false",
  })[type] ?? type;

function nextForType(type: string, input: unknown, path: readonly (string | number)[]): string {
  const example = fieldsAt(path.slice(0, -1)).find((each) => each.name === path[path.length - 1])?.example;
  if (type === "string" && typeof input === "number" && example) return `write a unit, such as \`${example}\``;
  if (type === "string" && typeof input === "number") return `put it in quotes: "${input}"`;
  return `run \`holdfast explain ${explainName(path)}\``;
}

const explainName = (path: readonly (string | number)[]): string =>
  path.filter((part) => typeof part === "string").join(".");

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return `\`${text.length > 60 ? `${text.slice(0, 57)}…` : text}\``;
};

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");

const firstLine = (text: string): string => text.split("\n")[0]!;

function nextForYaml(code: string): string {
  if (code === "TAB_AS_INDENT") return "indent with spaces";
  if (code === "DUPLICATE_KEY") return "remove one of the two";
  return "correct the YAML; https://yaml.org/spec/1.2.2/ has the syntax";
}

/** Offset of a value (or of its key) in the text; of the nearest parent when it is not there. */
function offsetOf(root: Node | null, path: readonly (string | number)[], key: boolean): number {
  let node: Node | null = root;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    const items: readonly unknown[] = (node as { items?: unknown[] } | null)?.items ?? [];
    const found: unknown = isMap(node)
      ? items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === part)
      : items[Number(part)];
    if (found === undefined) return offset;
    if (isPair(found)) {
      const keyNode = found.key as Node;
      offset = keyNode.range?.[0] ?? offset;
      if (key && index === path.length - 1) return offset;
      node = found.value as Node | null;
    } else node = found as Node;
    if (index === path.length - 1 && node?.range) offset = node.range[0];
  }
  return offset;
}
