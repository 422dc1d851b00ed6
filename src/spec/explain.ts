import { z } from "zod";
import { fail, ok, type Problem, problem, type Result } from "../domain/index.ts";
import { applicationSchema } from "./schema.ts";
import { closest } from "./suggest.ts";

type Json = { readonly [key: string]: unknown };

export type Field = {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  readonly default: string | null;
  readonly example: string | null;
  readonly fields: readonly string[];
};

let cached: Json | null = null;

/** JSON Schema (draft 2020-12) of the application file, for editors. */
export function applicationJsonSchema(): Json {
  cached ??= { title: "Holdfast application", ...(z.toJSONSchema(applicationSchema, { io: "input" }) as Json) };
  return cached;
}

/** Goes into lists and into the alternative that has fields. */
function open(schema: Json): Json {
  if (schema["items"]) return open(schema["items"] as Json);
  const alternatives = (schema["anyOf"] ?? schema["allOf"]) as readonly Json[] | undefined;
  if (!alternatives) return schema;
  const withFields = alternatives.map(open).find((each) => each["properties"]);
  return withFields ? { ...withFields, description: schema["description"] ?? withFields["description"] } : schema;
}

const propertiesOf = (schema: Json): Readonly<Record<string, Json>> =>
  (open(schema)["properties"] as Record<string, Json> | undefined) ?? {};

function schemaAt(path: readonly (string | number)[]): Json | null {
  let at: Json | null = applicationJsonSchema();
  for (const part of path) {
    if (typeof part === "number") continue;
    at = at ? (propertiesOf(at)[part] ?? null) : null;
  }
  return at;
}

/** The fields inside the value at a path; list positions are skipped. */
export function fieldsAt(path: readonly (string | number)[]): readonly Field[] {
  const schema = schemaAt(path);
  if (!schema) return [];
  const required = (open(schema)["required"] as readonly string[] | undefined) ?? [];
  const prefix = path.filter((part) => typeof part === "string");
  return Object.entries(propertiesOf(schema)).map(([name, inner]) =>
    describe(name, [...prefix, name].join("."), inner, required.includes(name)),
  );
}

function describe(name: string, path: string, schema: Json, required: boolean): Field {
  const example =
    schema["example"] ?? (schema["const"] as unknown) ?? (schema["enum"] as readonly unknown[] | undefined)?.[0];
  return {
    name,
    path,
    type: typeOf(schema),
    required: required && schema["default"] === undefined,
    description: String(schema["description"] ?? ""),
    default: schema["default"] === undefined ? null : JSON.stringify(schema["default"]),
    example: example === undefined ? null : String(example),
    fields: Object.keys(propertiesOf(schema)),
  };
}

function typeOf(schema: Json): string {
  if (schema["const"] !== undefined) return `\`${String(schema["const"])}\``;
  if (schema["enum"]) return (schema["enum"] as readonly unknown[]).map((value) => `\`${String(value)}\``).join(" or ");
  if (schema["anyOf"]) return [...new Set((schema["anyOf"] as readonly Json[]).map(typeOf))].join(" or ");
  if (schema["type"] === "array") return `list of ${typeOf((schema["items"] as Json | undefined) ?? {})}`;
  if (schema["type"] === "object") return schema["properties"] ? "fields" : "names with texts";
  return (
    (
      {
        string: schema["example"] ? "text with a unit" : "text",
        integer: "whole number",
        number: "number",
        boolean: "true or false",
      } as Record<string, string>
    )[String(schema["type"])] ?? "any value"
  );
}

/** What `holdfast explain FIELD` says; the empty path lists the top. */
export function explainField(
  path: string,
): Result<{ readonly field: Field | null; readonly inside: readonly Field[] }> {
  const parts = path === "" ? [] : path.replace(/\[\d*\]/g, "").split(".");
  for (let depth = 0; depth < parts.length; depth++) {
    const names = fieldsAt(parts.slice(0, depth)).map((field) => field.name);
    if (names.includes(parts[depth]!)) continue;
    const where = depth === 0 ? "at the top" : `in ${parts.slice(0, depth).join(".")}`;
    const guess = closest(parts[depth]!, names);
    return fail(
      unknown(
        `there is no field ${parts[depth]} ${where}`,
        guess
          ? `did you mean \`holdfast explain ${[...parts.slice(0, depth), guess].join(".")}\`?`
          : `the fields there are ${names.join(", ") || "none"}`,
      ),
    );
  }
  const field =
    parts.length === 0
      ? null
      : (fieldsAt(parts.slice(0, -1)).find((each) => each.name === parts[parts.length - 1]) ?? null);
  return ok({ field, inside: fieldsAt(parts) });
}

const unknown = (message: string, next: string): Problem => problem("unknown-field", message, next);
