import type { Edit } from "../finding.ts";
import { editOf as edit, type Piece } from "./piece.ts";
import { at, type Tree } from "./tree.ts";

const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;

/** Lines before the closing bracket of a block, indented by one step more than the block. */
export function addLines(piece: Piece, block: Tree, lines: readonly string[]): readonly Edit[] {
  const { text } = piece;
  const begin = lineStart(text, block.start);
  const indent = /^[ \t]*/.exec(text.slice(begin))![0];
  const close = block.end - 1;
  const said = lines.map((line) => `${indent}  ${line}\n`).join("");
  const closeLine = lineStart(text, close);
  if (text.slice(closeLine, close).trim() === "" && closeLine > block.start)
    return [edit(piece, closeLine, closeLine, said)];
  // A block on one line becomes one of several.
  const open = text.indexOf("{", block.start) + 1;
  const inside = text.slice(open, close).trim();
  return [edit(piece, open, close, `\n${inside === "" ? "" : `${indent}  ${inside}\n`}${said}${indent}`)];
}

/** Sets an attribute of a block to a value written in HCL. */
export function setAttribute(piece: Piece, block: Tree, name: string, value: string): readonly Edit[] {
  const there = at(block, name);
  if (there && there.kind !== "map") return [edit(piece, there.start, there.end, value)];
  return addLines(piece, block, [`${name} = ${value}`]);
}

/** Sets an attribute of a block inside a block, which is made when it is not there. */
export function setInBlock(piece: Piece, block: Tree, inner: string, name: string, value: string): readonly Edit[] {
  const there = at(block, inner);
  if (there?.kind === "map") return setAttribute(piece, there, name, value);
  return addLines(piece, block, [`${inner} {`, `  ${name} = ${value}`, "}"]);
}
