import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type Piece, placeOf } from "./piece.ts";
import { MAX_OBJECT_CHARS, splitHcl, splitYaml } from "./split.ts";
import { at, text } from "./tree.ts";
import { readYaml } from "./yaml.ts";

const object = (index: number, filler: string): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: `c${index}` },
  data: { text: filler, lines: `one\n--- not a document\ntwo\n- item\n"items": [`, brackets: "}{][" },
});

/** What a piece says about its place is what stands there in the file. */
function expectInPlace(file: string, pieces: readonly Piece[]): void {
  const lines = file.split("\n");
  for (const piece of pieces) {
    expect(file.slice(piece.offset, piece.offset + piece.text.length)).toBe(piece.text);
    for (const offset of [0, Math.floor(piece.text.length / 2), piece.text.length - 1]) {
      const { line, column } = placeOf(piece, offset);
      expect(lines[line - 1]![column - 1] ?? "\n").toBe(piece.text[offset]);
    }
  }
}

const namesIn = (pieces: readonly Piece[]): readonly (string | null)[] =>
  pieces.flatMap((piece) => {
    const { tree, refusals } = readYaml(piece);
    expect(refusals).toEqual([]);
    const object = tree?.kind === "list" ? tree.items[0] : tree;
    return object ? [text(at(object, "metadata", "name"))] : [];
  });

describe("a file in pieces", () => {
  it("has every document once, each in its place", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 8 }), (fillers) => {
        const documents = fillers.map((filler, index) => stringify(object(index, filler)));
        const file = documents.join("---\n");
        const pieces = [...splitYaml({ file: "f", text: file })];
        expectInPlace(file, pieces);
        expect(namesIn(pieces)).toEqual(fillers.map((_, index) => `c${index}`));
      }),
    );
  });

  const big = "x".repeat(300_000);
  const objects = Array.from({ length: 8 }, (_, index) => object(index, big));
  const names = objects.map((_, index) => `c${index}`);

  it.each([
    ["block", stringify({ apiVersion: "v1", kind: "List", items: objects }, { lineWidth: 0 })],
    ["block, without indentation", stringify({ kind: "List", items: objects }, { lineWidth: 0, indentSeq: false })],
    ["block, with something behind", stringify({ items: objects, kind: "List", metadata: {} }, { lineWidth: 0 })],
    ["JSON", JSON.stringify({ apiVersion: "v1", kind: "List", items: objects })],
    ["JSON on many lines", JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }, null, 2)],
    ["a list at the top", JSON.stringify(objects)],
  ])("has every item of a list that is too long to be parsed whole: %s", (_, file) => {
    expect(file.length).toBeGreaterThan(MAX_OBJECT_CHARS);
    const pieces = [...splitYaml({ file: "f", text: file })];
    expectInPlace(file, pieces);
    expect(namesIn(pieces)).toEqual(names);
    expect(pieces.every((piece) => piece.inList)).toBe(true);
  });

  it("has whole blocks of HCL, also around documents inside", () => {
    const block = (index: number): string =>
      `resource "aws_instance" "w${index}" {\n  user_data = <<-EOT\n    {\n}\n  EOT\n  tags = "${"x".repeat(9_000)}"\n}\n`;
    const file = Array.from({ length: 100 }, (_, index) => block(index)).join("\n");
    const pieces = [...splitHcl({ file: "f", text: file })];
    expectInPlace(file, pieces);
    expect(pieces.map((piece) => piece.text).join("")).toBe(file);
    expect(pieces.length).toBeGreaterThan(2);
    for (const { text: inside } of pieces) {
      expect(inside.trimStart().startsWith("resource")).toBe(true);
      expect(inside.trimEnd().endsWith("}")).toBe(true);
    }
  });
});
