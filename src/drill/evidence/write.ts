import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Evidence, fail, ok, problem, type Result } from "../../domain/index.ts";
import { type SigningKey, writeDurably } from "../../signing/index.ts";
import { LEDGER, sign, verify } from "./dsse.ts";
import { renderReport } from "./report/report.ts";

export type Written = { readonly evidence: string; readonly ledger: string; readonly report: string };

/** Writes ledger, report and, last, the signed evidence into a folder named after the drill. */
export function writeEvidence(
  folder: string,
  evidence: Evidence,
  ledgerLines: readonly string[],
  key: SigningKey,
): Written {
  const place = join(folder, evidence.id);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const written = {
    evidence: join(place, "evidence.json"),
    ledger: join(place, LEDGER),
    report: join(place, "report.html"),
  };
  writeDurably(written.ledger, ledgerLines.map((line) => `${line}\n`).join(""));
  writeDurably(written.report, renderReport(evidence));
  writeDurably(written.evidence, sign(evidence, key));
  return written;
}

/** Checks the envelope, and that the ledger and the report beside it are the ones that belong to it. */
export function verifyFolder(evidenceFile: string, publicPem: string): Result<Evidence> {
  if (!existsSync(evidenceFile))
    return fail(
      problem("no-evidence", `there is no file ${evidenceFile}`, "`holdfast evidence list` shows what there is"),
    );
  const evidence = verify(readFileSync(evidenceFile, "utf8"), publicPem);
  if (!evidence.ok) return evidence;
  const folder = dirname(evidenceFile);
  const ledger = read(join(folder, LEDGER));
  if (ledger === null || createHash("sha256").update(ledger).digest("hex") !== evidence.value.ledgerSha256) {
    return fail(problem("ledger", "the ledger beside it is missing or was changed", "get the original folder again"));
  }
  const report = read(join(folder, "report.html"));
  if (report !== null && report.toString("utf8") !== renderReport(evidence.value)) {
    return fail(
      problem("report", "the report beside it was changed, or made by another version", "believe evidence.json only"),
    );
  }
  return ok(evidence.value);
}

const read = (file: string): Buffer | null => (existsSync(file) ? readFileSync(file) : null);
