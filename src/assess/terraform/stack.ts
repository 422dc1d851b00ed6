import type { Assumptions } from "../../domain/index.ts";
import type { Component } from "../component.ts";
import type { Report } from "../report.ts";
import type { Piece } from "../source/piece.ts";
import { at, entries, type Tree } from "../source/tree.ts";
import { AWS } from "./aws.ts";
import { AZURE } from "./azure.ts";
import { GOOGLE } from "./google.ts";
import { type Assess, type Block, Resource } from "./resource.ts";

const KNOWN: Readonly<Record<string, Assess>> = { ...GOOGLE, ...AWS, ...AZURE };
/** Said by what names another resource. */
const HELPERS = new Set([
  "aws_autoscaling_attachment",
  "aws_lb_target_group_attachment",
  "aws_db_instance_automated_backups_replication",
  "aws_rds_cluster_instance",
  "aws_s3_bucket_versioning",
  "aws_s3_bucket_replication_configuration",
  "azurerm_lb_probe",
]);

/** What names another resource, such as `aws_s3_bucket.models`. */
const REFERENCE = /\b(?:aws|google|azurerm)_\w+\.[\w-]+/g;

/** The resources of one folder: names are unique in it, and it is planned as one. */
export class Stack {
  readonly #blocks: Block[] = [];
  readonly #defaults = new Map<string, Tree>();

  /** Takes over the blocks of a piece; says how many of them it knows. */
  take(piece: Piece, tree: Tree): number {
    let known = 0;
    for (const { key, value } of entries(tree)) {
      if (value.kind !== "map") continue;
      const [type, name] = value.labels ?? [];
      if (key === "variable" && type) {
        const fallback = at(value, "default");
        if (fallback) this.#defaults.set(`var.${type}`, fallback);
      } else if (key === "locals") {
        for (const local of value.entries) this.#defaults.set(`local.${local.key}`, local.value);
      } else if (key === "resource" && type && name && (KNOWN[type] || HELPERS.has(type))) {
        this.#blocks.push({ type, name, tree: value, piece });
        known += 1;
      }
    }
    return known;
  }

  judge(report: Report, f: Assumptions): readonly Component[] {
    const named = new Map<string, Block[]>();
    for (const block of this.#blocks) {
      const text = block.piece.text.slice(block.tree.start, block.tree.end);
      for (const name of new Set(text.match(REFERENCE))) {
        if (named.has(name)) named.get(name)!.push(block);
        else named.set(name, [block]);
      }
    }
    return this.#blocks.flatMap((block) => {
      const assess = KNOWN[block.type];
      return assess?.(new Resource(block, named, this.#defaults, report, f)) ?? [];
    });
  }
}
