import { closest } from "../../spec/index.ts";
import type { Report } from "../report.ts";
import { renameKey, setScalar } from "../source/edit-yaml.ts";
import type { Piece } from "../source/piece.ts";
import { at, entries, items, type MapTree, number, type Tree, text } from "../source/tree.ts";
import { type Fields, REMOVED, TOP, TYPES } from "./fields.ts";

/** One object of a manifest, whatever its kind. */
export type Manifest = {
  readonly piece: Piece;
  readonly tree: MapTree;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Tree | undefined;
  /** Such as `Deployment shop/web`. */
  readonly subject: string;
};

/** Objects of a piece: itself, or the items of a list of objects. */
export function objectsOf(tree: Tree): readonly Tree[] {
  if (tree.kind === "list") return tree.items.flatMap(objectsOf);
  const kind = text(at(tree, "kind"));
  const inside = at(tree, "items");
  return kind?.endsWith("List") && inside?.kind === "list" ? inside.items : [tree];
}

/** Whether this is, or was meant to be, an object of Kubernetes. */
export const isManifest = (tree: Tree): tree is MapTree => {
  if (tree.kind !== "map") return false;
  const known = ["apiVersion", "kind", "metadata", "spec"].filter((key) => at(tree, key) !== undefined);
  return known.includes("apiVersion") || (known.includes("kind") && known.length > 1);
};

/** Reads an object; what is wrong with its shape is reported, and the rest is still read. */
export function readManifest(piece: Piece, tree: MapTree, report: Report): Manifest {
  const kind = text(at(tree, "kind")) ?? "object";
  const apiVersion = text(at(tree, "apiVersion")) ?? "";
  const type = TYPES[kind];
  const misnamed = tree.entries.find(
    ({ key }) =>
      key !== "metadata" && !type?.[key] && suggestion(key, ["apiVersion", "kind", "metadata"]) === "metadata",
  );
  const metadata = at(tree, "metadata") ?? misnamed?.value;
  const name = text(at(metadata, "name")) ?? text(at(metadata, "generateName")) ?? "";
  const namespace = text(at(metadata, "namespace")) ?? "default";
  const subject = `${kind} ${namespace === "default" ? "" : `${namespace}/`}${name || "(without a name)"}`;
  const manifest = { piece, tree, apiVersion, kind, name, namespace, labels: at(metadata, "labels"), subject };
  if (type && knownGroup(apiVersion)) checkFields(manifest, tree, kind, report);
  else checkTop(manifest, report);
  checkRequired(manifest, metadata, report);
  checkVersion(manifest, report);
  return manifest;
}

/** Own resources may reuse a kind's name with fields of their own. */
const knownGroup = (apiVersion: string): boolean =>
  !apiVersion.includes("/") || /^[a-z]+\/|\.k8s\.io\//.test(apiVersion);

const suggestion = (key: string, names: readonly string[]): string | null => closest(key, names);

function checkTop({ piece, tree, subject }: Manifest, report: Report): void {
  for (const entry of tree.entries) {
    if (TOP.includes(entry.key)) continue;
    // Kinds that are not known here have fields of their own; only what looks like a slip is one.
    const guess = suggestion(entry.key, ["apiVersion", "kind", "metadata"]);
    if (!guess || at(tree, guess) !== undefined) continue;
    report.at("unknown-field", subject, piece, entry.at.start, {
      message: `\`${entry.key}:\` is not a field of an object; did you mean \`${guess}:\`?`,
      fix: `write \`${guess}:\``,
      edits: renameKey(piece, entry, guess),
    });
  }
}

function checkFields(manifest: Manifest, tree: Tree | undefined, type: string, report: Report): void {
  const { piece, subject } = manifest;
  const fields = TYPES[type] as Fields;
  if (tree?.kind !== "map") {
    if (tree && !(tree.kind === "scalar" && tree.value === null))
      report.at("wrong-type", subject, piece, tree.start, {
        message: `expected the fields of a ${type}, found ${tree.kind === "list" ? "a list" : "one value"}`,
        fix: `write fields, such as \`${Object.keys(fields)[0]}:\``,
      });
    return;
  }
  const present = new Set(tree.entries.map((entry) => entry.key));
  for (const entry of tree.entries) {
    let { key } = entry;
    if (fields[key] === undefined) {
      const guess = suggestion(
        key,
        Object.keys(fields).filter((name) => !present.has(name)),
      );
      const place = type === manifest.kind ? `a ${type}` : `the ${type} of a ${manifest.kind}`;
      report.at("unknown-field", subject, piece, entry.at.start, {
        message: `\`${key}:\` is not a field of ${place}${guess ? `; did you mean \`${guess}:\`?` : ""}`,
        fix: guess
          ? `write \`${guess}:\``
          : `remove it, or move it to where it belongs; the fields here are ${Object.keys(fields).join(", ")}`,
        edits: guess ? renameKey(piece, entry, guess) : null,
      });
      if (!guess) continue;
      key = guess;
    }
    const inside = fields[key]!;
    if (inside === "*") continue;
    if (!inside.endsWith("[]")) checkFields(manifest, entry.value, inside, report);
    else if (entry.value.kind === "list")
      for (const item of entry.value.items) checkFields(manifest, item, inside.slice(0, -2), report);
    else
      report.at("wrong-type", subject, piece, entry.value.start, {
        message: `\`${key}:\` is a list; each item begins with \`- \``,
        fix: "write `- ` before the first field of each",
      });
  }
}

function checkRequired({ piece, tree, kind, subject }: Manifest, metadata: Tree | undefined, report: Report): void {
  const missing = (field: string, in_: string, offset: number): void =>
    report.at("missing-field", subject, piece, offset, {
      message: `\`${field}\` is missing in ${in_}`,
      fix: `add \`${field}:\``,
    });
  const top = tree.entries[0]?.at.start ?? tree.start;
  if (at(tree, "apiVersion") === undefined) missing("apiVersion", "the object", top);
  if (at(tree, "kind") === undefined) missing("kind", "the object", top);
  if (metadata === undefined) missing("metadata", "the object", top);
  else if (!text(at(metadata, "name")) && !text(at(metadata, "generateName")))
    missing("name", "`metadata`", metadata.start);
  const template = at(tree, "spec", "template");
  if (!["Deployment", "StatefulSet", "DaemonSet"].includes(kind)) return;
  const spec = at(tree, "spec");
  if (spec === undefined) {
    missing("spec", "the object", top);
    return;
  }
  if (at(spec, "selector") === undefined && template === undefined) {
    report.at("missing-field", subject, piece, spec.start, {
      message: "`selector` and `template` are missing in `spec`: this is not a whole object",
      fix: "add them; if it is a patch of kustomize, assess what `kustomize build` makes of it",
    });
    return;
  }
  if (at(spec, "selector") === undefined) missing("selector", "`spec`", spec.start);
  if (template === undefined) missing("template", "`spec`", spec.start);
  const replicas = at(spec, "replicas");
  if (replicas && replicas.kind !== "expression" && !Number.isInteger(number(replicas)))
    report.at("wrong-type", subject, piece, replicas.start, {
      message: `\`replicas\` is a whole number, not \`${text(replicas) ?? ""}\``,
      fix: "write a number, such as `replicas: 2`",
    });
  for (const container of items(at(template, "spec", "containers"))) {
    if (container.kind !== "map") continue;
    if (!text(at(container, "name"))) missing("name", "the container", container.start);
    if (!text(at(container, "image")) && !entries(container).some((entry) => entry.key.toLowerCase() === "image"))
      missing("image", `the container ${text(at(container, "name")) ?? ""}`.trim(), container.start);
  }
}

function checkVersion({ piece, tree, apiVersion, kind, subject }: Manifest, report: Report): void {
  const removed = REMOVED[`${apiVersion} ${kind}`];
  const place = at(tree, "apiVersion");
  if (!removed || !place) return;
  report.at("removed-api", subject, piece, place.start, {
    message: `${apiVersion} is not served since Kubernetes ${removed.since}; it is ${removed.use} now`,
    fix: `write \`apiVersion: ${removed.use}\`, and compare the fields with its reference`,
    // The fields of an Ingress changed with its version; a new name alone would not be a repair.
    edits: removed.use.includes("/") && kind !== "Ingress" ? setScalar(piece, place, removed.use) : null,
  });
}
