import type { GoldenRequest } from "../../domain/index.ts";

/** Reads `$.a.b[0]` from a JSON value; undefined when there is nothing at the path. */
export function readJsonPath(value: unknown, path: string): unknown {
  const steps = [...path.matchAll(/\.([A-Za-z_][\w-]*)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
  let at: unknown = value;
  for (const step of steps) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

/** Whether an answer holds the known right value. An answer that is not JSON is wrong. */
export function isRight(expect: GoldenRequest["expect"], body: string): boolean {
  try {
    return readJsonPath(JSON.parse(body), expect.jsonPath) === expect.equals;
  } catch {
    return false;
  }
}
