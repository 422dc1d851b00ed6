import { fail, ok, problem, type Result } from "../domain/index.ts";

export type Redundancy = { readonly level: number; readonly spare: number; readonly meaning: string };

/** Redundancy level = total / required. 1: no spare; 2: every part twice (2N). */
export function redundancy(total: number, required: number): Result<Redundancy> {
  if (!Number.isInteger(total) || !Number.isInteger(required) || total < 0 || required < 1) {
    return fail(
      problem("impossible", `total ${total}, required ${required}`, "give whole numbers, required at least 1"),
    );
  }
  if (required > total) {
    return fail(problem("impossible", `${required} are required and ${total} exist`, "add parts, or require fewer"));
  }
  const spare = total - required;
  const name = spare === 0 ? "N (no spare)" : total >= 2 * required ? "2N or more" : `N+${spare}`;
  return ok({
    level: total / required,
    spare,
    meaning: `${name}: ${spare} of ${total} may fail and the full load is still carried`,
  });
}
