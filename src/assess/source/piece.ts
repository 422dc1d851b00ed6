import type { Edit, Place } from "../finding.ts";

/** A part of a file that is parsed by itself: a YAML document, an item of a list of objects, some blocks of HCL. */
export type Piece = {
  readonly file: string;
  readonly text: string;
  /** Where it begins in the file: characters, lines from 0, columns from 0. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  /** An item of a list: nothing can be put after it. */
  readonly inList: boolean;
};

/** A change of a piece as a change of its file, with the line ends of the file. */
export const editOf = (piece: Piece, start: number, end: number, text: string): Edit => ({
  start: piece.offset + start,
  end: piece.offset + end,
  text: piece.text.includes("\r\n") ? text.replace(/\r?\n/g, "\r\n") : text,
});

/** Where a character of a piece is in the file. */
export function placeOf(piece: Piece, offset: number): Place {
  let line = 0;
  let lineStart = 0;
  for (;;) {
    const next = piece.text.indexOf("\n", lineStart);
    if (next === -1 || next >= offset) break;
    line += 1;
    lineStart = next + 1;
  }
  const column = offset - lineStart + (line === 0 ? piece.column : 0);
  return { file: piece.file, line: piece.line + line + 1, column: column + 1 };
}
