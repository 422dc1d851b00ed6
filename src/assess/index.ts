export { type Assessed, Assessment, MAX_FILE_BYTES, type ParseHcl } from "./assessment.ts";
export { type Component, LOSSES, type Loss, type Reach, type Starter } from "./component.ts";
export type { Prediction } from "./evaluate.ts";
export { type Edit, type Finding, RULES, type RuleId, SEVERITIES, type Severity } from "./finding.ts";
export { applyEdits, type Patched, patch } from "./patch.ts";
export { toSarif } from "./sarif.ts";
export type { Entry, MapTree, Tree } from "./source/tree.ts";
export { startFrom } from "./start-from.ts";
