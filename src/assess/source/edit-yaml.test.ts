import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { applyEdits } from "../patch.ts";
import { addDocument, type Plain, renameKey, setKey } from "./edit-yaml.ts";
import type { Piece } from "./piece.ts";
import { at, entries, type Path, type Tree } from "./tree.ts";
import { readYaml } from "./yaml.ts";

const OFFSET = 17;
const piece = (text: string): Piece => ({ file: "f", text, offset: OFFSET, line: 2, column: 0, inList: false });
const apply = (text: string, edits: ReturnType<typeof setKey>): string =>
  applyEdits(" ".repeat(OFFSET) + text, edits ?? []).slice(OFFSET);

const key = fc
  .stringMatching(/^[a-z][a-zA-Z]{0,8}$/)
  .filter((name) => !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].includes(name));
const { value } = fc.letrec<{ value: Plain; map: { [key: string]: Plain } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 12 }), fc.constant("two\nlines\n")),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("map"),
  ),
  map: fc.dictionary(key, tie("value"), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
}));
const document = fc.dictionary(key, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true });

/** Paths of every map inside. */
function mapsOf(tree: Tree, path: Path = []): readonly Path[] {
  if (tree.kind === "list") return tree.items.flatMap((item, index) => mapsOf(item, [...path, index]));
  if (tree.kind !== "map") return [];
  return [path, ...entries(tree).flatMap((entry) => mapsOf(entry.value, [...path, entry.key]))];
}

function withKey(root: Plain, path: Path, name: string, to: Plain): Plain {
  const copy = structuredClone(root) as Record<string, Plain>;
  let here = copy;
  for (const part of path) here = here[part as string] as Record<string, Plain>;
  here[name] = to;
  return copy;
}

describe("a patch of YAML", () => {
  it("sets a key anywhere and changes nothing else", () => {
    fc.assert(
      fc.property(
        document,
        key,
        fc.oneof(fc.integer(), fc.string({ maxLength: 8 }), fc.constant({ a: [1, { b: "x" }] } as Plain)),
        fc.constantFrom("first" as const, "last" as const),
        fc.constantFrom("block", "dense", "flow", "json", "comments", "crlf"),
        fc.nat(),
        (root, name, to, where, style, choice) => {
          const text =
            style === "json"
              ? JSON.stringify(root, null, 2)
              : style === "flow"
                ? stringify(root, { collectionStyle: "flow" })
                : stringify(root, { indentSeq: style !== "dense" }).replace(
                    /: (\w+)$/gm,
                    style === "comments" ? ": $1 # said" : ": $1",
                  );
          const written = style === "crlf" ? text.replaceAll("\n", "\r\n") : text;
          const tree = readYaml(piece(written)).tree!;
          const maps = mapsOf(tree);
          const path = maps[choice % maps.length]!;
          const edits = setKey(piece(written), at(tree, ...path), name, to, where);
          const there = at(tree, ...path, name);
          if (edits === null) {
            // A block inside may only be replaced as a whole by somebody who means it, and an empty block has no place.
            expect(there !== undefined && there.kind !== "scalar").toBe(true);
            return;
          }
          const after = apply(written, edits);
          if (style === "crlf") expect(after.replaceAll("\r\n", "")).not.toContain("\n");
          expect(parse(after)).toEqual(withKey(parse(written) as Plain, path, name, to));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("keeps comments and everything around a renamed key", () => {
    const text = `# one\nmeta: # two\n  name: x\n`;
    const tree = readYaml(piece(text)).tree!;
    expect(apply(text, renameKey(piece(text), entries(tree)[0]!, "metadata"))).toBe(
      `# one\nmetadata: # two\n  name: x\n`,
    );
  });

  it("adds a document behind one that does not end in a new line", () => {
    expect(apply("a: 1", addDocument(piece("a: 1"), { b: 2 }))).toBe("a: 1\n---\nb: 2\n");
    expect(addDocument({ ...piece("a: 1"), inList: true }, { b: 2 })).toBeNull();
  });
});
