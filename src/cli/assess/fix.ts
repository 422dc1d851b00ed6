import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { structuredPatch } from "diff";
import pc from "picocolors";
import { type Finding, patch } from "../../assess/index.ts";

export type Repair = {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly applied: readonly Finding[];
  readonly left: readonly Finding[];
};

/** The new text of every file that a patch changes; nothing is written yet. */
export function repairsOf(findings: readonly Finding[]): readonly Repair[] {
  const fixable = findings.filter((finding) => finding.edits !== null);
  return [...Map.groupBy(fixable, (finding) => finding.place.file)].map(([file, inside]) => {
    const before = readFileSync(file, "utf8");
    const { text, applied, left } = patch(before, inside);
    return { file, before, after: text, applied, left };
  });
}

/** Replaces a file at once; false: it has changed since it was assessed. */
export function writeRepair({ file, before, after }: Repair): boolean {
  if (readFileSync(file, "utf8") !== before) return false;
  const { mode } = statSync(file);
  const beside = `${file}.holdfast-new`;
  writeFileSync(beside, after, { mode });
  renameSync(beside, file);
  return true;
}

const CONTEXT = 2;
/** A value beside a name that tells a secret is not shown. */
const SECRET = /((?:pass(?:word|wd)?|secret|token|api[_-]?key|private[_-]?key|credential)[\w.-]*["']?\s*[:=]\s*)\S.*/i;

/** A unified diff for people; secrets in the lines around are hidden, so it is for reading, not for `patch`. */
export function renderDiff({ file, before, after }: Repair): string {
  const { hunks } = structuredPatch(file, file, before, after, "", "", { context: CONTEXT });
  const lines = hunks.flatMap((hunk) => [
    pc.cyan(`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`),
    ...hunk.lines.map((line) => {
      const shown = line.replace(SECRET, "$1***");
      return line.startsWith("+") ? pc.green(shown) : line.startsWith("-") ? pc.red(shown) : shown;
    }),
  ]);
  return [pc.bold(`--- ${file}`), pc.bold(`+++ ${file}`), ...lines].join("\n");
}
