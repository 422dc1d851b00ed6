import { stringify } from "yaml";
import type { Edit } from "../finding.ts";
import { editOf as edit, type Piece } from "./piece.ts";
import type { Entry, MapTree, Tree } from "./tree.ts";

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

const WRITTEN = { lineWidth: 0, aliasDuplicateObjects: false } as const;

const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;

const indented = (text: string, columns: number): string =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => " ".repeat(columns) + line)
    .join("\n");

/** Entries that stand in the map itself, not in one that it merges. */
const ownOf = (map: MapTree): readonly Entry[] =>
  map.entries.filter((entry) => entry.at.start >= map.start && entry.at.end <= map.end);

/** End of the last thing that is written in a value; ranges of blocks reach beyond it. */
function endOf(tree: Tree): number {
  if (tree.kind === "map" && !tree.flow) {
    const last = ownOf(tree).at(-1);
    return last ? Math.max(last.at.end, endOf(last.value)) : tree.end;
  }
  if (tree.kind === "list" && !tree.flow) return tree.items.length > 0 ? endOf(tree.items.at(-1)!) : tree.end;
  return tree.end;
}

/** Sets a key of a map, as small a change as can be; null: the map is written so that it cannot be changed by itself. */
export function setKey(
  piece: Piece,
  map: Tree | undefined,
  key: string,
  value: Plain,
  where: "first" | "last" = "last",
): readonly Edit[] | null {
  if (map?.kind !== "map") return null;
  const there = ownOf(map).find((entry) => entry.key === key);
  if (there) return replaceValue(piece, there, value);
  if (map.flow) return intoFlow(piece, map, key, value);
  const own = ownOf(map);
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last) return null;
  const columns = first.at.start - lineStart(piece.text, first.at.start);
  const lines = `${indented(stringify({ [key]: value }, WRITTEN), columns)}\n`;
  const begin = lineStart(piece.text, first.at.start);
  // The first key of a list's item shares its line with the dash.
  if (where === "first" && piece.text.slice(begin, first.at.start).trim() === "")
    return [edit(piece, begin, begin, lines)];
  const end = where === "first" ? Math.max(first.at.end, endOf(first.value)) : endOf(map);
  return [afterLine(piece, end, lines)];
}

function afterLine(piece: Piece, end: number, lines: string): Edit {
  if (piece.text[end - 1] === "\n") return edit(piece, end, end, lines);
  const next = piece.text.indexOf("\n", end);
  if (next === -1) return edit(piece, piece.text.length, piece.text.length, `\n${lines.trimEnd()}`);
  return edit(piece, next + 1, next + 1, lines);
}

function replaceValue(piece: Piece, entry: Entry, value: Plain): readonly Edit[] | null {
  const { value: old } = entry;
  if (old.kind === "scalar" && old.start >= entry.at.end) {
    const text = ` ${JSON.stringify(value)}`;
    if (old.start === old.end) return [edit(piece, entry.at.end + 1, entry.at.end + 1, text)];
    return [edit(piece, old.start, old.end, scalarText(piece, old, value))];
  }
  if ((old.kind === "map" || old.kind === "list") && old.flow && old.start >= entry.at.end)
    return [edit(piece, old.start, old.end, JSON.stringify(value))];
  return null;
}

/** Letters that mean nothing else in YAML, and no word that stands for a value of another type. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][\w./-]*$/i;

/** In quotes where they stood, and where it could be read as anything else. A block of text ends with its line. */
function scalarText(piece: Piece, old: Tree, value: Plain): string {
  const before = piece.text.slice(old.start, old.end);
  const quoted = /^["']/.test(before) || typeof value !== "string" || !PLAIN.test(value);
  return (quoted ? JSON.stringify(value) : value) + (before.endsWith("\n") ? "\n" : "");
}

function intoFlow(piece: Piece, map: MapTree, key: string, value: Plain): readonly Edit[] {
  const last = ownOf(map).at(-1);
  const said = `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
  if (!last) return [edit(piece, map.start, map.end, `{ ${said} }`)];
  const end = Math.max(last.at.end, last.value.end);
  return [edit(piece, end, end, `, ${said}`)];
}

/** Gives a key another name. */
export const renameKey = (piece: Piece, entry: Entry, name: string): readonly Edit[] => {
  const quoted = /^["']/.exec(piece.text.slice(entry.at.start))?.[0] ?? "";
  return [edit(piece, entry.at.start, entry.at.end, `${quoted}${name}${quoted}`)];
};

/** Another document after this one; null inside a list. */
export function addDocument(piece: Piece, object: Plain): readonly Edit[] | null {
  if (piece.inList || /^\s*[{[]/.test(piece.text)) return null;
  const before = piece.text.endsWith("\n") || piece.text === "" ? "" : "\n";
  const end = piece.text.length;
  return [edit(piece, end, end, `${before}---\n${stringify(object, WRITTEN)}`)];
}

/** Replaces the text of a scalar. */
export const setScalar = (piece: Piece, scalar: Tree, value: string | number): readonly Edit[] => [
  edit(piece, scalar.start, scalar.end, scalarText(piece, scalar, value)),
];
