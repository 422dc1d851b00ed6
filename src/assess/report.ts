import type { Patch } from "./component.ts";
import { type Finding, type Place, RULES, type RuleId, type Severity } from "./finding.ts";
import { type Piece, placeOf } from "./source/piece.ts";

export type Said = {
  readonly message: string;
  readonly fix: string;
  readonly edits?: Patch;
  readonly severity?: Finding["severity"];
};

/** Findings of one severity that are kept; the rest is counted. */
export const MAX_FINDINGS = 10_000;

export type Counts = Readonly<Record<Severity, number>>;

/** Collects what is found. */
export class Report {
  readonly findings: Finding[] = [];
  readonly #counts: Record<Severity, number> = { error: 0, high: 0, medium: 0, low: 0 };

  /** All of them, also those that were not kept. */
  get counts(): Counts {
    return this.#counts;
  }

  add(rule: RuleId, subject: string, place: Place, { message, fix, edits = null, severity }: Said): void {
    const finding = { rule, severity: severity ?? RULES[rule].severity, subject, message, fix, place, edits };
    this.#counts[finding.severity] += 1;
    if (this.#counts[finding.severity] <= MAX_FINDINGS) this.findings.push(finding);
  }

  at(rule: RuleId, subject: string, piece: Piece, offset: number, said: Said): void {
    this.add(rule, subject, placeOf(piece, offset), said);
  }
}
