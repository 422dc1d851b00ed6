import type { Assessed } from "../../assess/index.ts";
import type { Miss, Objectives } from "../assess/render.ts";
import type { Context } from "../context.ts";
import { EXIT, Exit, fail } from "../output.ts";
import type { CommandSpec } from "./command.ts";

const PROGRESS_EVERY_MS = 500;

/** Reads every file below the paths and judges them together. */
export async function assessPaths(
  context: Pick<Context, "output" | "need">,
  paths: readonly string[],
): Promise<Assessed> {
  const { Assessment } = await import("../../assess/index.ts");
  const { ASSUMPTIONS } = await import("../../domain/index.ts");
  const { filesBelow, takeFile } = await import("../assess/files.ts");
  const { output, need } = context;
  const files = need(filesBelow(paths));
  const terraform = files.some((file) => file.endsWith(".tf"));
  const { loadHclParser } = await import("../assess/hcl.ts");
  const parseHcl = terraform ? await loadHclParser() : null;
  const assessment = new Assessment(new Date().toISOString().slice(0, 10), ASSUMPTIONS, parseHcl);
  let toldMs = performance.now();
  for (const [index, file] of files.entries()) {
    takeFile(assessment, file);
    if (performance.now() - toldMs < PROGRESS_EVERY_MS) continue;
    toldMs = performance.now();
    output.say(`  ${index + 1} of ${files.length} files`);
  }
  return assessment.finish();
}

export const assess: CommandSpec = {
  name: "assess",
  summary: "what existing manifests, Terraform and compose files can survive: findings, patches, best RTO and RPO",
  args: [["<paths...>", "files or folders; - is standard input"]],
  options: [
    ["--fix", "show the patches as a diff, and write them after a yes"],
    ["--sarif <path>", "write the findings as SARIF 2.1.0; - is standard output"],
    ["--fail-on <severity>", "exit status 3 from this severity on: error, high, medium, low"],
    ["--availability <share>", "an objective to compare with, such as 99.9%"],
    ["--rto <time>", "the same, such as 15m: after the loss of an instance, a machine, a zone, the site"],
    ["--rpo <time>", "the same, such as 5m"],
  ],
  help: [
    "holdfast assess k8s/ terraform/",
    "kubectl get all -o yaml | holdfast assess -",
    "holdfast assess . --sarif assess.sarif --fail-on high",
    "holdfast assess k8s/ --availability 99.9% --rto 15m --rpo 5m",
    "holdfast assess k8s/ --fix",
  ],
  run: async (context, [given], options) => {
    const { output } = context;
    const paths = given as unknown as readonly string[];
    const threshold = await severityOf(context, options["failOn"]);
    const wanted = await objectivesOf(context, options);
    const assessed = await assessPaths(context, paths);
    const misses = wanted ? missesOf(assessed, wanted) : null;
    const sarif = options["sarif"] as string | undefined;
    if (sarif !== undefined) await writeSarif(context, assessed, sarif);
    const { renderAssessment } = await import("../assess/render.ts");
    if (sarif !== "-") output.print(renderAssessment(assessed, misses));
    const fixed = options["fix"] ? await fixAll(context, assessed) : null;
    if (sarif !== "-") {
      const { RULES } = await import("../../assess/index.ts");
      const findings = assessed.findings.map((finding) => ({ ...finding, ...about(RULES[finding.rule]) }));
      const { counts, components, componentsFound, prediction, files } = assessed;
      output.result({
        findings,
        counts,
        components,
        componentsFound,
        prediction,
        files,
        ...(misses ? { misses } : {}),
        ...(fixed ? { fixed } : {}),
      });
    }
    const { SEVERITIES } = await import("../../assess/index.ts");
    const serious = threshold === null ? [] : SEVERITIES.slice(0, SEVERITIES.indexOf(threshold) + 1);
    if (serious.some((severity) => assessed.counts[severity] > 0) || (misses && misses.length > 0))
      throw new Exit(EXIT.missed);
  },
};

const about = ({ why, breaks }: { why: string; breaks: string }): { why: string; breaks: string } => ({ why, breaks });

async function severityOf({ output }: Context, given: unknown): Promise<"error" | "high" | "medium" | "low" | null> {
  if (given === undefined) return null;
  const { SEVERITIES } = await import("../../assess/index.ts");
  const found = SEVERITIES.find((severity) => severity === given);
  if (found) return found;
  return fail(output, [
    { kind: "input", message: `--fail-on: ${given} is not a severity`, next: `write one of ${SEVERITIES.join(", ")}` },
  ]);
}

async function objectivesOf(
  { output }: Context,
  options: Readonly<Record<string, unknown>>,
): Promise<Objectives | null> {
  const { parseDuration, parsePercent } = await import("../../spec/index.ts");
  const read = (name: string, parse: typeof parseDuration): number | null => {
    const given = options[name];
    if (given === undefined) return null;
    const value = parse(String(given));
    if (value.ok) return value.value;
    return fail(output, [{ kind: "input", message: `--${name}: ${value.error.message}`, next: value.error.next }]);
  };
  const [rtoMs, rpoMs] = [read("rto", parseDuration), read("rpo", parseDuration)];
  const availability = read("availability", parsePercent);
  if (availability === null && rtoMs === null && rpoMs === null) return null;
  return { availability, rtoS: rtoMs === null ? null : rtoMs / 1_000, rpoS: rpoMs === null ? null : rpoMs / 1_000 };
}

function missesOf({ prediction }: Assessed, wanted: Objectives): readonly Miss[] {
  const misses: Miss[] = [];
  const { availability } = prediction;
  if (wanted.availability !== null && availability !== null && availability < wanted.availability)
    misses.push({
      objective: "availability",
      message: `availability ${wanted.availability * 100}%: predicted is ${Number((availability * 100).toPrecision(7))}%`,
    });
  for (const [loss, { rtoS, rpoS, how, subject }] of Object.entries(prediction.reach)) {
    if (wanted.rtoS !== null && (rtoS ?? Number.POSITIVE_INFINITY) > wanted.rtoS)
      misses.push({
        objective: "rtoS",
        message: `RTO ${wanted.rtoS} s: after the loss of a${loss === "instance" ? "n" : ""} ${loss} ${rtoS === null ? "it does not come back by itself" : `it takes ${rtoS} s`} (${subject}: ${how})`,
      });
    if (wanted.rpoS !== null && (rpoS ?? Number.POSITIVE_INFINITY) > wanted.rpoS)
      misses.push({
        objective: "rpoS",
        message: `RPO ${wanted.rpoS} s: after the loss of a${loss === "instance" ? "n" : ""} ${loss} ${rpoS === null ? "nothing is sure to be left" : `${rpoS} s may be lost`}`,
      });
  }
  return misses;
}

async function writeSarif({ output }: Context, { findings }: Assessed, path: string): Promise<void> {
  const { toSarif } = await import("../../assess/index.ts");
  const { writeFileSync } = await import("node:fs");
  const text = `${JSON.stringify(toSarif(findings, "0.1.0"), null, 2)}\n`;
  if (path === "-") process.stdout.write(text);
  else {
    try {
      writeFileSync(path, text);
    } catch (error) {
      fail(output, [
        {
          kind: "file",
          message: `cannot write ${path}: ${(error as Error).message}`,
          next: "name a file that can be written",
        },
      ]);
    }
    output.say(`wrote ${path}`);
  }
}

async function fixAll(
  context: Context,
  { findings }: Assessed,
): Promise<{ files: readonly string[]; findings: number }> {
  const { output, confirm } = context;
  const { renderDiff, repairsOf, writeRepair } = await import("../assess/fix.ts");
  const { renderRepaired } = await import("../assess/render.ts");
  const repairs = repairsOf(findings.filter((finding) => finding.place.file !== "standard input"));
  if (repairs.length === 0) {
    output.say("nothing that a patch could repair");
    return { files: [], findings: 0 };
  }
  output.print(`\n${repairs.map(renderDiff).join("\n")}`);
  const files = repairs.map((repair) => repair.file);
  const count = repairs.reduce((sum, repair) => sum + repair.applied.length, 0);
  await confirm(`write these changes (${renderRepaired(files, count)})?`);
  for (const repair of repairs)
    if (!writeRepair(repair))
      fail(output, [
        {
          kind: "changed",
          message: `${repair.file} has changed meanwhile and was left as it is`,
          next: "run it again",
        },
      ]);
  const left = repairs.reduce((sum, repair) => sum + repair.left.length, 0);
  output.say(
    `repaired ${renderRepaired(files, count)}${left > 0 ? `; ${left} more touch the same lines: run it again` : ""}`,
  );
  return { files, findings: count };
}
