import type { Assumptions } from "../domain/index.ts";
import type { Component, Starter } from "./component.ts";
import { assessCompose, isCompose } from "./compose/project.ts";
import { type Prediction, predict } from "./evaluate.ts";
import { type Finding, SEVERITIES } from "./finding.ts";
import { Cluster } from "./kubernetes/cluster.ts";
import { isManifest, objectsOf, readManifest } from "./kubernetes/object.ts";
import { assessPods } from "./kubernetes/pod-rules.ts";
import { type Counts, Report } from "./report.ts";
import { type Piece, placeOf } from "./source/piece.ts";
import { MAX_OBJECT_CHARS, splitHcl, splitYaml } from "./source/split.ts";
import type { Tree } from "./source/tree.ts";
import { readYaml } from "./source/yaml.ts";
import { Stack } from "./terraform/stack.ts";

/** Longest file that is read; longer ones are named and left out. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

const MAX_COMPONENTS = 10_000;
const MAX_STARTERS = 1_000;

/** Parses HCL. Blocks are maps with labels, in the order in which they stand; what is wrong is said with its place. */
export type ParseHcl = (text: string) => {
  readonly tree: Tree;
  readonly errors: readonly { readonly offset: number; readonly message: string }[];
};

export type Assessed = {
  /** The most severe first; of each severity at most 10,000, `counts` has all. */
  readonly findings: readonly Finding[];
  readonly counts: Counts;
  /** At most 10,000; the prediction is over all. */
  readonly components: readonly Component[];
  readonly componentsFound: number;
  readonly starters: readonly Starter[];
  readonly prediction: Prediction;
  readonly files: { readonly assessed: number; readonly unknown: number };
};

/** Takes files one by one and remembers little of each; `finish` judges what only shows together. Pure. */
export class Assessment {
  readonly #today: string;
  readonly #figures: Assumptions;
  readonly #parseHcl: ParseHcl | null;
  readonly #report = new Report();
  readonly #cluster = new Cluster();
  readonly #stacks = new Map<string, Stack>();
  readonly #components: Component[] = [];
  readonly #starters: Starter[] = [];
  #assessed = 0;
  #unknown = 0;

  /** `today`: such as 2026-11-24, for ends of life. `parseHcl`: null where the parser is not installed. */
  constructor(today: string, figures: Assumptions, parseHcl: ParseHcl | null) {
    this.#today = today;
    this.#figures = figures;
    this.#parseHcl = parseHcl;
  }

  /** Says whether the file holds anything that is known here. */
  take(file: string, text: string): boolean {
    const known = file.endsWith(".tf") ? this.#takeTerraform(file, text) : this.#takeYaml(file, text);
    if (known) this.#assessed += 1;
    else this.#unknown += 1;
    return known;
  }

  /** A file that cannot even be opened. */
  refuse(file: string, message: string, fix: string): void {
    this.#report.add("unreadable", file, { file, line: 1, column: 1 }, { message, fix });
  }

  /** A file that is known to hold nothing of interest without being read. */
  skip(): void {
    this.#unknown += 1;
  }

  #takeYaml(file: string, text: string): boolean {
    let known = false;
    for (const piece of splitYaml({ file, text })) {
      const { tree, refusals } = readYaml(piece);
      for (const { rule, offset, message, fix, severity } of refusals) {
        known = true;
        this.#report.at(rule, file, piece, offset, { message, fix, ...(severity ? { severity } : {}) });
      }
      if (tree) known = this.#takeTree(piece, tree) || known;
    }
    return known;
  }

  #takeTree(piece: Piece, tree: Tree): boolean {
    if (isCompose(tree)) {
      const found = assessCompose(piece, tree, this.#today, this.#report, this.#figures);
      this.#components.push(...found.components);
      this.#starters.push(...found.starters);
      return true;
    }
    let known = false;
    for (const object of objectsOf(tree)) {
      if (!isManifest(object)) continue;
      known = true;
      // In a list nothing can be put behind an object, also where the list was short enough to be parsed whole.
      const own = object === tree ? piece : { ...piece, inList: true };
      const manifest = readManifest(own, object, this.#report);
      assessPods(manifest, this.#today, this.#report);
      this.#cluster.take(manifest);
    }
    return known;
  }

  #takeTerraform(file: string, text: string): boolean {
    if (!this.#parseHcl) {
      this.refuse(
        file,
        "the parser for HCL is not installed",
        "npm install web-tree-sitter @tree-sitter-grammars/tree-sitter-hcl",
      );
      return true;
    }
    const folder = file.slice(0, Math.max(0, file.lastIndexOf("/")));
    const stack = this.#stacks.get(folder) ?? new Stack();
    this.#stacks.set(folder, stack);
    let known = 0;
    for (const piece of splitHcl({ file, text })) {
      if (piece.text.length > MAX_OBJECT_CHARS) {
        const message = `one block of ${(piece.text.length / 1024 / 1024).toFixed(1)} MiB; the limit is ${MAX_OBJECT_CHARS / 1024 / 1024} MiB`;
        this.#report.add("unreadable", file, placeOf(piece, 0), { message, fix: "split it" });
        continue;
      }
      const { tree, errors } = this.#parseHcl(piece.text);
      for (const { offset, message } of errors)
        this.#report.at("unreadable", file, piece, offset, {
          message,
          fix: "correct it; `terraform validate` says more",
        });
      known += stack.take(piece, tree) + errors.length;
    }
    return known > 0;
  }

  finish(): Assessed {
    const stacks = [...this.#stacks.values()].map((stack) => stack.judge(this.#report, this.#figures));
    const components = [this.#components, this.#cluster.judge(this.#report, this.#figures), ...stacks].flat();
    const order = (finding: Finding): number => SEVERITIES.indexOf(finding.severity);
    const findings = [...this.#report.findings].sort(
      (a, b) =>
        order(a) - order(b) ||
        compare(a.place.file, b.place.file) ||
        a.place.line - b.place.line ||
        a.place.column - b.place.column ||
        compare(a.rule, b.rule),
    );
    return {
      findings,
      counts: this.#report.counts,
      components: components.slice(0, MAX_COMPONENTS),
      componentsFound: components.length,
      starters: [...this.#starters, ...this.#cluster.starters(MAX_STARTERS)].slice(0, MAX_STARTERS),
      prediction: predict(components, this.#figures),
      files: { assessed: this.#assessed, unknown: this.#unknown },
    };
  }
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);
