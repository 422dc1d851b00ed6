import { TIMES } from "../times.ts";
import { type Assess, databaseReach, statelessReach, storageReach } from "./resource.ts";

/** Zones of a region that a regional group uses where none are named. */
const USUAL_ZONES = 3;
const isZone = (location: string | null): boolean => /-[a-z]$/.test(location ?? "");

const group =
  (regional: boolean): Assess =>
  (r) => {
    const scaler = r.referredBy("google_compute_autoscaler", "google_compute_region_autoscaler").length > 0;
    const size = scaler ? null : r.number("target_size");
    const zones = regional ? r.length("distribution_policy_zones") || USUAL_ZONES : 1;
    if (!regional)
      r.find(
        "one-zone",
        "an instance group of one zone",
        "use google_compute_region_instance_group_manager, which spreads over the zones of a region",
      );
    r.needsTwo("single-instance", "instance", "target_size");
    if (!r.has("auto_healing_policies"))
      r.find("no-autohealing", "has no auto_healing_policies", "add `auto_healing_policies` with a health check");
    return r.component(size, zones, statelessReach(size, zones, true));
  };

const autoscaler: Assess = (r) => {
  const least = r.number("autoscaling_policy", "min_replicas");
  if (least !== null && least < 2)
    r.find(
      "autoscaler-floor",
      `goes down to ${least} instance${least === 1 ? "" : "s"}`,
      "set `min_replicas = 2`",
      r.setIn("autoscaling_policy", "min_replicas", "2"),
    );
  return null;
};

const backend: Assess = (r) => {
  if (!r.has("health_checks"))
    r.find("no-health-check", "has no health check", "add `health_checks = [google_compute_health_check.NAME.id]`");
  if (!r.has("backend") && !r.has("dynamic"))
    r.find("balancer-without-redundancy", "has no backend", "add a `backend` block for each instance group");
  return null;
};

/** Resources of Google Cloud, as provider 6 names them. */
export const GOOGLE: Readonly<Record<string, Assess>> = {
  google_compute_instance: (r) => {
    const { count } = r;
    if (count === 1)
      r.find(
        "single-instance",
        "one machine by itself: nothing replaces it",
        "use google_compute_region_instance_group_manager with an instance template",
      );
    if (count !== null && count > 1 && r.text("zone"))
      r.find(
        "one-zone",
        `all ${count} machines are in ${r.text("zone")}`,
        "spread them over zones: a regional instance group does",
      );
    return r.component(count, 1, statelessReach(count, 1, false));
  },
  google_compute_instance_group_manager: group(false),
  google_compute_region_instance_group_manager: group(true),
  google_compute_autoscaler: autoscaler,
  google_compute_region_autoscaler: autoscaler,
  google_compute_backend_service: backend,
  google_compute_region_backend_service: backend,
  google_container_cluster: (r) => {
    if (isZone(r.text("location")) && (r.length("node_locations") ?? 2) === 0)
      r.find(
        "one-zone",
        `the control plane and the machines are in ${r.text("location")}`,
        "a regional cluster has both in three zones: make a new one with the region as `location`",
      );
    r.needsProtection(true);
    return null;
  },
  google_sql_database_instance: (r) => {
    const replica = r.has("master_instance_name");
    const regional = r.text("settings", "availability_type") === "REGIONAL";
    const backups = r.flag("settings", "backup_configuration", "enabled") === true;
    const logs =
      r.flag("settings", "backup_configuration", "point_in_time_recovery_enabled") === true ||
      r.flag("settings", "backup_configuration", "binary_log_enabled") === true;
    const elsewhere = r.referredBy("google_sql_database_instance").length > 0;
    if (!regional && !replica && !r.open("settings", "availability_type"))
      r.find(
        "one-zone",
        "a database in one zone without a standby",
        'set `availability_type = "REGIONAL"` in `settings`',
        r.setIn("settings", "availability_type", '"REGIONAL"'),
        "high",
      );
    if (!backups && !replica)
      r.find(
        "no-backup",
        "automatic backups are not enabled",
        "add `backup_configuration { enabled = true }` to `settings`",
        r.setDeep("settings", "backup_configuration", "enabled", "true"),
      );
    r.needsProtection(true);
    if (!elsewhere && !replica)
      r.find(
        "not-replicated",
        "has no replica in another region",
        "add an instance with `master_instance_name` in another region",
      );
    return replica
      ? null
      : r.component(
          regional ? 2 : 1,
          regional ? 2 : 1,
          databaseReach({
            failoverS: regional ? TIMES.cloudSqlFailover.s : null,
            backup: logs ? TIMES.logBackup.s : backups ? TIMES.dailyBackup.s : null,
            zoneBound: false,
            elsewhere,
            backupLeavesRegion: backups,
          }),
        );
  },
  google_storage_bucket: (r) => {
    const location = r.text("location") ?? "";
    const several = /^(us|eu|asia|nam4|eur4|eur5|eur7|eur8|asia1)$/i.test(location) || r.has("custom_placement_config");
    if (r.flag("versioning", "enabled") !== true)
      r.find(
        "no-versioning",
        "objects have no versions",
        "add `versioning { enabled = true }`",
        r.setIn("versioning", "enabled", "true"),
      );
    r.needsNoForce();
    if (!several && !r.open("location"))
      r.find(
        "not-replicated",
        `everything is in ${location || "one region"}`,
        "use a dual-region or multi-region location; a new bucket is needed",
        null,
        "low",
      );
    return r.component(3, 3, storageReach(3, several));
  },
  google_redis_instance: (r) => {
    const two = r.text("tier") === "STANDARD_HA";
    if (!two && !r.open("tier"))
      r.find("single-instance", "the tier BASIC has one node", 'set `tier = "STANDARD_HA"`; a new instance is made');
    return r.component(
      two ? 2 : 1,
      two ? 2 : 1,
      databaseReach({
        failoverS: two ? 60 : null,
        backup: null,
        zoneBound: false,
        elsewhere: false,
        backupLeavesRegion: false,
      }),
    );
  },
};
