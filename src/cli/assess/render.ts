import pc from "picocolors";
import { type Assessed, LOSSES, RULES, SEVERITIES, type Severity } from "../../assess/index.ts";
import { formatPercent } from "../../spec/index.ts";
import { showTime } from "../calc/show.ts";
import { table } from "../output.ts";

const COLOURS: Readonly<Record<Severity, (text: string) => string>> = {
  error: pc.red,
  high: pc.red,
  medium: pc.yellow,
  low: pc.dim,
};

/** As many as a person reads; the rest is in --json and --sarif. */
const SHOWN = 200;
const COMPONENTS_SHOWN = 40;
const FILES_NAMED = 5;

export type Objectives = {
  readonly availability: number | null;
  readonly rtoS: number | null;
  readonly rpoS: number | null;
};
export type Miss = { readonly objective: keyof Objectives; readonly message: string };

/** The findings by file, then what the components can reach, then the verdict. */
export function renderAssessment(assessed: Assessed, misses: readonly Miss[] | null): string {
  const { findings, components, prediction } = assessed;
  const parts: string[] = [];
  if (findings.length > 0) parts.push(renderFindings(assessed));
  if (components.length > 0) {
    parts.push(renderComponents(assessed));
    const { availability, causes } = prediction;
    const most = causes
      .slice(0, 4)
      .map(({ what, unavailability }) => `${what} ${showTime(unavailability * YEAR_S)}`)
      .join(", ");
    const reached = LOSSES.map((loss) => {
      const { rtoS, rpoS, how, subject } = prediction.reach[loss];
      return [
        `  a lost ${loss}`,
        `RTO ${time(rtoS, "never")}`,
        `RPO ${time(rpoS, "everything")}`,
        pc.dim(`${subject}: ${how}`),
      ];
    });
    parts.push(
      `${pc.bold("At best")}\n  availability  ${availability === null ? "not known: a number of instances is not in the files" : `${share(availability)}; down in a year: ${most}`}\n${table(reached, "")}`,
    );
  }
  if (misses && components.length > 0)
    parts.push(
      misses.length === 0
        ? pc.green("every given objective can be reached")
        : misses.map((miss) => `${pc.red("not reached")}  ${miss.message}`).join("\n"),
    );
  parts.push(renderSummary(assessed));
  return parts.join("\n\n");
}

const YEAR_S = 31_557_600;
const share = (availability: number): string => formatPercent(Math.floor(availability * 1e7) / 1e7);
const time = (s: number | null, never: string): string => (s === null ? pc.red(never) : s === 0 ? "0" : showTime(s));

function renderFindings({ findings, counts }: Assessed): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const byFile = Map.groupBy(findings.slice(0, SHOWN), (finding) => finding.place.file);
  const explained = new Set<string>();
  const parts = [...byFile].map(([file, inside]) => {
    const lines = inside.map(({ place, severity, rule, subject, message, fix, edits }) =>
      [
        `  ${`${place.line}:${place.column}`.padEnd(8)} ${COLOURS[severity](severity.padEnd(6))} ${pc.bold(subject)} ${message}`,
        `  ${" ".repeat(15)} ${pc.dim(`${rule}, breaks ${RULES[rule].breaks}${once(explained, rule) ? `: ${RULES[rule].why}` : ""}`)}`,
        `  ${" ".repeat(15)} ${pc.dim(edits ? "fix (--fix):" : "fix:")} ${fix}`,
      ].join("\n"),
    );
    return `${pc.underline(file)}\n${lines.join("\n")}`;
  });
  if (all > SHOWN) parts.push(`and ${all - SHOWN} more; --json and --sarif have 10000 of each severity`);
  return parts.join("\n\n");
}

/** Why a rule matters is said with its first finding. */
function once(seen: Set<string>, rule: string): boolean {
  if (seen.has(rule)) return false;
  seen.add(rule);
  return true;
}

function renderComponents({ components, componentsFound }: Assessed): string {
  const rows = components
    .slice(0, COMPONENTS_SHOWN)
    .map(({ subject, total, required, zones, unavailability, reach }) => [
      subject,
      total === null ? `?/${required}` : `${total}/${required} = ${Number((total / required).toFixed(2))}`,
      String(zones),
      unavailability === null ? "?" : share(1 - unavailability),
      ...LOSSES.map((loss) => time(reach[loss].rtoS, "never")),
      time(reach.site.rpoS, "everything"),
    ]);
  const more = componentsFound > COMPONENTS_SHOWN ? `\n  and ${componentsFound - COMPONENTS_SHOWN} more` : "";
  const head = ["component", "redundancy", "zones", "availability", ...LOSSES.map((loss) => `RTO ${loss}`), "RPO site"];
  return `${pc.bold("Components")}\n${table([head.map((name) => pc.dim(name)), ...rows])}${more}`;
}

function renderSummary({ findings, counts, files }: Assessed): string {
  const fixable = findings.filter((finding) => finding.edits !== null).length;
  const found = SEVERITIES.filter((severity) => counts[severity] > 0)
    .map((severity) => COLOURS[severity](`${counts[severity]} ${severity}`))
    .join(", ");
  const read = `${files.assessed} file${files.assessed === 1 ? "" : "s"} assessed${files.unknown > 0 ? `, ${files.unknown} hold nothing that assess knows` : ""}`;
  if (files.assessed === 0) return `${read}: Kubernetes manifests, compose files and Terraform are`;
  return `${findings.length === 0 ? "nothing found" : found}; ${read}${fixable > 0 ? `; --fix repairs ${fixable}` : ""}`;
}

/** Said beside the diff: what it repairs. */
export const renderRepaired = (files: readonly string[], count: number): string =>
  `${count} finding${count === 1 ? "" : "s"} in ${files.slice(0, FILES_NAMED).join(", ")}${files.length > FILES_NAMED ? ` and ${files.length - FILES_NAMED} more files` : ""}`;
