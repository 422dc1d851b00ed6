import { fail, ok, type Problem, problem, type Result } from "../domain/index.ts";
import type { Unavailability } from "./units.ts";

/** A reliability block diagram. The same part may stand in several places: then it is one part, not several. */
export type Structure =
  | { readonly kind: "part"; readonly name: string }
  | { readonly kind: "series" | "parallel"; readonly of: readonly Structure[] }
  | { readonly kind: "at-least"; readonly k: number; readonly of: readonly Structure[] };

export const part = (name: string): Structure => ({ kind: "part", name });
export const inSeries = (...of: readonly Structure[]): Structure => ({ kind: "series", of });
export const inParallel = (...of: readonly Structure[]): Structure => ({ kind: "parallel", of });
export const atLeast = (k: number, ...of: readonly Structure[]): Structure => ({ kind: "at-least", k, of });

/** `exact`: low and high are the same number. Otherwise the truth is proved to lie between them. */
export type StructureResult = { readonly exact: boolean; readonly low: Unavailability; readonly high: Unavailability };

/** A decision diagram of this size takes about 50 MB; above it the figure is bounded instead. */
export const DIAGRAM_LIMIT = 200_000;
/** States that are looked at for a bound. */
const STATES_LIMIT = 200_000;

/**
 * Unavailability of a structure whose parts fail independently of each other, exactly also when parts stand in several
 * places: a reduced ordered binary decision diagram of the failure function (Rauzy, New algorithms for fault trees
 * analysis, 1993). Too large a diagram gives proved bounds: states are enumerated, the likeliest first, and what was
 * not looked at counts as up for the lower bound and as down for the upper one.
 */
export function structureUnavailability(
  structure: Structure,
  parts: Readonly<Record<string, Unavailability>>,
  limit: number = DIAGRAM_LIMIT,
): Result<StructureResult> {
  const wrong = check(structure, parts);
  if (wrong) return fail(wrong);
  const names = namesIn(structure);
  const diagram = new Diagram(names, limit);
  const root = diagram.failure(structure);
  if (root === null) return ok({ exact: false, ...bounds(structure, parts, names) });
  const value = diagram.probability(root, parts);
  return ok({ exact: true, low: value, high: value });
}

function check(structure: Structure, parts: Readonly<Record<string, Unavailability>>): Problem | null {
  if (structure.kind === "part") {
    const value = parts[structure.name];
    if (value === undefined)
      return problem("impossible", `nothing is known of ${structure.name}`, "give its unavailability");
    return value >= 0 && value <= 1
      ? null
      : problem("impossible", `${structure.name} has the unavailability ${value}`, "give a number from 0 to 1");
  }
  if (structure.of.length === 0) return problem("impossible", `${structure.kind} of nothing`, "name at least one part");
  if (
    structure.kind === "at-least" &&
    !(Number.isInteger(structure.k) && structure.k >= 0 && structure.k <= structure.of.length)
  )
    return problem("impossible", `${structure.k} of ${structure.of.length}`, "require at most as many as there are");
  for (const inner of structure.of) {
    const wrong = check(inner, parts);
    if (wrong) return wrong;
  }
  return null;
}

/** In the order of their first appearance, which keeps diagrams of block diagrams small. */
function namesIn(structure: Structure): readonly string[] {
  const names = new Set<string>();
  const visit = (inner: Structure): void => {
    if (inner.kind === "part") names.add(inner.name);
    else inner.of.forEach(visit);
  };
  visit(structure);
  return [...names];
}

const FALSE = 0;
const TRUE = 1;

/** Nodes are numbers: variable, node when the part is down, node when it is up. */
class Diagram {
  readonly #order: ReadonlyMap<string, number>;
  readonly #names: readonly string[];
  readonly #limit: number;
  readonly #variable: number[] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  readonly #down: number[] = [FALSE, TRUE];
  readonly #up: number[] = [FALSE, TRUE];
  readonly #unique = new Map<string, number>();
  readonly #known = new Map<string, number>();

  constructor(names: readonly string[], limit: number) {
    this.#names = names;
    this.#order = new Map(names.map((name, index) => [name, index]));
    this.#limit = limit;
  }

  /** The root of the failure function; null: the limit was reached. */
  failure(structure: Structure): number | null {
    switch (structure.kind) {
      case "part":
        return this.#node(this.#order.get(structure.name)!, TRUE, FALSE);
      case "series":
        return this.#atLeastDown(1, structure.of);
      case "parallel":
        return this.#atLeastDown(structure.of.length, structure.of);
      case "at-least":
        return this.#atLeastDown(structure.of.length - structure.k + 1, structure.of);
    }
  }

  /** True when at least `count` of the structures are down. Row by row, as Pascal's triangle. */
  #atLeastDown(count: number, of: readonly Structure[]): number | null {
    if (count > of.length) return FALSE;
    const row = new Array<number>(count + 1).fill(FALSE);
    row[0] = TRUE;
    for (const structure of of) {
      const failed = this.failure(structure);
      if (failed === null) return null;
      for (let level = count; level >= 1; level--) {
        const next = this.#choose(failed, row[level - 1]!, row[level]!);
        if (next === null) return null;
        row[level] = next;
      }
    }
    return row[count]!;
  }

  #node(variable: number, down: number, up: number): number {
    if (down === up) return down;
    const key = `${variable},${down},${up}`;
    const known = this.#unique.get(key);
    if (known !== undefined) return known;
    this.#variable.push(variable);
    this.#down.push(down);
    this.#up.push(up);
    const made = this.#variable.length - 1;
    this.#unique.set(key, made);
    return made;
  }

  /** If `condition` then `yes` else `no`. */
  #choose(condition: number, yes: number, no: number): number | null {
    if (condition === TRUE) return yes;
    if (condition === FALSE) return no;
    if (yes === no) return yes;
    if (yes === TRUE && no === FALSE) return condition;
    if (this.#variable.length > this.#limit) return null;
    const key = `${condition},${yes},${no}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const top = Math.min(this.#variable[condition]!, this.#variable[yes]!, this.#variable[no]!);
    const below = (side: readonly number[], node: number): number =>
      this.#variable[node] === top ? side[node]! : node;
    const down = this.#choose(below(this.#down, condition), below(this.#down, yes), below(this.#down, no));
    const up = this.#choose(below(this.#up, condition), below(this.#up, yes), below(this.#up, no));
    if (down === null || up === null) return null;
    const made = this.#node(top, down, up);
    this.#known.set(key, made);
    return made;
  }

  /** Sums products of positive numbers, so that nothing cancels. Nodes come after what they lead to. */
  probability(root: number, parts: Readonly<Record<string, Unavailability>>): number {
    const values = new Float64Array(root + 1);
    if (root >= TRUE) values[TRUE] = 1;
    for (let node = 2; node <= root; node++) {
      const down = parts[this.#names[this.#variable[node]!]!]!;
      values[node] = down * values[this.#down[node]!]! + (1 - down) * values[this.#up[node]!]!;
    }
    return values[root]!;
  }
}

type Open = { readonly probability: number; readonly down: ReadonlySet<string>; readonly next: number };

/** Best-first over the states of the parts, the least likely to be up decided first. */
function bounds(
  structure: Structure,
  parts: Readonly<Record<string, Unavailability>>,
  names: readonly string[],
): { readonly low: number; readonly high: number } {
  const order = [...names].sort((a, b) => parts[b]! - parts[a]!);
  const heap = new Heap<Open>((open) => open.probability);
  heap.push({ probability: 1, down: new Set(), next: 0 });
  let low = 0;
  let unknown = 0;
  for (let looked = 0; heap.size > 0 && looked < STATES_LIMIT; looked++) {
    const open = heap.pop()!;
    const decided = new Set(order.slice(0, open.next));
    const verdict = evaluate(structure, (name) => (open.down.has(name) ? "down" : decided.has(name) ? "up" : "open"));
    if (verdict === "down") low += open.probability;
    if (verdict !== "open") continue;
    const name = order[open.next]!;
    const u = parts[name]!;
    if (u > 0)
      heap.push({ probability: open.probability * u, down: new Set([...open.down, name]), next: open.next + 1 });
    if (u < 1) heap.push({ probability: open.probability * (1 - u), down: open.down, next: open.next + 1 });
  }
  for (const open of heap.all()) unknown += open.probability;
  return { low, high: Math.min(1, low + unknown) };
}

type Verdict = "up" | "down" | "open";

/** What is known of a structure when some parts are not decided yet. */
function evaluate(structure: Structure, stateOf: (name: string) => Verdict): Verdict {
  if (structure.kind === "part") return stateOf(structure.name);
  const size = structure.of.length;
  const needed = structure.kind === "at-least" ? structure.k : structure.kind === "series" ? size : 1;
  let up = 0;
  let down = 0;
  for (const inner of structure.of) {
    const verdict = evaluate(inner, stateOf);
    if (verdict === "up") up += 1;
    if (verdict === "down") down += 1;
    if (up >= needed) return "up";
    if (size - down < needed) return "down";
  }
  return "open";
}

/** The largest first. */
class Heap<T> {
  readonly #items: T[] = [];
  readonly #key: (item: T) => number;

  constructor(key: (item: T) => number) {
    this.#key = key;
  }

  get size(): number {
    return this.#items.length;
  }

  all(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    this.#items.push(item);
    let at = this.#items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#key(this.#items[parent]!) >= this.#key(this.#items[at]!)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): T | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (this.#items.length > 0 && last !== undefined) {
      this.#items[0] = last;
      this.#sink();
    }
    return top;
  }

  #sink(): void {
    for (let at = 0; ; ) {
      let largest = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#items.length && this.#key(this.#items[child]!) > this.#key(this.#items[largest]!))
          largest = child;
      if (largest === at) return;
      this.#swap(at, largest);
      at = largest;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#items[a]!;
    this.#items[a] = this.#items[b]!;
    this.#items[b] = held;
  }
}
