import type { Piece } from "./piece.ts";

/** What etcd accepts as one object by default (`--max-request-bytes`); a cluster cannot hold a larger one. */
export const MAX_OBJECT_CHARS = 1.5 * 1024 * 1024;
/** Blocks of HCL are parsed in groups of about this size. */
const HCL_GROUP_CHARS = 256 * 1024;

type Whole = { readonly file: string; readonly text: string };

/** One piece for each YAML document; a document that is a long list of objects gives one for each object. */
export function* splitYaml({ file, text }: Whole): Generator<Piece> {
  for (const document of documents(file, text)) {
    if (document.text.length <= MAX_OBJECT_CHARS) yield document;
    else yield* splitList(document);
  }
}

function* documents(file: string, text: string): Generator<Piece> {
  // A byte order mark is no part of the first key.
  let start = text.startsWith("\uFEFF") ? 1 : 0;
  let startLine = 0;
  let line = 0;
  let lineStart = start;
  const piece = (end: number): Piece => wholeLines({ file, text }, start, end, startLine);
  while (lineStart < text.length) {
    const next = text.indexOf("\n", lineStart);
    const lineEnd = next === -1 ? text.length : next + 1;
    if (text.startsWith("---", lineStart) && /^---(\s|$)/.test(text.slice(lineStart, lineStart + 4))) {
      if (lineStart > start) yield piece(lineStart);
      start = lineEnd;
      startLine = line + 1;
    }
    line += 1;
    lineStart = lineEnd;
  }
  if (text.length > start) yield piece(text.length);
}

const wholeLines = ({ file, text }: Whole, start: number, end: number, line: number): Piece => ({
  file,
  text: text.slice(start, end),
  offset: start,
  line,
  column: 0,
  inList: false,
});

function* splitList(document: Piece): Generator<Piece> {
  if (/^\s*[{[]/.test(document.text)) {
    yield* splitJsonList(document);
    return;
  }
  const items = /^items:[ \t]*\r?\n/m.exec(document.text);
  const indent = items ? /^( *)- /.exec(document.text.slice(items.index + items[0].length))?.[1] : undefined;
  if (!items || indent === undefined) {
    yield document;
    return;
  }
  const dash = `${indent}- `;
  let start = -1;
  let startLine = 0;
  let line = 0;
  for (let lineStart = 0; lineStart < document.text.length; line++) {
    const next = document.text.indexOf("\n", lineStart);
    const lineEnd = next === -1 ? document.text.length : next + 1;
    if (lineStart >= items.index + items[0].length) {
      const ends = document.text[lineStart] !== " " && document.text[lineStart] !== "-" && lineEnd - lineStart > 1;
      if (document.text.startsWith(dash, lineStart) || ends) {
        if (start >= 0) yield within(document, start, lineStart, startLine, 0);
        start = ends ? -1 : lineStart;
        startLine = line;
        if (ends) return;
      }
    }
    lineStart = lineEnd;
  }
  if (start >= 0) yield within(document, start, document.text.length, startLine, 0);
}

const within = (of: Piece, start: number, end: number, line: number, column: number): Piece => ({
  file: of.file,
  text: of.text.slice(start, end),
  offset: of.offset + start,
  line: of.line + line,
  column,
  inList: true,
});

/** The objects inside `"items": [ … ]`, or inside a list at the top. */
function* splitJsonList(document: Piece): Generator<Piece> {
  const { text } = document;
  let depth = 0;
  let line = 0;
  let lineStart = 0;
  let open: { start: number; line: number; column: number } | null = null;
  // In a list of objects the objects are two brackets deep below `items`, one below a list at the top.
  const level = text.trimStart().startsWith("[") ? 1 : 2;
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char === '"') {
      index += 1;
      while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
    } else if (char === "\n") {
      line += 1;
      lineStart = index + 1;
    } else if (char === "{" || char === "[") {
      if (depth === level && char === "{") open = { start: index, line, column: index - lineStart };
      depth += 1;
    } else if (char === "}" || char === "]") {
      depth -= 1;
      if (depth === level && open) {
        yield within(document, open.start, index + 1, open.line, open.column);
        open = null;
      }
    }
  }
}

/** Groups of whole blocks: cut only at a closing bracket at the start of a line, outside heredocs. */
export function* splitHcl({ file, text }: Whole): Generator<Piece> {
  let start = 0;
  let startLine = 0;
  let line = 0;
  let heredoc: string | null = null;
  const piece = (end: number): Piece => wholeLines({ file, text }, start, end, startLine);
  for (let lineStart = 0; lineStart < text.length; line++) {
    const next = text.indexOf("\n", lineStart);
    const lineEnd = next === -1 ? text.length : next + 1;
    const said = text.slice(lineStart, Math.min(lineEnd, lineStart + 400));
    if (heredoc !== null) {
      if (said.trim() === heredoc) heredoc = null;
    } else {
      heredoc = /<<-?\s*"?([A-Za-z_][\w-]*)"?\s*$/.exec(said.trimEnd())?.[1] ?? null;
      if (said.startsWith("}") && lineEnd - start >= HCL_GROUP_CHARS) {
        yield piece(lineEnd);
        start = lineEnd;
        startLine = line + 1;
      }
    }
    lineStart = lineEnd;
  }
  if (text.length > start) yield piece(text.length);
}
