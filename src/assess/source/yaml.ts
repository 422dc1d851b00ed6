import { isAlias, isMap, isPair, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from "yaml";
import type { Piece } from "./piece.ts";
import { MAX_OBJECT_CHARS } from "./split.ts";
import type { Entry, MapTree, Tree } from "./tree.ts";

/** Why a piece is refused, and where in it. */
export type Refusal = {
  readonly rule: "unreadable" | "hostile-yaml";
  readonly message: string;
  readonly fix: string;
  readonly offset: number;
  readonly severity?: "low";
};

export type Read = { readonly tree: Tree | null; readonly refusals: readonly Refusal[] };

/** Deeper than any manifest: the schemas of custom resources reach about 40. */
const MAX_DEPTH = 100;
/** Values after every alias was replaced by what it stands for. */
const MAX_VALUES = 1_000_000;

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

const refuse = (rule: Refusal["rule"], offset: number, message: string, fix: string): never => {
  throw new Refused({ rule, offset, message, fix });
};

/** Parses one piece. What is refused has no tree. */
export function readYaml(piece: Piece): Read {
  try {
    return { tree: parse(piece), refusals: [] };
  } catch (error) {
    if (error instanceof Refused) return { tree: null, refusals: [error.refusal] };
    if (error instanceof RangeError) return { tree: null, refusals: [tooDeep(0)] };
    throw error;
  }
}

const tooDeep = (offset: number): Refusal => ({
  rule: "hostile-yaml",
  offset,
  message: `values are nested more than ${MAX_DEPTH} deep`,
  fix: "no manifest is that deep; look where the file comes from",
});

function parse(piece: Piece): Tree | null {
  const { text } = piece;
  if (text.length > MAX_OBJECT_CHARS)
    refuse(
      "unreadable",
      0,
      `one document of ${(text.length / 1024 / 1024).toFixed(1)} MiB; the limit is ${MAX_OBJECT_CHARS / 1024 / 1024} MiB, what a cluster can store as one object`,
      "split it",
    );
  refuseDeepFlow(text);
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  const [error] = document.errors;
  if (error) {
    if (error.message.includes("call stack")) throw new Refused(tooDeep(error.pos[0]));
    if (text.includes("{{"))
      refuse(
        "unreadable",
        error.pos[0],
        "this is a template, not YAML",
        "render it (`helm template`) and assess what comes out",
      );
    refuse("unreadable", error.pos[0], firstLine(error.message), nextFor(error.code));
  }
  return document.contents === null ? null : new Conversion().tree(document.contents as Node, 0);
}

/** Brackets that open and never close cost a parser its stack; they are counted before it runs. */
function refuseDeepFlow(text: string): void {
  const run = /(?:[[{]\s*){100}/.exec(text);
  if (run) throw new Refused(tooDeep(run.index));
}

/** From the library's nodes to ours: aliases become what they stand for, merge keys are merged. */
class Conversion {
  readonly #anchors = new Map<string, Tree>();
  readonly #weights = new Map<Tree, number>();
  #open = new Set<string>();

  tree(node: Node | null, depth: number, offset = 0): Tree {
    if (depth > MAX_DEPTH) throw new Refused(tooDeep(node?.range?.[0] ?? offset));
    const [start, end] = node?.range ?? [offset, offset];
    if (node === null) return this.#weigh({ kind: "scalar", value: null, start, end }, []);
    if (isAlias(node)) return this.#alias(node.source, start);
    const { anchor } = node as { anchor?: string };
    if (anchor) this.#open.add(anchor);
    const made = this.#make(node, depth, start, end);
    if (anchor) {
      this.#open.delete(anchor);
      this.#anchors.set(anchor, made);
    }
    return made;
  }

  #alias(name: string, start: number): Tree {
    const found = this.#anchors.get(name);
    if (found) return found;
    const inside = this.#open.has(name);
    return refuse(
      inside ? "hostile-yaml" : "unreadable",
      start,
      inside ? `the alias *${name} contains itself` : `the alias *${name} stands for nothing`,
      "write the value instead",
    );
  }

  #make(node: Node, depth: number, start: number, end: number): Tree {
    if (isMap(node)) return this.#map(node, depth, start, end);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.tree(item as Node | null, depth + 1, start));
      return this.#weigh({ kind: "list", items, flow: node.flow === true, start, end }, items);
    }
    const value = isScalar(node) ? node.value : null;
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
    return this.#weigh({ kind: "scalar", value: plain ?? (value === null ? null : String(value)), start, end }, []);
  }

  #map(node: YAMLMap, depth: number, start: number, end: number): Tree {
    const entries: Entry[] = [];
    const known = new Map<string, number>();
    const merged: Tree[] = [];
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.key)) continue;
      const key = String(pair.key.value);
      const [from, to] = pair.key.range ?? [start, start];
      const before = known.get(key);
      if (before !== undefined) this.#duplicate(key, from);
      known.set(key, from);
      const value = this.tree(pair.value as Node | null, depth + 1, to);
      if (key === "<<") merged.push(...(value.kind === "list" ? value.items : [value]));
      else entries.push({ key, at: { start: from, end: to }, value });
    }
    const inherited = merged.flatMap((tree) => (tree.kind === "map" ? tree.entries : []));
    const own = new Set(entries.map((entry) => entry.key));
    const all = [...entries, ...inherited.filter((entry) => !own.has(entry.key))];
    const made: MapTree = { kind: "map", entries: all, flow: node.flow === true, start, end };
    return this.#weigh(
      made,
      all.map((entry) => entry.value),
    );
  }

  #duplicate(key: string, offset: number): never {
    return refuse(
      "unreadable",
      offset,
      `the key \`${key.slice(0, 60)}\` is there twice: parsers disagree about which one counts`,
      "remove one of the two",
    );
  }

  #weigh(made: Tree, children: readonly Tree[]): Tree {
    const weight = children.reduce((sum, child) => sum + (this.#weights.get(child) ?? 1), 1);
    if (weight > MAX_VALUES)
      refuse(
        "hostile-yaml",
        made.start,
        `its aliases stand for more than ${MAX_VALUES} values`,
        "write the values; a file that grows like this is meant to exhaust a parser",
      );
    this.#weights.set(made, weight);
    return made;
  }
}

const firstLine = (message: string): string => message.split("\n")[0]!.slice(0, 200);

function nextFor(code: string): string {
  return code === "TAB_AS_INDENT"
    ? "indent with spaces"
    : "correct the YAML; https://yaml.org/spec/1.2.2/ has the syntax";
}
