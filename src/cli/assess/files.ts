import { closeSync, lstatSync, opendirSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { type Assessment, MAX_FILE_BYTES } from "../../assess/index.ts";
import { fail, ok, type Problem, type Result } from "../../domain/index.ts";

const TAKEN = /\.(ya?ml|json|tf)$/i;
const LEFT_OUT = new Set([".git", ".terraform", ".holdfast", "node_modules"]);
export const MAX_FILES = 100_000;

/** The name of standard input on the command line. */
export const STDIN = "-";

/** Every file below the paths that could hold something, in the order of their names. Links are not followed. */
export function filesBelow(paths: readonly string[]): Result<readonly string[], readonly Problem[]> {
  const found: string[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    if (path === STDIN) {
      found.push(STDIN);
      continue;
    }
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat)
      problems.push({
        kind: "no-file",
        message: `there is no ${path}`,
        next: "name a file, a folder, or - for standard input",
      });
    else if (stat.isFile()) found.push(path);
    else if (stat.isDirectory()) walk(path, found);
    else
      problems.push({
        kind: "no-file",
        message: `${path} is neither a file nor a folder`,
        next: "name a file or a folder",
      });
    if (found.length > MAX_FILES)
      problems.push({
        kind: "too-many",
        message: `${path} holds more than ${MAX_FILES} files`,
        next: "name folders inside it",
      });
  }
  return problems.length > 0 ? fail(problems) : ok(found);
}

function walk(folder: string, found: string[]): void {
  const names: { name: string; isFolder: boolean }[] = [];
  const open = opendirSync(folder);
  for (let entry = open.readSync(); entry; entry = open.readSync())
    if (entry.isFile() || entry.isDirectory()) names.push({ name: entry.name, isFolder: entry.isDirectory() });
  open.closeSync();
  names.sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
  for (const { name, isFolder } of names) {
    if (found.length > MAX_FILES) return;
    if (isFolder && !LEFT_OUT.has(name)) walk(join(folder, name), found);
    else if (!isFolder && TAKEN.test(name)) found.push(join(folder, name));
  }
}

/** How a file is called in what is said about it: relative, with slashes. */
export const shownName = (file: string): string =>
  file === STDIN ? "standard input" : (relative(process.cwd(), file) || file).replaceAll("\\", "/");

/** Hands one file to the assessment. */
export function takeFile(assessment: Assessment, file: string): void {
  const name = shownName(file);
  const tooLong = (bytes: number): void =>
    assessment.refuse(
      name,
      `${(bytes / 1024 / 1024).toFixed(0)} MiB; the limit is ${MAX_FILE_BYTES / 1024 / 1024} MiB`,
      "split it",
    );
  try {
    const size = file === STDIN ? 0 : lstatSync(file).size;
    if (size > MAX_FILE_BYTES) tooLong(size);
    // Most JSON in a repository describes something else; it is told by its beginning.
    else if (/\.json$/i.test(file) && !/"(kind|apiVersion|services)"/.test(beginningOf(file))) assessment.skip();
    else {
      const bytes = readFileSync(file === STDIN ? 0 : file);
      if (bytes.length > MAX_FILE_BYTES) tooLong(bytes.length);
      else assessment.take(name, bytes.toString("utf8"));
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code) throw error;
    assessment.refuse(name, message, "make it readable, or leave it out");
  }
}

function beginningOf(file: string): string {
  const bytes = Buffer.alloc(4_096);
  const open = openSync(file, "r");
  try {
    return bytes.toString("utf8", 0, readSync(open, bytes));
  } finally {
    closeSync(open);
  }
}
