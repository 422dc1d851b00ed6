// `holdfast assess` and `holdfast init --from` as a person uses them.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "sarif";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyEdits, patch } from "../src/assess/index.ts";
import { parseApplication } from "../src/spec/index.ts";

const MAIN = join(import.meta.dirname, "..", "src", "main.ts");
const FOUND = join(import.meta.dirname, "fixtures", "assess", "found");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-assess-"));
  cpSync(FOUND, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

function holdfast(args: readonly string[], stdin = "", node: readonly string[] = []): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...node, MAIN, ...args],
      { cwd: folder, maxBuffer: 256 * 1024 * 1024, env: { ...process.env, NO_COLOR: "1" } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
    // One that refuses its arguments does not wait for what it would have read.
    child.stdin?.on("error", () => {});
    child.stdin?.end(stdin);
  });
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const text = (name: string): string => readFileSync(join(folder, name), "utf8");

describe("assess", () => {
  it("says where `meta:` stands for `metadata:`, and still assesses the rest of the file", async () => {
    const { code, stdout } = await holdfast(["assess", "kubernetes"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /kubernetes\/shop\.yaml\n {2}4:1 +error +Deployment shop\/web `meta:` .*did you mean `metadata:`/,
    );
    expect(stdout).toMatch(/StatefulSet shop\/db keeps files in data/);
    expect(stdout).toMatch(/StatefulSet shop\/db +1\/1 = 1 +1 +99\.\d+%/);
    expect(stdout).toMatch(/a lost site +RTO never/);
  });

  it("reads a file that begins with a byte order mark, in its place", async () => {
    write("bom.yaml", "\uFEFFapiVersion: v1\nkind: Pod\nmeta: { name: x }\nspec: { containers: [] }\n");
    const { findings } = JSON.parse((await holdfast(["assess", "bom.yaml", "--json"])).stdout);
    expect(findings[0]).toMatchObject({ rule: "unknown-field", place: { line: 3, column: 1 } });
    await holdfast(["assess", "bom.yaml", "--fix", "--yes"]);
    expect(text("bom.yaml")).toMatch(/^\uFEFFapiVersion: v1\nkind: Pod\nmetadata: \{ name: x \}/);
  });

  it("reads standard input, and says that it can repair nothing there", async () => {
    const ran = await holdfast(["assess", "-", "--json", "--fix", "--yes"], text("kubernetes/shop.yaml"));
    const { findings, prediction, fixed } = JSON.parse(ran.stdout);
    expect(findings[0].place).toMatchObject({ file: "standard input", line: 4, column: 1 });
    expect(findings[0]).toMatchObject({ rule: "unknown-field", breaks: "deployment", why: expect.any(String) });
    expect(prediction.availability).toBeGreaterThan(0.9);
    expect(fixed).toEqual({ files: [], findings: 0 });
  });

  it("writes SARIF whose patches are those of --fix", async () => {
    const { code } = await holdfast(["assess", ".", "--sarif", "out.sarif"]);
    expect(code).toBe(0);
    const log = JSON.parse(text("out.sarif")) as Log;
    expect(log.version).toBe("2.1.0");
    const { results = [], tool } = log.runs[0]!;
    expect(results.length).toBeGreaterThan(30);
    for (const result of results) {
      expect(tool.driver.rules![result.ruleIndex!]!.id).toBe(result.ruleId);
      const { artifactLocation, region } = result.locations![0]!.physicalLocation!;
      expect(existsSync(join(folder, decodeURIComponent(artifactLocation!.uri!)))).toBe(true);
      expect(region!.startLine).toBeGreaterThan(0);
    }
    const [first] = results.filter((result) => result.fixes && result.ruleId === "unknown-field");
    const [replacement] = first!.fixes![0]!.artifactChanges[0]!.replacements;
    const { charOffset, charLength } = replacement!.deletedRegion;
    const edit = { start: charOffset!, end: charOffset! + charLength!, text: replacement!.insertedContent!.text! };
    expect(applyEdits(text("kubernetes/shop.yaml"), [edit])).toBe(
      text("kubernetes/shop.yaml").replace("meta:", "metadata:"),
    );
    const out = await holdfast(["assess", "terraform", "--sarif", "-"]);
    expect((JSON.parse(out.stdout) as Log).runs[0]!.results!.length).toBeGreaterThan(10);
  });

  it("shows the patches and writes nothing without a yes", async () => {
    const before = text("kubernetes/shop.yaml");
    const refused = await holdfast(["assess", ".", "--fix"]);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^-meta:\n\+metadata:$/m);
    expect(refused.stdout).toMatch(/API_TOKEN=\*\*\*/);
    expect(refused.stdout).not.toContain("hunter2");
    expect(refused.stderr).toMatch(/give --yes/);
    expect(text("kubernetes/shop.yaml")).toBe(before);
    await holdfast(["assess", ".", "--fix", "--yes"]);
    await holdfast(["assess", ".", "--fix", "--yes"]);
    const { stderr } = await holdfast(["assess", ".", "--fix", "--yes"]);
    expect(stderr).toMatch(/nothing that a patch could repair/);
    expect(text("kubernetes/shop.yaml")).toContain("# A shop as one finds it");
    expect(text("kubernetes/shop.yaml")).toContain("value: hunter2");
  });

  it("leaves with 3 from a severity on, or when an objective cannot be reached", async () => {
    expect((await holdfast(["assess", "terraform", "--fail-on", "error"])).code).toBe(0);
    expect((await holdfast(["assess", "terraform", "--fail-on", "high"])).code).toBe(3);
    const missed = await holdfast(["assess", "terraform", "--rto", "5m", "--availability", "99.99%"]);
    expect(missed.code).toBe(3);
    expect(missed.stdout).toMatch(/not reached {2}RTO 300 s: after the loss of a site it does not come back by itself/);
    expect(missed.stdout).toMatch(/not reached {2}availability 99\.99%/);
    write("empty.yaml", "a: 1\n");
    expect((await holdfast(["assess", "empty.yaml", "--fail-on", "low"])).code).toBe(0);
  });

  it.each([
    [["assess"], /missing required argument/],
    [["assess", "absent"], /there is no absent/],
    [["assess", ".", "--fail-on", "severe"], /is not a severity/],
    [["assess", ".", "--rto", "5 min"], /write `5m`/],
    [["assess", ".", "--availability", "1.5"], /is not a share/],
    [["assess", ".", "--sarif", "/absent/x.sarif"], /cannot write/],
  ])("%j is refused with the next action", async (args, message) => {
    const ran = await holdfast(args);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(message);
  });

  it("names what it cannot read and goes on", async () => {
    write(
      "bomb.yaml",
      `a: &a [1,2,3,4,5,6,7,8,9,0]\n${"bcdefgh"
        .split("")
        .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcdefg"[index]}`)}]`)
        .join(
          "\n",
        )}\n---\nkind: Pod\napiVersion: v1\nmetadata: { name: lone }\nspec: { containers: [{ name: x, image: y }] }\n`,
    );
    write("chart.yaml", "kind: Deployment\nmetadata: { name: {{ .Values.name }}\n");
    write("broken.tf", 'resource "aws_instance" "a" {\n  ami = \n');
    const { stdout } = await holdfast(["assess", ".", "--json"]);
    const { findings } = JSON.parse(stdout) as {
      findings: { place: { file: string }; rule: string; message: string }[];
    };
    const of = (file: string): string[] => findings.filter((each) => each.place.file === file).map((each) => each.rule);
    expect(of("bomb.yaml")).toContain("hostile-yaml");
    expect(of("bomb.yaml")).toContain("single-instance");
    expect(of("chart.yaml")).toEqual(["unreadable"]);
    expect(of("broken.tf")).toContain("unreadable");
  });

  it("handles 10,000 files and a long list in a small heap, and says all there is", async () => {
    const object = (index: number): string =>
      `  - apiVersion: v1\n    kind: Pod\n    metadata: { name: p${index}, namespace: n${index % 50} }\n    spec: { containers: [{ name: c, image: "i:1" }] }\n`;
    mkdirSync(join(folder, "many"));
    for (let index = 0; index < 10_000; index++)
      write(`many/f${index}.yaml`, object(index).replace(/^ {2}(- )?(?: {2})?/gm, ""));
    const list = Array.from({ length: 20_000 }, (_, index) => object(index)).join("");
    write("many/list.yaml", `apiVersion: v1\nkind: List\nitems:\n${list}`);
    const { code, stdout, stderr } = await holdfast(["assess", "many", "--json"], "", ["--max-old-space-size=400"]);
    expect(code, stderr.slice(-500)).toBe(0);
    const { files, counts, findings, componentsFound } = JSON.parse(stdout);
    expect(files).toEqual({ assessed: 10_001, unknown: 0 });
    expect(counts.high).toBe(30_000);
    expect(findings.filter((each: { severity: string }) => each.severity === "high").length).toBe(10_000);
    expect(componentsFound).toBe(30_000);
  }, 180_000);

  it("leaves a patch that touches the same place for the next run", () => {
    const finding = (start: number, end: number, to: string) => ({ edits: [{ start, end, text: to }] }) as never;
    const found = patch("abcdef", [finding(1, 3, "X"), finding(2, 4, "Y"), finding(4, 4, "Z")]);
    expect(found.text).toBe("aXdZef");
    expect([found.applied.length, found.left.length]).toEqual([2, 1]);
  });
});

describe("init --from", () => {
  const files = { exists: () => true, readBase64: () => null };

  it.each([
    "kubernetes",
    "compose",
  ])("writes an application file from %s that is read, and hides what is secret", async (name) => {
    const { code, stderr } = await holdfast(["init", "--from", name]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/\d+ places are marked with TODO\(holdfast\)/);
    const written = text("holdfast.yaml");
    expect(written).not.toMatch(/hunter2|abc\b/);
    const parsed = parseApplication(written, "holdfast.yaml", files);
    expect(parsed).toMatchObject({ ok: true });
  });

  it("takes over what is declared", async () => {
    await holdfast(["init", "ocr", "--from", "kubernetes"]);
    const parsed = parseApplication(text("holdfast.yaml"), "holdfast.yaml", files);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        name: "ocr",
        service: {
          listen: { port: 9000 },
          health: { ready: "/v2/health/ready" },
          replicas: { required: 3, max: 3 },
          resources: { cpuMillis: 500, memoryBytes: 2 ** 30 },
          drainTimeoutMs: 30_000,
        },
      },
    });
    await holdfast(["init", "db", "--from", "kubernetes", "--force"]);
    expect(text("holdfast.yaml")).toMatch(
      /name: data, driver: files, path: \.\/data\/data, size: 20Gi \}|name: data, driver: files, path: \.\/data\/data/,
    );
  });

  it("refuses a name that is not there, a folder without workloads, and a file that exists", async () => {
    const wrong = await holdfast(["init", "wep", "--from", "kubernetes"]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/no workload wep .*\n.*web, ocr, db/);
    expect((await holdfast(["init", "--from", "terraform"])).stderr).toMatch(/no workload in terraform/);
    write("holdfast.yaml", "x");
    expect((await holdfast(["init", "--from", "kubernetes"])).stderr).toMatch(/is there already/);
    expect(text("holdfast.yaml")).toBe("x");
  });
});
