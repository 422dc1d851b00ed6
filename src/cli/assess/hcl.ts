import { createRequire } from "node:module";
import type { Node } from "web-tree-sitter";
import type { Entry, MapTree, ParseHcl, Tree } from "../../assess/index.ts";

const MAX_ERRORS = 20;

/** The parser of tree-sitter with its grammar for Terraform; null where they are not installed (they are optional). */
export async function loadHclParser(): Promise<ParseHcl | null> {
  try {
    const { Language, Parser } = await import("web-tree-sitter");
    const grammar = createRequire(import.meta.url).resolve(
      "@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm",
    );
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(await Language.load(grammar));
    return (text) => {
      const tree = parser.parse(text);
      if (!tree) return { tree: emptyMap(0, 0), errors: [{ offset: 0, message: "this is not HCL" }] };
      const errors: { offset: number; message: string }[] = [];
      if (tree.rootNode.hasError) collectErrors(tree.rootNode, errors);
      const body = tree.rootNode.namedChildren.find((node) => node?.type === "body");
      const converted = body ? bodyOf(body, 0) : emptyMap(0, text.length);
      tree.delete();
      return { tree: converted, errors };
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}

const MAX_DEPTH = 100;

const emptyMap = (start: number, end: number): MapTree => ({ kind: "map", entries: [], flow: false, start, end });

const named = (node: Node): readonly Node[] => node.namedChildren.filter((child): child is Node => child !== null);

function collectErrors(node: Node, errors: { offset: number; message: string }[]): void {
  if (errors.length >= MAX_ERRORS) return;
  if (node.isMissing) errors.push({ offset: node.startIndex, message: `\`${node.type}\` is missing here` });
  else if (node.isError)
    errors.push({ offset: node.startIndex, message: `this is not HCL: \`${firstLine(node.text)}\`` });
  else for (const child of node.children) if (child?.hasError) collectErrors(child, errors);
}

const firstLine = (text: string): string => text.trim().split("\n")[0]!.slice(0, 60);

function bodyOf(body: Node, depth: number): MapTree {
  const entries = depth > MAX_DEPTH ? [] : named(body).flatMap((node) => entryOf(node, depth));
  return { kind: "map", entries, flow: false, start: body.startIndex, end: body.endIndex };
}

function entryOf(node: Node, depth: number): readonly Entry[] {
  if (node.type !== "attribute" && node.type !== "block") return [];
  const [name, ...rest] = named(node);
  if (!name) return [];
  const at = { start: name.startIndex, end: name.endIndex };
  if (node.type === "attribute") {
    const value = rest.find((child) => child.type === "expression");
    return value ? [{ key: name.text, at, value: expressionOf(value, depth + 1) }] : [];
  }
  const labels = rest
    .filter((child) => child.type === "string_lit" || child.type === "identifier")
    .map((child) => child.text.replace(/^"|"$/g, ""));
  const body = rest.find((child) => child.type === "body");
  const inside = body ? bodyOf(body, depth + 1) : emptyMap(node.startIndex, node.endIndex);
  return [{ key: name.text, at, value: { ...inside, start: node.startIndex, end: node.endIndex, labels } }];
}

function expressionOf(node: Node, depth: number): Tree {
  const { startIndex: start, endIndex: end } = node;
  const [only, ...more] = named(node);
  const open: Tree = { kind: "expression", text: node.text.slice(0, 1_000), start, end };
  if (!only || more.length > 0 || depth > MAX_DEPTH) return open;
  if (only.type === "literal_value") return { kind: "scalar", value: literalOf(only), start, end };
  if (only.type !== "collection_value") return open;
  const [collection] = named(only);
  if (collection?.type === "tuple") {
    const items = named(collection)
      .filter((child) => child.type === "expression")
      .map((child) => expressionOf(child, depth + 1));
    return { kind: "list", items, flow: true, start, end };
  }
  if (collection?.type !== "object") return open;
  const entries = named(collection).flatMap((element): readonly Entry[] => {
    const [key, value] = named(element);
    if (element.type !== "object_elem" || !key || !value) return [];
    const at = { start: key.startIndex, end: key.endIndex };
    return [{ key: key.text.replace(/^"|"$/g, ""), at, value: expressionOf(value, depth + 1) }];
  });
  return { kind: "map", entries, flow: true, start, end };
}

function literalOf(node: Node): string | number | boolean | null {
  const { text } = node;
  const [inner] = named(node);
  if (inner?.type === "numeric_lit") return Number(text);
  if (inner?.type === "bool_lit") return text === "true";
  if (inner?.type === "null_lit") return null;
  return text.replace(/^"|"$/g, "");
}
