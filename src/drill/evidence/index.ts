export { sign, verify } from "./dsse.ts";
export { type EvidenceKey, evidenceKey } from "./key.ts";
export { renderReport } from "./report/report.ts";
export { verifyFolder, type Written, writeEvidence } from "./write.ts";
