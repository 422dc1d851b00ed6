import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Application, fail, ok, type Problem, problem, type Result } from "../domain/index.ts";
import { type Files, parseApplication, parseDefinition } from "../spec/index.ts";

const NAMES = ["holdfast.yaml", "holdfast.config.ts"];

export type Loaded = { readonly folder: string; readonly file: string; readonly application: Application };

/** The application file of this folder or of the nearest one above it. `given`: a file or folder from the command line. */
export function findFile(from: string, given?: string): Result<string> {
  if (given !== undefined) {
    const path = resolve(from, given);
    const inside = NAMES.map((name) => join(path, name)).find((candidate) => existsSync(candidate));
    if (inside) return ok(inside);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return ok(path);
    return fail(
      problem(
        "no-file",
        `there is no application file at ${given}`,
        "give a folder with a holdfast.yaml, or write one with `holdfast init`",
      ),
    );
  }
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const found = NAMES.map((name) => join(folder, name)).find((candidate) => existsSync(candidate));
    if (found) return ok(found);
    if (dirname(folder) === folder) break;
  }
  return fail(
    problem(
      "no-file",
      `there is no ${NAMES.join(" or ")} in ${from} or above it`,
      "write one with `holdfast init`, or name it with --file",
    ),
  );
}

/** Reads and checks the application file; every problem in it at once. */
export async function loadApplication(from: string, given?: string): Promise<Result<Loaded, readonly Problem[]>> {
  const found = findFile(from, given);
  if (!found.ok) return fail([found.error]);
  const file = found.value;
  const folder = dirname(file);
  const files: Files = {
    exists: (path) => existsSync(join(folder, path)),
    readBase64: (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path)).toString("base64") : null),
  };
  const shown = relative(from, file).startsWith("..") ? file : relative(from, file) || basename(file);
  const parsed = file.endsWith(".ts")
    ? await loadDefinition(file, shown, files)
    : parseApplication(readFileSync(file, "utf8"), shown, files);
  return parsed.ok ? ok({ folder, file, application: parsed.value }) : parsed;
}

async function loadDefinition(
  file: string,
  shown: string,
  files: Files,
): Promise<Result<Application, readonly Problem[]>> {
  try {
    await offerOurselves();
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    if (module.default === undefined)
      return fail([
        problem("no-export", `${shown} exports nothing`, "write `export default defineApplication({ … })`"),
      ]);
    return parseDefinition(module.default, shown, files);
  } catch (error) {
    return fail([
      problem(
        "config",
        `${shown} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
        "correct it; only types that can be stripped are allowed",
      ),
    ]);
  }
}

/** `import { defineApplication } from "holdfast"` works in any folder, also where the package is not installed. */
async function offerOurselves(): Promise<void> {
  const { registerHooks } = await import("node:module");
  const ourselves = new URL("../spec/index.ts", import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "holdfast" ? { url: ourselves, shortCircuit: true } : next(specifier, context),
  });
}
