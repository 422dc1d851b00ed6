/**
 * Seconds that recoveries outside Holdfast take, with where each figure is from. What has no source is an assumption;
 * the figures of `holdfast plan --assumptions` apply beside them.
 */
export type Time = { readonly s: number; readonly source: string };

const DAY_S = 86_400;

export const TIMES = {
  nodeNoticed: { s: 50, source: "kube-controller-manager --node-monitor-grace-period, default since 1.32" },
  podEvicted: { s: 300, source: "DefaultTolerationSeconds of an unreachable node" },
  volumeMoved: { s: 360, source: "attach-detach controller, maximum wait for unmount" },
  endpointsChanged: { s: 2, source: "assumed" },
  machineStart: { s: 120, source: "assumed: a machine is made, starts and joins" },
  nodeMtbf: { s: 365 * DAY_S, source: "assumed: mean time between losses of a machine" },
  rdsFailover: { s: 120, source: "Amazon RDS, Multi-AZ: typically 60 to 120 seconds" },
  cloudSqlFailover: { s: 60, source: "Cloud SQL, high availability: about 60 seconds" },
  azureFailover: { s: 120, source: "Azure Database, zone-redundant: 60 to 120 seconds" },
  logBackup: { s: 300, source: "point-in-time restore of managed databases: up to 5 minutes behind" },
  dailyBackup: { s: DAY_S, source: "one automatic backup a day" },
  managedRestore: { s: 3_600, source: "assumed: restore of a managed database" },
  replicaPromoted: { s: 900, source: "assumed: a person promotes a replica in another region" },
  replicaLag: { s: 60, source: "assumed: lag of a replica in another region" },
} as const satisfies Record<string, Time>;
