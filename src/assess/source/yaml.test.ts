import { describe, expect, it } from "vitest";
import type { Piece } from "./piece.ts";
import { MAX_OBJECT_CHARS } from "./split.ts";
import { at, text } from "./tree.ts";
import { readYaml } from "./yaml.ts";

const piece = (text: string): Piece => ({ file: "f", text, offset: 0, line: 0, column: 0, inList: false });
const refusal = (text: string): string | undefined => readYaml(piece(text)).refusals[0]?.message;

const LETTERS = "abcdefghijkl";
const BOMB = [
  "a: &a [x, x, x, x, x, x, x, x, x]",
  ...[...LETTERS.slice(1)].map(
    (letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${LETTERS[index]}`).join(", ")}]`,
  ),
].join("\n");

describe("hostile YAML is refused with a reason", () => {
  it.each([
    ["aliases that grow", BOMB, /stand for more than 1000000 values/],
    ["an alias that contains itself", "a: &a [*a]", /contains itself/],
    ["an alias of nothing", "a: *b", /stands for nothing|[Uu]nresolved alias/],
    ["brackets that never close", "[".repeat(100_000), /more than 100 deep/],
    ["lists in lists", `${"- ".repeat(5_000)}x`, /more than 100 deep/],
    [
      "maps in maps",
      Array.from({ length: 500 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      /more than 100 deep/,
    ],
    ["a key twice", "a: 1\nb: 2\na: 3\n", /`a` is there twice/],
    ["a key twice, deep inside", "x:\n  - { a: 1, a: 2 }", /`a` is there twice/],
    ["more than a cluster stores", `a: ${"x".repeat(MAX_OBJECT_CHARS)}`, /the limit is 1.5 MiB/],
    ["a tab", "a:\n\tb: 1", /[Tt]ab/],
    ["a template", "a: {{ .Values.b }}\n{{- if }}", /template/],
    ["a tag of a million marks", "!".repeat(1_000_000), /.{1,200}/],
  ])("%s", (_, hostile, message) => {
    expect(refusal(hostile)).toMatch(message);
    expect(refusal(hostile)!.length).toBeLessThanOrEqual(250);
    expect(readYaml(piece(hostile)).tree).toBeNull();
  });
});

describe("honest YAML is read", () => {
  it("with aliases and merged maps", () => {
    const { tree } = readYaml(piece("base: &b { a: 1, c: 2 }\nother:\n  <<: *b\n  c: 3\nlist: [*b, *b]\n"));
    expect(text(at(tree!, "other", "a"))).toBe("1");
    expect(text(at(tree!, "other", "c"))).toBe("3");
    expect(text(at(tree!, "list", 1, "c"))).toBe("2");
  });

  it("with thousands of keys and of aliases that stay small", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `k${index}: &a${index} v`).join("\n");
    expect(readYaml(piece(`${many}\nuse: [*a1, *a2]`)).tree).not.toBeNull();
  });
});
