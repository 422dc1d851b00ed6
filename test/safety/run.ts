// Switches each safety rule off, one at a time, in a copy of the project, and sees its test fail. A rule whose test
// still passes is not tested. `npm run safety`, or `npm run safety -- 3 4` for some.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RULES, type Rule } from "./rules.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const COPIED = ["src", "test", "examples", "package.json", "tsconfig.json", "vitest.config.ts"];

function copyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-safety-"));
  for (const name of COPIED)
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, filter: (path) => !path.includes(".holdfast") });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** At least one test ran, and all that ran passed. */
function passes(folder: string, { test, named }: Rule): boolean {
  const vitest = join(folder, "node_modules", "vitest", "vitest.mjs");
  const report = join(folder, "report.json");
  const args = [vitest, "run", test, "-t", named, "--reporter=json", `--outputFile=${report}`];
  const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: "ignore" });
  const { numPassedTests } = JSON.parse(readFileSync(report, "utf8")) as { numPassedTests: number };
  return status === 0 && numPassedTests > 0;
}

/** A broken rule may leave processes behind that a test could not end; they are ours, and carry the folder in their command. */
function endWhatIsLeft(folder: string): void {
  const lines = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  for (const line of lines.filter((each) => each.includes(`${folder}/`))) {
    try {
      process.kill(Number(line.trim().split(" ")[0]), "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** null: as it should be. */
function problemOf(folder: string, rule: Rule): string | null {
  const file = join(folder, rule.file);
  const right = readFileSync(file, "utf8");
  if (right.split(rule.on).length !== 2) return `its line is not (once) in ${rule.file}`;
  if (!passes(folder, rule)) return `its test does not pass as it is`;
  writeFileSync(
    file,
    right.replace(rule.on, () => rule.off),
  );
  const stillPasses = passes(folder, rule);
  writeFileSync(file, right);
  endWhatIsLeft(folder);
  return stillPasses ? `its test passes although ${rule.file} was changed` : null;
}

const asked = process.argv.slice(2).map(Number);
const folder = copyProject();
let failed = 0;
const chosen = RULES.filter((rule) => asked.length === 0 || asked.includes(rule.number));
for (const rule of chosen) {
  const problem = problemOf(folder, rule);
  if (problem) failed += 1;
  console.log(
    `${problem ? "FAILED" : "ok    "}  rule ${rule.number}: ${rule.rule}${problem ? `\n        ${problem}` : ""}`,
  );
}
rmSync(folder, { recursive: true, force: true });
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
