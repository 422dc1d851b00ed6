/** Characters of the text that was parsed; a tree's offsets count from the start of its piece. */
export type Span = { readonly start: number; readonly end: number };

/** A value with its place, whatever language it was written in. */
export type Tree = MapTree | ListTree | ScalarTree | ExpressionTree;

export type MapTree = Span & {
  readonly kind: "map";
  readonly entries: readonly Entry[];
  /** On one line in brackets, such as `{ a: 1 }`. */
  readonly flow: boolean;
  /** Of a block of HCL, such as `resource "type" "name"`. */
  readonly labels?: readonly string[];
};
export type ListTree = Span & { readonly kind: "list"; readonly items: readonly Tree[]; readonly flow: boolean };
export type ScalarTree = Span & { readonly kind: "scalar"; readonly value: string | number | boolean | null };
/** What only evaluation tells, such as `var.zones`. */
export type ExpressionTree = Span & { readonly kind: "expression"; readonly text: string };
export type Entry = { readonly key: string; readonly at: Span; readonly value: Tree };

export type Path = readonly (string | number)[];

/** The value at a path; of several entries with one key (blocks of HCL) the first. */
export function at(tree: Tree | undefined, ...path: Path): Tree | undefined {
  let here = tree;
  for (const part of path) {
    if (here?.kind === "list") here = here.items[Number(part)];
    else if (here?.kind === "map") here = here.entries.find((entry) => entry.key === part)?.value;
    else return undefined;
  }
  return here;
}

/** Every value under a key: the blocks of one type. */
export const all = (tree: Tree | undefined, key: string): readonly Tree[] =>
  tree?.kind === "map" ? tree.entries.filter((entry) => entry.key === key).map((entry) => entry.value) : [];

export const items = (tree: Tree | undefined): readonly Tree[] => (tree?.kind === "list" ? tree.items : []);

export const entries = (tree: Tree | undefined): readonly Entry[] => (tree?.kind === "map" ? tree.entries : []);

export function text(tree: Tree | undefined): string | null {
  if (tree?.kind !== "scalar" || tree.value === null) return null;
  return String(tree.value);
}

/** A number, also when it is written as text. */
export function number(tree: Tree | undefined): number | null {
  if (tree?.kind !== "scalar" || tree.value === null || tree.value === "" || typeof tree.value === "boolean")
    return null;
  const value = Number(tree.value);
  return Number.isFinite(value) ? value : null;
}

export const flag = (tree: Tree | undefined): boolean | null =>
  tree?.kind === "scalar" && typeof tree.value === "boolean" ? tree.value : null;

/** Texts of a map such as labels. */
export const texts = (tree: Tree | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entries(tree).flatMap(({ key, value }) => {
      const found = text(value);
      return found === null ? [] : [[key, found]];
    }),
  );
