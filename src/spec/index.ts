export { applicationJsonSchema, explainField, type Field } from "./explain.ts";
export { parseApplication, parseDefinition } from "./parse.ts";
export { type ApplicationDefinition, defineApplication } from "./schema.ts";
export { starter } from "./starter.ts";
export { closest } from "./suggest.ts";
export type { Files } from "./to-application.ts";
export { formatDuration, formatPercent, formatUsd, parseDuration, parsePercent } from "./units.ts";
