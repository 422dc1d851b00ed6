import type { Patch, Starter } from "../component.ts";
import type { Place } from "../finding.ts";
import { addDocument, setKey } from "../source/edit-yaml.ts";
import { placeOf } from "../source/piece.ts";
import { at, items, number, type Tree, text, texts } from "../source/tree.ts";
import type { Manifest } from "./object.ts";

/** What serves requests or keeps state, with what the rules ask about it. */
export type Workload = {
  readonly manifest: Pick<Manifest, "kind" | "name" | "namespace" | "subject">;
  readonly place: Place;
  readonly labels: Readonly<Record<string, string>>;
  /** null: not said; Kubernetes takes 1. DaemonSets run one on each machine. */
  readonly replicas: number | null;
  readonly spread: "zones" | "machines" | "none";
  /** Keeps files that outlive a pod. */
  readonly stateful: boolean;
  readonly claims: readonly string[];
  readonly recreate: boolean;
  readonly ready: { readonly noticedS: number } | null;
  readonly startS: number | null;
  readonly starter: Starter;
  readonly twoReplicas: Patch;
  readonly setSpread: Patch;
  readonly addBudget: Patch;
};

export const ZONE_KEY = "topology.kubernetes.io/zone";
const HOST_KEY = "kubernetes.io/hostname";

export const RUNS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"];

/** The specification of the pods of an object. */
export function podSpecOf({ kind, tree }: Pick<Manifest, "kind" | "tree">): Tree | undefined {
  if (kind === "Pod") return at(tree, "spec");
  if (kind === "CronJob") return at(tree, "spec", "jobTemplate", "spec", "template", "spec");
  return at(tree, "spec", "template", "spec");
}

/** What labels the pods have. */
export const podLabelsOf = ({ kind, tree }: Pick<Manifest, "kind" | "tree">): Readonly<Record<string, string>> =>
  texts(kind === "Pod" ? at(tree, "metadata", "labels") : at(tree, "spec", "template", "metadata", "labels"));

export function workloadOf(manifest: Manifest): Workload {
  const { piece, tree, kind } = manifest;
  const spec = at(tree, "spec");
  const pod = podSpecOf(manifest);
  const labels = podLabelsOf(manifest);
  const claims = [
    ...items(at(spec, "volumeClaimTemplates")).map((claim) => text(at(claim, "metadata", "name")) ?? ""),
    ...items(at(pod, "volumes")).flatMap((volume) => text(at(volume, "persistentVolumeClaim", "claimName")) ?? []),
  ];
  const probe = items(at(pod, "containers"))
    .map((container) => at(container, "readinessProbe"))
    .find((found) => found !== undefined);
  const of = (name: string, fallback: number): number => number(at(probe, name)) ?? fallback;
  return {
    manifest: { kind, name: manifest.name, namespace: manifest.namespace, subject: manifest.subject },
    place: placeOf(piece, at(tree, "kind")?.start ?? tree.start),
    labels,
    replicas: number(at(spec, "replicas")),
    spread: spreadOf(pod),
    stateful: claims.length > 0,
    claims,
    recreate: text(at(spec, "strategy", "type")) === "Recreate",
    ready: probe ? { noticedS: of("periodSeconds", 10) * of("failureThreshold", 3) } : null,
    startS: probe ? of("initialDelaySeconds", 0) + of("periodSeconds", 10) : null,
    starter: starterOf(manifest, pod, spec),
    twoReplicas: setKey(piece, spec, "replicas", 2, "first"),
    setSpread: setKey(
      piece,
      pod,
      "topologySpreadConstraints",
      [ZONE_KEY, HOST_KEY].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
      })),
      "first",
    ),
    addBudget: addDocument(piece, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: manifest.name, ...(manifest.namespace === "default" ? {} : { namespace: manifest.namespace }) },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    }),
  };
}

/** Whether the scheduler is told to keep pods apart, and how far. */
function spreadOf(pod: Tree | undefined): Workload["spread"] {
  const keys = items(at(pod, "topologySpreadConstraints")).map((each) => text(at(each, "topologyKey")));
  const anti = at(pod, "affinity", "podAntiAffinity");
  const terms = [
    ...items(at(anti, "requiredDuringSchedulingIgnoredDuringExecution")),
    ...items(at(anti, "preferredDuringSchedulingIgnoredDuringExecution")).map((each) => at(each, "podAffinityTerm")),
  ];
  keys.push(...terms.map((term) => text(at(term, "topologyKey"))));
  if (keys.includes(ZONE_KEY) || keys.includes("failure-domain.beta.kubernetes.io/zone")) return "zones";
  return keys.includes(HOST_KEY) ? "machines" : "none";
}

function starterOf(manifest: Manifest, pod: Tree | undefined, spec: Tree | undefined): Starter {
  const container = items(at(pod, "containers"))[0];
  const path = (probe: string): string | null => text(at(container, probe, "httpGet", "path"));
  const command = [...items(at(container, "command")), ...items(at(container, "args"))].flatMap(
    (each) => text(each) ?? [],
  );
  const templates = items(at(spec, "volumeClaimTemplates"));
  const kept = new Set([
    ...templates.map((claim) => text(at(claim, "metadata", "name"))),
    ...items(at(pod, "volumes")).flatMap((volume) =>
      at(volume, "persistentVolumeClaim") ? [text(at(volume, "name"))] : [],
    ),
  ]);
  return {
    name: manifest.name,
    place: placeOf(manifest.piece, manifest.tree.start),
    image: text(at(container, "image")),
    command: command.length > 0 ? command : null,
    port: number(at(container, "ports", 0, "containerPort")),
    live: path("livenessProbe"),
    ready: path("readinessProbe"),
    required: 1,
    max: number(at(spec, "replicas")) ?? 1,
    cpu: text(at(container, "resources", "limits", "cpu")),
    memory: text(at(container, "resources", "limits", "memory")),
    env: Object.fromEntries(
      items(at(container, "env")).flatMap((each) => {
        const name = text(at(each, "name"));
        return name ? [[name, text(at(each, "value"))]] : [];
      }),
    ),
    folders: items(at(container, "volumeMounts")).flatMap((mount) => {
      const name = text(at(mount, "name"));
      const folder = text(at(mount, "mountPath"));
      if (!name || !folder || !kept.has(name)) return [];
      const claim = templates.find((each) => text(at(each, "metadata", "name")) === name);
      return [{ name, path: folder, size: text(at(claim, "spec", "resources", "requests", "storage")) }];
    }),
    graceS: number(at(pod, "terminationGracePeriodSeconds")),
    zones: items(
      at(pod, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"),
    )
      .flatMap((term) => items(at(term, "matchExpressions")))
      .filter((term) => text(at(term, "key")) === ZONE_KEY)
      .flatMap((term) => items(at(term, "values")).flatMap((each) => text(each) ?? [])),
  };
}
