import { type Evidence, FAULTS, type Fault } from "../../domain/index.ts";
import type { Context } from "../context.ts";
import { EXIT, Exit, fail } from "../output.ts";
import type { CommandSpec } from "./command.ts";

export type Drilled = { readonly evidence: Evidence; readonly evidenceFile: string; readonly report: string };

/** Runs a drill against what runs, writes its evidence, and records it. */
export async function performDrill(
  context: Context,
  fault: Fault,
  target: string | null,
  options: {
    readonly warmUpMs: number;
    readonly limitMs: number;
    readonly reads: number | null;
    readonly writes: number | null;
  },
): Promise<Drilled> {
  const { client: api, deployment } = await context.client();
  const { evidenceKey, runDrill, writeEvidence } = await import("../../drill/index.ts");
  const { evidence, ledger } = await runDrill({
    fault,
    target,
    ground: deployment.ground(api),
    warmUpMs: options.warmUpMs,
    limitMs: options.limitMs,
    readsPerSecond: options.reads,
    writesPerSecond: options.writes,
    progress: (text) => context.output.say(`  ${text}`),
  });
  const key = evidenceKey(deployment.keys);
  const written = writeEvidence(deployment.evidence, evidence, ledger, key);
  await api.recordDrill({ id: evidence.id, at: evidence.at, verdict: evidence.verdict });
  return { evidence, evidenceFile: written.evidence, report: written.report };
}

/** The verdict for people. */
export async function printVerdict({ output }: Context, { evidence, evidenceFile, report }: Drilled): Promise<void> {
  const { renderVerdict } = await import("../render-verdict.ts");
  output.print(renderVerdict(evidence));
  output.print(`\nevidence  ${evidenceFile}\nreport    ${report}`);
}

export const summary = ({ evidence, evidenceFile, report }: Drilled): unknown => {
  const { measured, declared, verdict } = evidence;
  return {
    verdict,
    rto: { declaredMs: declared.rtoMs, measuredMs: measured.rtoMs, phases: measured.phases },
    rpo: {
      declaredMs: declared.rpoMs,
      measuredMs: measured.rpoMs,
      lostWrites: measured.lostWrites,
      acknowledgedWrites: measured.acknowledgedWrites,
      unknownWrites: measured.unknownWrites,
    },
    fault: evidence.fault,
    outOfRotationMs: measured.outOfRotationMs,
    reads: measured.reads,
    writes: measured.writes,
    evidence: evidenceFile,
    report,
  };
};

export const drill: CommandSpec = {
  name: "drill",
  summary: "rehearse a disaster against the real thing, under load, and measure it",
  args: [
    ["<fault>", FAULTS.join(", ")],
    ["[target]", "site, site/instance or gateway (default: the writing site and its first instance)"],
  ],
  options: [
    ["--warm-up <seconds>", "load before the fault", "2"],
    ["--limit <seconds>", "give up waiting for recovery", "120"],
    ["--reads <rate>", "golden requests a second (default: the application file)"],
    ["--writes <rate>", "writes a second (default: the application file)"],
  ],
  help: [
    "holdfast drill kill-site --yes",
    "holdfast drill hang-instance east/0",
    "holdfast drill wrong-answers --json",
  ],
  run: async (context, [fault, target], options) => {
    const { output } = context;
    if (!FAULTS.includes(fault as Fault)) {
      const { closest } = await import("../../spec/index.ts");
      const guess = closest(fault ?? "", FAULTS);
      fail(output, [
        {
          kind: "input",
          message: `there is no fault ${fault}${guess ? `; did you mean ${guess}?` : ""}`,
          next: `the faults are ${FAULTS.join(", ")}`,
        },
      ]);
    }
    const seconds = (name: string): number => positive(context, name, options[name]);
    const rate = (name: string): number | null =>
      options[name] === undefined ? null : positive(context, name, options[name]);
    const settings = {
      warmUpMs: seconds("warmUp") * 1000,
      limitMs: seconds("limit") * 1000,
      reads: rate("reads"),
      writes: rate("writes"),
    };
    await context.client();
    await context.confirm(`The drill ${fault} breaks ${target ?? "the writing site or a part of it"} on purpose`);
    const drilled = await performDrill(context, fault as Fault, target ?? null, settings);
    await printVerdict(context, drilled);
    output.result(summary(drilled));
    if (drilled.evidence.verdict === "missed") throw new Exit(EXIT.missed);
  },
};

function positive({ output }: Context, name: string, given: unknown): number {
  const value = Number(given);
  if (!(value > 0))
    fail(output, [
      {
        kind: "input",
        message: `--${name} ${String(given)} is not a number above 0`,
        next: "see `holdfast drill --help`",
      },
    ]);
  return value;
}

export const evidence: CommandSpec = {
  name: "evidence",
  summary: "list evidence, or verify it against a pinned key",
  args: [
    ["<action>", "list, verify or key"],
    ["[path]", "evidence.json to verify"],
  ],
  options: [["--key <file>", "pinned public key (default: the one of this application)"]],
  help: [
    "holdfast evidence list",
    "holdfast evidence verify .holdfast/evidence/…/evidence.json --key pinned.pub",
    "holdfast evidence key > pinned.pub",
  ],
  run: async (context, [action, path], options) => {
    const { output, need } = context;
    const { readFileSync, existsSync } = await import("node:fs");
    const { join } = await import("node:path");
    const { evidenceKey, verifyFolder } = await import("../../drill/index.ts");
    if (action === "verify") {
      if (path === undefined)
        fail(output, [
          {
            kind: "input",
            message: "which evidence?",
            next: "name its evidence.json; `holdfast evidence list` shows them",
          },
        ]);
      const file = (options["key"] as string | undefined) ?? join((await context.deployment()).keys, "evidence.pub");
      if (!existsSync(file))
        fail(output, [
          { kind: "no-key", message: `there is no public key ${file}`, next: "give the pinned one with --key" },
        ]);
      const found = need(verifyFolder(path, readFileSync(file, "utf8")));
      output.print(
        `genuine: ${found.application}, ${found.fault.kind} of ${found.fault.target} at ${found.at}, objectives ${found.verdict}`,
      );
      output.result({ genuine: true, evidence: found });
      return;
    }
    const deployment = await context.deployment();
    if (action === "key") {
      output.print(evidenceKey(deployment.keys).publicPem.trimEnd());
      output.result({ publicKey: evidenceKey(deployment.keys).publicPem });
      return;
    }
    if (action !== "list")
      fail(output, [
        { kind: "input", message: `there is no action ${action}`, next: "the actions are list, verify and key" },
      ]);
    const { readdirSync } = await import("node:fs");
    const folders = existsSync(deployment.evidence) ? readdirSync(deployment.evidence).sort() : [];
    for (const folder of folders) output.print(join(deployment.evidence, folder, "evidence.json"));
    output.result({ evidence: folders.map((folder) => join(deployment.evidence, folder, "evidence.json")) });
  },
};
