import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "..", "src");

/** What each folder may import, besides itself. The table of docs/decisions/0002. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  spec: ["domain"],
  math: ["domain"],
  control: ["domain"],
  ports: ["domain"],
  signing: ["domain"],
  recovery: ["domain", "control", "ports", "signing"],
  planner: ["domain", "math"],
  assess: ["domain", "spec", "math", "planner"],
  link: ["domain"],
  register: ["domain", "ports"],
  adapters: ["domain", "ports", "link", "control"],
  build: ["domain", "ports"],
  runtime: ["domain", "control", "ports", "link", "register"],
  gateway: ["domain", "control", "ports", "link", "register"],
  drill: ["domain", "control", "ports", "recovery", "signing"],
  api: ["domain", "control", "ports", "register"],
  sdk: ["domain", "spec"],
  cli: ["domain", "control", "spec", "planner", "math", "assess", "build", "drill", "recovery", "sdk"],
  compose: Object.keys({
    domain: 0,
    ports: 0,
    link: 0,
    register: 0,
    adapters: 0,
    runtime: 0,
    gateway: 0,
    api: 0,
    drill: 0,
    recovery: 0,
    signing: 0,
    sdk: 0,
    cli: 0,
  }),
  "main.ts": ["cli", "compose"],
};

const PURE = ["domain", "spec", "math", "planner", "assess", "control"];
const IMPURE =
  /\bfrom "node:|\bDate\.now\(|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bprocess\.|\bperformance\.now\(|\bnew Date\(\)/;
const MAX_LINES = 400;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const code = files.filter((file) => !file.endsWith(".test.ts"));
const read = (file: string): string => readFileSync(join(SRC, file), "utf8");
const folderOf = (file: string): string => file.split("/")[0]!;

function importsOf(file: string): readonly string[] {
  const found = [...read(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => match[1]!);
  return found.map((path) => relative(SRC, join(SRC, dirname(file), path)));
}

describe("the house is tidy", () => {
  it("finds the files that it judges", () => expect(code.length).toBeGreaterThan(100));

  it.each(code)("%s imports only what the table allows", (file) => {
    const folder = folderOf(file);
    for (const imported of importsOf(file)) {
      const target = folderOf(imported);
      if (target === folder) {
        const [adapter, other] = [file.split("/")[1], imported.split("/")[1]];
        if (folder === "adapters") expect(other, `${file} imports another adapter`).toBe(adapter);
        continue;
      }
      expect(MAY_IMPORT[folder], `${file} imports ${imported}`).toContain(target);
    }
  });

  it.each(code.filter((file) => PURE.includes(folderOf(file))))("%s is pure", (file) => {
    const lines = read(file)
      .split("\n")
      .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line));
    expect(lines.filter((line) => IMPURE.test(line))).toEqual([]);
  });

  it.each(files)(`%s has at most ${MAX_LINES} lines`, (file) =>
    expect(read(file).split("\n").length).toBeLessThanOrEqual(MAX_LINES));

  it("has no cycle of files", () => {
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
        return;
      }
      state.set(file, "open");
      for (const next of importsOf(file)) if (code.includes(next)) visit(next, [...path, file]);
      state.set(file, "done");
    };
    for (const file of code) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("says nothing of the place where it was made", () => {
    const words = new RegExp([["/wo", "rk/"].join(""), ["shared", "/"].join("") + "design"].join("|"));
    expect(code.filter((file) => words.test(read(file)))).toEqual([]);
  });
});
