import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RotatingLog, rotateInPlace } from "./rotating-log.ts";

const MIB = 1024 * 1024;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("keeps the last three files of a mebibyte each, newest first, and goes on after a restart", () => {
  const file = join(folder, "log");
  for (const run of [1, 2]) {
    const log = new RotatingLog(file);
    for (let line = 0; line < 40; line++) log.write(`run ${run} ${"x".repeat(100_000)}\n`);
  }
  expect(readdirSync(folder).sort()).toEqual(["log", "log.1", "log.2", "log.3"]);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThan(MIB + 100_010);
  expect(readFileSync(`${file}.1`, "utf8")).toContain("run 2");
});

it("begins a log anew that somebody else appends to", () => {
  const file = join(folder, "log");
  appendFileSync(file, "short\n");
  rotateInPlace(file);
  expect(existsSync(`${file}.1`)).toBe(false);
  appendFileSync(file, "x".repeat(MIB));
  rotateInPlace(file);
  expect(statSync(file).size).toBe(0);
  expect(statSync(`${file}.1`).size).toBeGreaterThan(MIB);
  rotateInPlace(join(folder, "absent"));
});
