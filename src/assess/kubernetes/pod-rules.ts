import { endOfLife, isDatabase, parseImage } from "../images.ts";
import type { Report } from "../report.ts";
import { type Plain, setKey } from "../source/edit-yaml.ts";
import { at, entries, items, type MapTree, type Tree, text } from "../source/tree.ts";
import type { Manifest } from "./object.ts";
import { podSpecOf } from "./workload.ts";

/** What can be said about the containers of one object without looking at others. */
export function assessPods(manifest: Manifest, today: string, report: Report): void {
  const pod = podSpecOf(manifest);
  const serves = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].includes(manifest.kind);
  for (const container of items(at(pod, "containers"))) {
    if (container.kind !== "map") continue;
    assessImage(manifest, container, today, report);
    assessResources(manifest, container, report);
    if (serves) assessProbes(manifest, container, report);
  }
  for (const container of items(at(pod, "initContainers")))
    if (container.kind === "map") assessImage(manifest, container, today, report);
  if (serves) assessStorage(manifest, pod, report);
}

const nameOf = (container: Tree): string => text(at(container, "name")) ?? "a container";

function assessImage({ piece, subject }: Manifest, container: MapTree, today: string, report: Report): void {
  const tree = at(container, "image");
  const written = text(tree);
  if (!tree || written === null || written.includes("$")) return;
  const image = parseImage(written);
  const ended = endOfLife(image, today);
  if (ended)
    report.at("end-of-life-image", subject, piece, tree.start, {
      message: `${nameOf(container)} runs ${image.name}:${image.tag}, which nobody has looked after since ${ended}`,
      fix: "move to a version that is maintained, and test it first",
    });
  if (image.digest) return;
  if (image.tag === null || image.tag === "latest")
    report.at("latest-image", subject, piece, tree.start, {
      message: `${nameOf(container)} runs ${image.name}${image.tag ? ":latest" : " without a tag"}: whatever was pushed last`,
      fix: `name the version and its digest: \`${image.name}:VERSION@sha256:…\` (\`skopeo inspect docker://${written}\` shows it)`,
    });
  else
    report.at("unpinned-image", subject, piece, tree.start, {
      message: `${nameOf(container)} runs ${written} by tag alone`,
      fix: `add the digest: \`${written}@sha256:…\` (\`skopeo inspect docker://${written}\` shows it)`,
    });
}

function assessResources({ piece, subject, kind }: Manifest, container: MapTree, report: Report): void {
  const resources = at(container, "resources");
  const memory = at(resources, "limits", "memory");
  const job = kind === "Job" || kind === "CronJob";
  if (!memory)
    report.at("no-limits", subject, piece, container.start, {
      message: `${nameOf(container)} has no memory limit`,
      fix: "set `resources.limits.memory` to what it needs at most, measured; a patch cannot know it",
      ...(job ? { severity: "low" as const } : {}),
    });
  const requests = at(resources, "requests");
  if (requests) return;
  // Kubernetes takes limits as requests; only where neither is given the scheduler knows nothing.
  if (at(resources, "limits")) return;
  report.at("no-requests", subject, piece, container.start, {
    message: `${nameOf(container)} requests neither processor nor memory`,
    fix: "set `resources.requests` to what it usually needs, measured",
    ...(job ? { severity: "low" as const } : {}),
  });
}

function assessProbes({ piece, subject, kind }: Manifest, container: MapTree, report: Report): void {
  const [ready, live] = [at(container, "readinessProbe"), at(container, "livenessProbe")];
  const port = at(container, "ports", 0, "containerPort");
  const portName = text(at(container, "ports", 0, "name"));
  const number = portName ?? Number(text(port) ?? Number.NaN);
  const known = port !== undefined && (typeof number === "string" || Number.isFinite(number));
  if (!ready && (port || kind !== "DaemonSet"))
    report.at("no-readiness-probe", subject, piece, container.start, {
      message: `${nameOf(container)} has no readiness probe`,
      fix: known
        ? "probe the port, better a path that answers only when the model is loaded"
        : "add a `readinessProbe`; without a declared port a patch cannot know what to ask",
      edits: known ? probeOf(piece, container, "readinessProbe", live, number) : null,
    });
  if (!live)
    report.at("no-liveness-probe", subject, piece, container.start, {
      message: `${nameOf(container)} has no liveness probe`,
      fix: known
        ? "probe the port, slower and more patient than readiness, so that load does not restart it"
        : "add a `livenessProbe`; without a declared port a patch cannot know what to ask",
      edits: known ? probeOf(piece, container, "livenessProbe", ready, number) : null,
    });
}

/** Asks as the other probe does, or opens the port; a liveness probe waits longer before it restarts anything. */
function probeOf(
  piece: Manifest["piece"],
  container: MapTree,
  name: "readinessProbe" | "livenessProbe",
  other: Tree | undefined,
  port: string | number,
): ReturnType<typeof setKey> {
  const asked = entries(other).find((entry) => ["httpGet", "tcpSocket", "grpc"].includes(entry.key));
  const how: Plain = asked ? { [asked.key]: plainOf(asked.value) } : { tcpSocket: { port } };
  const patience =
    name === "livenessProbe" ? { periodSeconds: 10, failureThreshold: 6 } : { periodSeconds: 5, failureThreshold: 2 };
  return setKey(piece, container, name, { ...(how as object), ...patience });
}

function plainOf(tree: Tree): Plain {
  if (tree.kind === "map") return Object.fromEntries(tree.entries.map((entry) => [entry.key, plainOf(entry.value)]));
  if (tree.kind === "list") return tree.items.map(plainOf);
  return tree.kind === "scalar" ? tree.value : tree.text;
}

function assessStorage({ piece, subject, kind }: Manifest, pod: Tree | undefined, report: Report): void {
  const database = items(at(pod, "containers")).some((container) => isDatabase(text(at(container, "image")) ?? ""));
  for (const volume of items(at(pod, "volumes"))) {
    const host = at(volume, "hostPath");
    const empty = at(volume, "emptyDir");
    // A daemon reads its own machine's files; that is what it is for.
    if (host && kind !== "DaemonSet")
      report.at("node-storage", subject, piece, volume.start, {
        message: `the volume ${nameOf(volume)} is a folder of whatever machine the pod runs on (hostPath)`,
        fix: "use a PersistentVolumeClaim",
      });
    if (empty && database && text(at(empty, "medium")) !== "Memory")
      report.at("node-storage", subject, piece, volume.start, {
        message: `the volume ${nameOf(volume)} of a database is deleted with its pod (emptyDir)`,
        fix: "use a PersistentVolumeClaim",
      });
  }
  const keeps = items(at(pod, "volumes")).length > 0;
  if (database && !keeps && kind === "Deployment")
    report.at("node-storage", subject, piece, pod?.start ?? 0, {
      message: "a database without a volume: its files are deleted with its pod",
      fix: "make it a StatefulSet with `volumeClaimTemplates`",
    });
}
