import type { Assumptions } from "../../domain/index.ts";
import type { Component, Loss, Patch, Reach } from "../component.ts";
import { componentDown } from "../evaluate.ts";
import type { Finding, Place, RuleId } from "../finding.ts";
import type { Report } from "../report.ts";
import { setAttribute, setInBlock } from "../source/edit-hcl.ts";
import { type Piece, placeOf } from "../source/piece.ts";
import { at, flag, items, type MapTree, number, type Path, type Tree, text } from "../source/tree.ts";
import { TIMES } from "../times.ts";

/** A block `resource "type" "name"`. */
export type Block = { readonly type: string; readonly name: string; readonly tree: MapTree; readonly piece: Piece };

/** What rules for one type of resource see: values with variables replaced, other resources, and where to report. */
export class Resource {
  readonly type: string;
  readonly subject: string;
  readonly place: Place;
  readonly #block: Block;
  readonly #defaults: ReadonlyMap<string, Tree>;
  readonly #named: ReadonlyMap<string, readonly Block[]>;
  readonly #report: Report;
  readonly figures: Assumptions;

  /** `named`: blocks by the resources that they name. */
  constructor(
    block: Block,
    named: ReadonlyMap<string, readonly Block[]>,
    defaults: ReadonlyMap<string, Tree>,
    report: Report,
    f: Assumptions,
  ) {
    this.#block = block;
    this.#named = named;
    this.#defaults = defaults;
    this.#report = report;
    this.figures = f;
    this.type = block.type;
    this.subject = `${block.type}.${block.name}`;
    this.place = placeOf(block.piece, block.tree.start);
  }

  /** The value at a path; a variable is its default. */
  tree(...path: Path): Tree | undefined {
    const found = at(this.#block.tree, ...path);
    if (found?.kind !== "expression") return found;
    return this.#defaults.get(found.text) ?? found;
  }
  text = (...path: Path): string | null => text(this.tree(...path));
  flag = (...path: Path): boolean | null => flag(this.tree(...path));
  number = (...path: Path): number | null => number(this.tree(...path));
  has = (...path: Path): boolean => this.tree(...path) !== undefined;
  /** Items of a list; null: only evaluation tells. */
  length(...path: Path): number | null {
    const found = this.tree(...path);
    if (found?.kind === "list") return items(found).length;
    return found ? null : 0;
  }
  /** Only evaluation tells what it is. */
  open = (...path: Path): boolean => this.tree(...path)?.kind === "expression";

  /** How many of it there are by `count` or `for_each`; null: not known. */
  get count(): number | null {
    if (this.has("for_each")) {
      const each = this.tree("for_each");
      return each?.kind === "map" ? each.entries.length : each?.kind === "list" ? each.items.length : null;
    }
    return this.has("count") ? this.number("count") : 1;
  }

  /** Other resources of these types that name this one. */
  referredBy(...types: readonly string[]): readonly Block[] {
    return (this.#named.get(this.subject) ?? []).filter(({ type }) => types.includes(type));
  }

  find(rule: RuleId, message: string, fix: string, edits: Patch = null, severity?: Finding["severity"]): void {
    this.#report.add(rule, this.subject, this.place, { message, fix, edits, ...(severity ? { severity } : {}) });
  }

  set = (name: string, value: string): Patch => setAttribute(this.#block.piece, this.#block.tree, name, value);
  setIn = (inner: string, name: string, value: string): Patch =>
    setInBlock(this.#block.piece, this.#block.tree, inner, name, value);
  /** Sets an attribute two blocks deep; the outer one has to be there. */
  setDeep(outer: string, inner: string, name: string, value: string): Patch {
    const block = at(this.#block.tree, outer);
    return block ? setInBlock(this.#block.piece, block, inner, name, value) : null;
  }

  /** A number of instances that leaves no spare. `path`: of the attribute, inside at most one block. */
  needsTwo(rule: "single-instance" | "autoscaler-floor", what: string, ...path: readonly [string, string?]): void {
    const found = this.number(...(path as Path));
    if (found === null || found >= 2) return;
    const [first, second] = path;
    const name = second ?? first;
    this.find(
      rule,
      `${rule === "single-instance" ? "runs" : "goes down to"} ${found} ${what}${found === 1 ? "" : "s"}`,
      `set \`${name} = 2\``,
      second === undefined ? this.set(first, "2") : this.setIn(first, second, "2"),
    );
  }

  /** Protection against deletion. `byDefault`: what the provider takes where nothing is written. */
  needsProtection(byDefault: boolean, name = "deletion_protection"): void {
    if (this.open(name) || (this.flag(name) ?? byDefault)) return;
    this.find("no-deletion-protection", `${name} is off`, `set \`${name} = true\``, this.set(name, "true"));
  }

  needsNoForce(): void {
    if (this.flag("force_destroy") !== true) return;
    this.find(
      "no-deletion-protection",
      "force_destroy deletes it with everything inside",
      "set `force_destroy = false`",
      this.set("force_destroy", "false"),
    );
  }

  component(total: number | null, zones: number, reach: Component["reach"], required = 1): Component {
    const machineS = reach.machine.rtoS ?? this.figures.humanReaction.value;
    const options = {
      zones: Math.max(1, zones),
      sameMachine: false,
      restartS: Math.max(1, reach.instance.rtoS ?? machineS),
      machineS,
    };
    const unavailability = total === null ? null : componentDown(total, required, options, this.figures);
    return {
      subject: this.subject,
      place: this.place,
      total,
      required,
      zones: Math.max(1, zones),
      unavailability,
      reach,
    };
  }
}

export type Assess = (resource: Resource) => Component | null;

export const never = (how: string): Reach => ({ rtoS: null, rpoS: null, how });

/** Instances that keep nothing. `groups`: replaced by themselves. */
export function statelessReach(total: number | null, zones: number, replaced: boolean): Readonly<Record<Loss, Reach>> {
  const spare = (total ?? 1) > 1;
  const again: Reach = replaced
    ? { rtoS: TIMES.machineStart.s, rpoS: 0, how: "it is replaced by a new one" }
    : { rtoS: null, rpoS: 0, how: "a person has to replace it" };
  const others: Reach = { rtoS: 10, rpoS: 0, how: "the load balancer takes it out" };
  const machine = spare ? others : again;
  return {
    instance: machine,
    machine,
    zone:
      zones > 1 && spare ? others : zones > 1 && replaced ? again : { rtoS: null, rpoS: 0, how: "it is in one zone" },
    site: { rtoS: null, rpoS: 0, how: "nothing in these files runs it in another region" },
  };
}

/** A managed database. `backup`: seconds that a restore loses, null: none. `elsewhere`: a replica in another region. */
export function databaseReach(given: {
  readonly failoverS: number | null;
  readonly backup: number | null;
  readonly zoneBound: boolean;
  readonly elsewhere: boolean;
  readonly backupLeavesRegion: boolean;
}): Readonly<Record<Loss, Reach>> {
  const restored: Reach =
    given.backup === null
      ? never("there is no backup")
      : { rtoS: TIMES.managedRestore.s, rpoS: given.backup, how: "restored from its backups" };
  const over: Reach | null =
    given.failoverS === null ? null : { rtoS: given.failoverS, rpoS: 0, how: "its standby takes over" };
  const moved: Reach = { rtoS: TIMES.machineStart.s * 2, rpoS: 0, how: "the provider starts it again on its disk" };
  const site: Reach = given.elsewhere
    ? { rtoS: TIMES.replicaPromoted.s, rpoS: TIMES.replicaLag.s, how: "a person promotes the replica elsewhere" }
    : given.backupLeavesRegion
      ? { ...restored, how: `${restored.how} in another region` }
      : never("copies and backups are in the same region");
  return { instance: over ?? moved, machine: over ?? moved, zone: over && !given.zoneBound ? over : restored, site };
}

/** Objects in a bucket. */
export function storageReach(zones: number, elsewhere: boolean): Readonly<Record<Loss, Reach>> {
  const none: Reach = { rtoS: 0, rpoS: 0, how: "the provider keeps several copies" };
  return {
    instance: none,
    machine: none,
    zone: zones > 1 ? none : never("its copies are in one zone"),
    site: elsewhere
      ? { rtoS: 0, rpoS: 900, how: "copies in another region (replication time)" }
      : never("its copies are in one region"),
  };
}
