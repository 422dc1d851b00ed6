export { evidenceKey, sign, verify } from "./dsse.ts";
export { renderReport } from "./report/report.ts";
export { verifyFolder, type Written, writeEvidence } from "./write.ts";
