import type { Patch } from "./component.ts";
import { type Finding, type Place, RULES, type RuleId } from "./finding.ts";
import { type Piece, placeOf } from "./source/piece.ts";

export type Said = {
  readonly message: string;
  readonly fix: string;
  readonly edits?: Patch;
  readonly severity?: Finding["severity"];
};

/** Collects what is found. */
export class Report {
  readonly findings: Finding[] = [];

  add(rule: RuleId, subject: string, place: Place, { message, fix, edits = null, severity }: Said): void {
    this.findings.push({ rule, severity: severity ?? RULES[rule].severity, subject, message, fix, place, edits });
  }

  at(rule: RuleId, subject: string, piece: Piece, offset: number, said: Said): void {
    this.add(rule, subject, placeOf(piece, offset), said);
  }
}
