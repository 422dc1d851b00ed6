import { type Finding, RULES, type RuleId, type Severity } from "./finding.ts";

const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  error: "error",
  high: "error",
  medium: "warning",
  low: "note",
};

/** A log of SARIF 2.1.0 (OASIS), as code scanning of GitHub and GitLab reads it. */
export function toSarif(findings: readonly Finding[], version: string): object {
  const ids = Object.keys(RULES) as RuleId[];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "holdfast assess",
            version,
            rules: ids.map((id) => ({
              id,
              shortDescription: { text: RULES[id].title },
              fullDescription: { text: RULES[id].why },
              defaultConfiguration: { level: LEVELS[RULES[id].severity] },
              properties: { breaks: RULES[id].breaks, severity: RULES[id].severity },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          level: LEVELS[finding.severity],
          message: { text: `${finding.subject}: ${finding.message}. ${finding.fix}.` },
          locations: [
            {
              physicalLocation: {
                ...artifact(finding.place.file),
                region: { startLine: finding.place.line, startColumn: finding.place.column },
              },
            },
          ],
          // The same finding in the next run, although lines have moved.
          partialFingerprints: { "holdfast/v1": `${finding.rule}:${finding.subject}:${finding.message}` },
          ...(finding.edits
            ? {
                fixes: [
                  {
                    description: { text: finding.fix },
                    artifactChanges: [
                      {
                        ...artifact(finding.place.file),
                        replacements: finding.edits.map((edit) => ({
                          deletedRegion: { charOffset: edit.start, charLength: edit.end - edit.start },
                          insertedContent: { text: edit.text },
                        })),
                      },
                    ],
                  },
                ],
              }
            : {}),
        })),
      },
    ],
  };
}

const artifact = (file: string): object => ({
  artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
});
