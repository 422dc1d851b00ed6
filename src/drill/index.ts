export { evidenceKey, verifyFolder, writeEvidence } from "./evidence/index.ts";
export { type DrillGround, type DrillOptions, type DrillResult, type Injected, runDrill } from "./run.ts";
