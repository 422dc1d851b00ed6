// The test command: types, lint, and every suite; ends with a line "N passed, N failed". With CI=true a suite that
// cannot run fails instead of being skipped.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const node = process.execPath;
const report = join(root, "tmp", "vitest.json");
mkdirSync(join(root, "tmp"), { recursive: true });

let passed = 0;
let failed = 0;

function step(name: string, args: readonly string[], command = node): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "ok" : "FAILED"}  ${name}`);
  if (status === 0) passed += 1;
  else failed += 1;
}

step("types", ["node_modules/typescript/bin/tsc", "--noEmit"]);
step("lint", ["check", "."], join(root, "node_modules/.bin/biome"));
const suites = spawnSync(
  node,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit" },
);
try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8")) as Record<
    string,
    number
  >;
  passed += numPassedTests ?? 0;
  failed += numFailedTests ?? 0;
  if (process.env["CI"] && (numPendingTests ?? 0) > 0) failed += numPendingTests!;
  // A suite that does not even load has no failed test of its own.
  if (suites.status !== 0 && numFailedTests === 0) failed += 1;
} catch {
  failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
