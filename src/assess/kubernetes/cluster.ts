import type { Assumptions } from "../../domain/index.ts";
import type { Component, Starter } from "../component.ts";
import { longestGapS } from "../cron.ts";
import { componentDown } from "../evaluate.ts";
import type { Edit, Place } from "../finding.ts";
import { isDatabase } from "../images.ts";
import type { Report } from "../report.ts";
import { setKey, setScalar } from "../source/edit-yaml.ts";
import { placeOf } from "../source/piece.ts";
import { at, items, number, text, texts } from "../source/tree.ts";
import type { Manifest } from "./object.ts";
import { type Backup, backupReach, reachOf } from "./reach.ts";
import { podLabelsOf, podSpecOf, RUNS, type Workload, workloadOf } from "./workload.ts";

type Selector = Readonly<Record<string, string>>;
type Named = { readonly namespace: string; readonly subject: string; readonly place: Place };
type Service = Named & { readonly name: string; readonly selector: Selector; readonly outside: boolean };
type Budget = Named & {
  readonly selector: Selector;
  readonly min: string | null;
  readonly max: string | null;
  /** The text that would have to change so that one instance may be evicted. */
  readonly allowed: Edit | null;
};
type Autoscaler = Named & {
  readonly min: number;
  readonly max: number;
  readonly raise: readonly Edit[] | null;
};

/** A backup of every namespace. */
const EVERY = "*";

const selects = (selector: Selector, labels: Selector): boolean => {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
};

const targetOf = (namespace: string, kind: string | null, name: string | null): string =>
  `${namespace}/${kind}/${name}`;

/** Selectors reach no further than their namespace, so that is where they are looked up. */
class ByNamespace<T> {
  readonly #inside = new Map<string, T[]>();

  add(namespace: string, one: T): void {
    const known = this.#inside.get(namespace);
    if (known) known.push(one);
    else this.#inside.set(namespace, [one]);
  }

  in = (namespace: string): readonly T[] => this.#inside.get(namespace) ?? [];

  all = (): readonly T[] => [...this.#inside.values()].flat();
}

/** Everything that the files say about one cluster, kept small: objects are forgotten when they were read. */
export class Cluster {
  readonly #workloads = new ByNamespace<Workload>();
  readonly #services = new ByNamespace<Service>();
  readonly #budgets = new ByNamespace<Budget>();
  /** By namespace, kind and name of what they scale. */
  readonly #autoscalers = new Map<string, Autoscaler>();
  readonly #backups = new ByNamespace<Backup>();
  readonly #routed = new Set<string>();

  take(manifest: Manifest): void {
    const { kind, tree, piece, namespace, subject } = manifest;
    const place = placeOf(piece, at(tree, "kind")?.start ?? tree.start);
    const named = { namespace, subject, place };
    const spec = at(tree, "spec");
    if (RUNS.includes(kind)) this.#workloads.add(namespace, workloadOf(manifest));
    else if (kind === "Service" && text(at(spec, "type")) !== "ExternalName")
      this.#services.add(namespace, {
        ...named,
        name: manifest.name,
        selector: texts(at(spec, "selector")),
        outside: ["LoadBalancer", "NodePort"].includes(text(at(spec, "type")) ?? ""),
      });
    else if (kind === "PodDisruptionBudget") {
      const min = at(spec, "minAvailable");
      const max = at(spec, "maxUnavailable");
      this.#budgets.add(namespace, {
        ...named,
        selector: texts(at(spec, "selector", "matchLabels")),
        min: text(min),
        max: text(max),
        allowed: (max ?? min) ? setScalar(piece, (max ?? min)!, "")[0]! : null,
      });
    } else if (kind === "HorizontalPodAutoscaler")
      this.#autoscalers.set(
        targetOf(namespace, text(at(spec, "scaleTargetRef", "kind")), text(at(spec, "scaleTargetRef", "name"))),
        {
          ...named,
          min: number(at(spec, "minReplicas")) ?? 1,
          max: number(at(spec, "maxReplicas")) ?? 1,
          raise: setKey(piece, spec, "minReplicas", 2, "first"),
        },
      );
    else if (kind === "Ingress" || kind === "HTTPRoute" || kind === "GRPCRoute") this.#noteRoutes(manifest);
    this.#noteBackup(manifest);
  }

  #noteRoutes({ tree, namespace }: Manifest): void {
    const spec = at(tree, "spec");
    const names = items(at(spec, "rules")).flatMap((rule) => [
      ...items(at(rule, "http", "paths")).map((path) => text(at(path, "backend", "service", "name"))),
      ...items(at(rule, "backendRefs")).map((ref) => text(at(ref, "name"))),
    ]);
    names.push(text(at(spec, "defaultBackend", "service", "name")));
    for (const name of names) if (name) this.#routed.add(`${namespace}/${name}`);
  }

  /** Velero, VolSync, K8up, CloudNativePG, and jobs whose image or command is that of a backup. */
  #noteBackup(manifest: Manifest): void {
    const { kind, apiVersion, tree, namespace } = manifest;
    const spec = at(tree, "spec");
    const schedule =
      text(at(spec, "schedule")) ?? text(at(spec, "backup", "schedule")) ?? text(at(spec, "trigger", "schedule"));
    const group = apiVersion.split("/")[0]!;
    if (group === "velero.io" && kind === "Schedule") {
      const included = items(at(spec, "template", "includedNamespaces")).flatMap((each) => text(each) ?? []);
      const namespaces = included.length === 0 || included.includes("*") ? [EVERY] : included;
      const backup = { everyS: longestGapS(schedule ?? ""), outside: true, subject: manifest.subject };
      for (const each of namespaces) this.#backups.add(each, backup);
    } else if (
      (group === "volsync.backube" && kind === "ReplicationSource") ||
      (group === "k8up.io" && kind === "Schedule") ||
      (group === "postgresql.cnpg.io" && kind === "ScheduledBackup") ||
      (kind === "CronJob" && looksLikeBackup(manifest))
    )
      this.#backups.add(namespace, {
        // CloudNativePG writes six fields, with seconds first.
        everyS: longestGapS(
          group === "postgresql.cnpg.io" ? (schedule ?? "").replace(/^\S+\s+/, "") : (schedule ?? ""),
        ),
        outside: kind !== "CronJob" || leavesCluster(manifest),
        subject: manifest.subject,
      });
  }

  /** What only shows when objects are seen together. */
  judge(report: Report, f: Assumptions): readonly Component[] {
    for (const service of this.#services.all()) this.#judgeService(service, report);
    return this.#workloads.all().map((workload) => this.#judgeWorkload(workload, report, f));
  }

  starters(most: number): readonly Starter[] {
    return this.#workloads
      .all()
      .slice(0, most)
      .map((workload) => {
        const scaler = this.#scalerOf(workload);
        const total = this.#instances(workload);
        return {
          ...workload.starter,
          required: this.#required(workload, total),
          max: Math.max(scaler?.max ?? 1, total),
        };
      });
  }

  #scalerOf({ manifest }: Workload): Autoscaler | null {
    return this.#autoscalers.get(targetOf(manifest.namespace, manifest.kind, manifest.name)) ?? null;
  }

  #instances(workload: Workload): number {
    return this.#scalerOf(workload)?.min ?? workload.replicas ?? 1;
  }

  #budgetOf({ manifest, labels }: Workload): Budget | null {
    return this.#budgets.in(manifest.namespace).find((each) => selects(each.selector, labels)) ?? null;
  }

  /** What a disruption budget keeps up is what is required; without one, one instance. */
  #required(workload: Workload, total: number): number {
    const min = this.#budgetOf(workload)?.min;
    if (!min) return 1;
    const wanted = min.endsWith("%") ? Math.ceil((Number(min.slice(0, -1)) / 100) * total) : Number(min);
    return Number.isInteger(wanted) && wanted >= 1 ? wanted : 1;
  }

  #judgeService(service: Service, report: Report): void {
    if (Object.keys(service.selector).length === 0) return;
    const behind = this.#workloads.in(service.namespace).filter((each) => selects(service.selector, each.labels));
    if (behind.length === 0) {
      report.add("selects-nothing", service.subject, service.place, {
        message: `no workload in these files has the labels ${Object.entries(service.selector)
          .map(([key, value]) => `${key}=${value}`)
          .join(", ")} in namespace ${service.namespace}`,
        fix: "compare the selector with the labels of the pod template",
      });
      return;
    }
    const routed = this.#routed.has(`${service.namespace}/${service.name}`);
    const daemon = behind.some((each) => each.manifest.kind === "DaemonSet");
    const instances = behind.reduce((sum, each) => sum + this.#instances(each), 0);
    if ((!service.outside && !routed) || daemon || instances > 1) return;
    const single = behind[0]!;
    report.add("balancer-without-redundancy", service.subject, service.place, {
      message: `takes requests from outside for one instance of ${single.manifest.subject}`,
      fix: `run at least two instances of ${single.manifest.subject}`,
    });
  }

  #judgeWorkload(workload: Workload, report: Report, f: Assumptions): Component {
    const { manifest, place } = workload;
    const { subject, kind } = manifest;
    const daemon = kind === "DaemonSet";
    const total = this.#instances(workload);
    const required = this.#required(workload, total);
    this.#judgeNumber(workload, total, report);
    if (!daemon && total > 1) this.#judgeTogether(workload, total, required, report);
    if (workload.recreate)
      report.add("recreate", subject, place, {
        message: "the strategy Recreate ends every instance before the first new one starts",
        fix: "use RollingUpdate, unless its storage can be mounted once only",
      });
    const backups = [...this.#backups.in(manifest.namespace), ...this.#backups.in(EVERY)];
    const keeps = workload.stateful || isDatabase(workload.starter.image ?? "");
    if (keeps && backups.length === 0)
      report.add("no-backup", subject, place, {
        message: `keeps ${workload.claims.length > 0 ? `files in ${workload.claims.join(", ")}` : "a database"}, and nothing in these files backs up namespace ${manifest.namespace}`,
        fix: "add a schedule of Velero or VolSync, or a CronJob that copies it out of the cluster, and restore it once",
      });
    const zones = workload.spread === "zones" ? Math.min(3, total) : 1;
    const sameMachine = workload.spread === "none" && !daemon;
    const reach = reachOf(workload, total, required, keeps, backupReach(backups));
    return {
      subject,
      place,
      total: daemon ? null : total,
      required,
      zones,
      unavailability: daemon
        ? 0
        : componentDown(
            total,
            required,
            {
              zones,
              sameMachine,
              restartS: reach.instance.rtoS || 1,
              machineS: reach.machine.rtoS ?? f.humanReaction.value,
            },
            f,
          ),
      reach,
    };
  }

  #judgeNumber(workload: Workload, total: number, report: Report): void {
    const { manifest, place } = workload;
    if (total > 1 || manifest.kind === "DaemonSet") return;
    const scaler = this.#scalerOf(workload);
    if (scaler)
      report.add("autoscaler-floor", scaler.subject, scaler.place, {
        message: `goes down to ${scaler.min} instance${scaler.min === 1 ? "" : "s"} of ${manifest.subject}`,
        fix: "set `minReplicas: 2`",
        edits: scaler.raise,
      });
    else if (manifest.kind === "Pod")
      report.add("single-instance", manifest.subject, place, {
        message: "a pod by itself: nothing starts it again on another machine",
        fix: "make it a Deployment with two replicas",
      });
    else
      report.add("single-instance", manifest.subject, place, {
        message: `runs ${total === 0 ? "no instance" : "one instance"}${workload.replicas === null ? " (replicas is not set)" : ""}: redundancy level ${total}/1 = ${total}`,
        fix: workload.stateful
          ? "replicate it by its own means (more replicas of a StatefulSet are empty copies unless the program copies the data)"
          : "set `replicas: 2`",
        edits: workload.stateful ? null : workload.twoReplicas,
      });
  }

  #judgeTogether(workload: Workload, total: number, required: number, report: Report): void {
    const { manifest, place, spread } = workload;
    const { subject } = manifest;
    if (spread !== "zones")
      report.add(spread === "none" ? "no-spread" : "one-zone", subject, place, {
        message:
          spread === "none"
            ? `nothing keeps its ${total} instances on different machines and zones`
            : `its ${total} instances are kept on different machines, but may all be in one zone`,
        fix: "add topologySpreadConstraints over zones and machines",
        edits: workload.setSpread,
        severity: "medium",
      });
    const budget = this.#budgetOf(workload);
    if (!budget)
      report.add("no-disruption-budget", subject, place, {
        message: `maintenance may evict all ${total} instances at once`,
        fix: "add a PodDisruptionBudget with `maxUnavailable: 1`",
        edits: Object.keys(workload.labels).length > 0 ? workload.addBudget : null,
      });
    else if (budget.max === "0" || budget.max === "0%" || required >= total)
      report.add("blocking-budget", budget.subject, budget.place, {
        message: `keeps all ${total} instances of ${subject}: no machine that runs one can be drained`,
        fix: budget.max ? "allow one: `maxUnavailable: 1`" : `allow one: \`minAvailable: ${total - 1}\``,
        edits: budget.allowed && [{ ...budget.allowed, text: budget.max ? "1" : String(total - 1) }],
      });
  }
}

const BACKUP =
  /\b(pg_dump(all)?|pg_basebackup|wal-g|pgbackrest|barman|mysqldump|mongodump|restic|kopia|borg|velero|rclone|litestream|etcdctl snapshot|backup)\b/i;

/** What sends copies away: buckets, other machines, and tools whose targets are such. */
const AWAY =
  /\b(s3|gs|gcs|gsutil|azure|azcopy|b2|sftp|scp|rsync|rclone|restic|kopia|borg|wal-g|pgbackrest|barman|minio|mc)\b/i;

const looksLikeBackup = (manifest: Manifest): boolean =>
  BACKUP.test([manifest.name, ...saidBy(manifest), ...Object.values(podLabelsOf(manifest))].join(" "));

/** A job that only writes to a volume of its cluster keeps its copies where the data is. */
function leavesCluster(manifest: Manifest): boolean {
  const volumes = items(at(podSpecOf(manifest), "volumes"));
  const stays = volumes.some((volume) => at(volume, "persistentVolumeClaim") ?? at(volume, "hostPath"));
  return !stays || AWAY.test(saidBy(manifest).join(" "));
}

/** Image, command, arguments and names of variables of every container. */
const saidBy = (manifest: Manifest): readonly string[] =>
  items(at(podSpecOf(manifest), "containers")).flatMap((container) => [
    text(at(container, "image")) ?? "",
    ...items(at(container, "command")).map((each) => text(each) ?? ""),
    ...items(at(container, "args")).map((each) => text(each) ?? ""),
    ...items(at(container, "env")).map((each) => text(at(each, "name")) ?? ""),
  ]);
