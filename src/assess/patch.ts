import type { Edit, Finding } from "./finding.ts";

/** What of the patches of one file goes together. */
export type Patched = {
  readonly text: string;
  readonly applied: readonly Finding[];
  readonly left: readonly Finding[];
};

const overlap = (a: Edit, b: Edit): boolean =>
  a.start === a.end && b.start === b.end ? false : a.start < b.end && b.start < a.end;

/** Applies the patches of one file. One that would change what another already changes is left for the next run. */
export function patch(text: string, findings: readonly Finding[]): Patched {
  const chosen: Edit[] = [];
  const applied: Finding[] = [];
  const left: Finding[] = [];
  for (const finding of findings) {
    const { edits } = finding;
    if (!edits) continue;
    const same = (edit: Edit): boolean =>
      chosen.some((other) => other.start === edit.start && other.end === edit.end && other.text === edit.text);
    const fresh = edits.filter((edit) => !same(edit));
    if (fresh.some((edit) => chosen.some((other) => overlap(edit, other)))) {
      left.push(finding);
      continue;
    }
    chosen.push(...fresh);
    applied.push(finding);
  }
  return { text: applyEdits(text, chosen), applied, left };
}

/** Edits that do not overlap, in any order; those at one place in the order in which they are given. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = edits
    .map((edit, index) => ({ edit, index }))
    .sort((a, b) => a.edit.start - b.edit.start || a.index - b.index);
  const parts: string[] = [];
  let at = 0;
  for (const { edit } of sorted) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = Math.max(at, edit.end);
  }
  parts.push(text.slice(at));
  return parts.join("");
}
