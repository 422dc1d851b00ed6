import type { Loss, Reach } from "../component.ts";
import { TIMES } from "../times.ts";
import type { Workload } from "./workload.ts";

/** Something that copies what a namespace keeps. */
export type Backup = {
  readonly everyS: number | null;
  /** The copies are outside the cluster. */
  readonly outside: boolean;
  readonly subject: string;
};

/** The backup that loses least. */
export function backupReach(backups: readonly Backup[]): Backup | null {
  const known = [...backups].sort(
    (a, b) => (a.everyS ?? Number.POSITIVE_INFINITY) - (b.everyS ?? Number.POSITIVE_INFINITY),
  );
  return known[0] ?? null;
}

/** What can be reached at best, as it is configured. */
export function reachOf(
  { ready, startS, spread, manifest, stateful }: Workload,
  total: number,
  required: number,
  keeps: boolean,
  backup: Backup | null,
): Readonly<Record<Loss, Reach>> {
  const spare = total > required || manifest.kind === "DaemonSet";
  const restartS = (startS ?? 0) + TIMES.endpointsChanged.s;
  const leaves = ready ? ready.noticedS + TIMES.endpointsChanged.s : TIMES.endpointsChanged.s;
  const instance: Reach = spare
    ? { rtoS: leaves, rpoS: 0, how: ready ? "the readiness probe takes it out" : "the others go on" }
    : { rtoS: restartS, rpoS: 0, how: "it is started again" };
  const apart = spare && (spread !== "none" || manifest.kind === "DaemonSet");
  const evicted = TIMES.nodeNoticed.s + TIMES.podEvicted.s + restartS;
  const machine: Reach = apart
    ? { rtoS: TIMES.nodeNoticed.s + TIMES.endpointsChanged.s, rpoS: 0, how: "its machine is noticed, the others go on" }
    : manifest.kind === "Pod"
      ? { rtoS: null, rpoS: null, how: "a pod by itself is not started elsewhere" }
      : manifest.kind === "StatefulSet"
        ? { rtoS: null, rpoS: 0, how: "a pod of a StatefulSet is not replaced until a person removes the machine" }
        : {
            rtoS: evicted + (stateful ? TIMES.volumeMoved.s : 0),
            rpoS: 0,
            how: "it is evicted and started on another machine",
          };
  const zone: Reach =
    spare && spread === "zones"
      ? machine
      : keeps
        ? { ...fromBackup(backup), how: `volumes stay in their zone; ${fromBackup(backup).how}` }
        : {
            ...machine,
            rtoS: machine.rtoS === null ? null : Math.max(machine.rtoS, evicted),
            how: "started again in another zone, if there are machines",
          };
  const site: Reach = keeps
    ? backup && !backup.outside
      ? { rtoS: null, rpoS: null, how: `${backup.subject} may keep its copies in the same cluster` }
      : fromBackup(backup)
    : { rtoS: null, rpoS: 0, how: "nothing in these files runs it anywhere else" };
  return { instance, machine, zone, site };
}

const fromBackup = (backup: Backup | null): Reach =>
  backup === null
    ? { rtoS: null, rpoS: null, how: "there is no backup" }
    : { rtoS: TIMES.managedRestore.s, rpoS: backup.everyS, how: `restored from ${backup.subject}` };
