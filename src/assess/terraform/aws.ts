import { TIMES } from "../times.ts";
import { type Assess, databaseReach, statelessReach, storageReach } from "./resource.ts";

const balancer: Assess = (r) => {
  const subnets = [r.length("subnets"), r.length("subnet_mapping"), r.length("availability_zones")];
  if (subnets.every((length) => length !== null) && Math.max(...(subnets as number[])) === 1)
    r.find(
      "one-zone",
      "the load balancer is in one subnet, so in one zone",
      "give it subnets of two zones or more",
      null,
      "high",
    );
  return null;
};

/** Resources of AWS, as provider 6 names them. */
export const AWS: Readonly<Record<string, Assess>> = {
  aws_instance: (r) => {
    const { count } = r;
    if (count === 1)
      r.find(
        "single-instance",
        "one machine by itself: nothing replaces it",
        "use aws_autoscaling_group with a launch template over two zones",
      );
    const zone = r.text("availability_zone");
    if (count !== null && count > 1 && (zone || r.text("subnet_id")))
      r.find(
        "one-zone",
        `all ${count} machines are in ${zone ?? "one subnet"}`,
        "spread them over subnets of several zones",
      );
    return r.component(count, 1, statelessReach(count, 1, false));
  },
  aws_autoscaling_group: (r) => {
    const least = r.number("min_size");
    const zones = Math.max(r.length("vpc_zone_identifier") ?? 0, r.length("availability_zones") ?? 0);
    const open = r.open("vpc_zone_identifier") || r.open("availability_zones");
    r.needsTwo("autoscaler-floor", "instance", "min_size");
    if (zones === 1)
      r.find(
        "one-zone",
        "all instances are in one subnet, so in one zone",
        "give `vpc_zone_identifier` subnets of several zones",
      );
    if (
      r.text("health_check_type") !== "ELB" &&
      (r.has("target_group_arns") || r.has("load_balancers") || r.referredBy("aws_autoscaling_attachment").length > 0)
    )
      r.find(
        "no-autohealing",
        "replaces instances only when the machine fails, not when the load balancer finds them dead",
        'set `health_check_type = "ELB"`',
        r.set("health_check_type", '"ELB"'),
      );
    const spread = zones > 1 ? zones : open ? 2 : 1;
    return r.component(least, spread, statelessReach(least, spread, true));
  },
  aws_lb: balancer,
  aws_alb: balancer,
  aws_elb: (r) => {
    balancer(r);
    if (!r.has("health_check")) r.find("no-health-check", "has no health check", "add a `health_check` block");
    if (r.length("instances") === 1)
      r.find("balancer-without-redundancy", "one instance is behind it", "put two instances or a group behind it");
    return null;
  },
  aws_lb_target_group: (r) => {
    if (r.flag("health_check", "enabled") === false)
      r.find(
        "no-health-check",
        "the health check is switched off",
        "set `enabled = true`",
        r.setIn("health_check", "enabled", "true"),
      );
    const attached = r.referredBy("aws_lb_target_group_attachment");
    if (
      attached.length === 1 &&
      !/\b(count|for_each)\s*=/.test(attached[0]!.piece.text.slice(attached[0]!.tree.start, attached[0]!.tree.end))
    )
      r.find("balancer-without-redundancy", "one target is behind it", "attach two targets or an autoscaling group");
    return null;
  },
  aws_db_instance: (r) => {
    if (r.has("replicate_source_db")) return null;
    const several = r.flag("multi_az") === true;
    const days = r.number("backup_retention_period") ?? (r.open("backup_retention_period") ? 1 : 0);
    const elsewhere = r.referredBy("aws_db_instance").length > 0;
    const copied = r.referredBy("aws_db_instance_automated_backups_replication").length > 0;
    if (!several && !r.open("multi_az"))
      r.find(
        "one-zone",
        "a database in one zone without a standby",
        "set `multi_az = true`",
        r.set("multi_az", "true"),
        "high",
      );
    if (days === 0)
      r.find(
        "no-backup",
        "backup_retention_period is 0, its default: no automatic backup",
        "set `backup_retention_period = 7`",
        r.set("backup_retention_period", "7"),
      );
    r.needsProtection(false);
    if (!elsewhere && !copied)
      r.find(
        "not-replicated",
        "has neither a replica nor backups in another region",
        "add aws_db_instance_automated_backups_replication, or a replica in another region",
      );
    return r.component(
      several ? 2 : 1,
      several ? 2 : 1,
      databaseReach({
        failoverS: several ? TIMES.rdsFailover.s : null,
        backup: days > 0 ? TIMES.logBackup.s : null,
        zoneBound: false,
        elsewhere,
        backupLeavesRegion: copied,
      }),
    );
  },
  aws_rds_cluster: (r) => {
    const members = r.referredBy("aws_rds_cluster_instance");
    const counted = members.map(({ tree, piece }) =>
      Number(/\bcount\s*=\s*(\d+)/.exec(piece.text.slice(tree.start, tree.end))?.[1] ?? 1),
    );
    const total = counted.reduce((sum, each) => sum + each, 0);
    const elsewhere = r.has("global_cluster_identifier");
    if (total === 1)
      r.find(
        "single-instance",
        "one instance: a failover has to make a new one",
        "add a second aws_rds_cluster_instance",
      );
    r.needsProtection(false);
    if (!elsewhere) r.find("not-replicated", "is in one region", "make it part of an aws_rds_global_cluster");
    return r.component(
      total || null,
      total > 1 ? 2 : 1,
      databaseReach({
        failoverS: total > 1 ? 60 : 600,
        backup: TIMES.logBackup.s,
        zoneBound: false,
        elsewhere,
        backupLeavesRegion: false,
      }),
    );
  },
  aws_s3_bucket: (r) => {
    const versioned = r.referredBy("aws_s3_bucket_versioning").length > 0 || r.flag("versioning", "enabled") === true;
    const elsewhere = r.referredBy("aws_s3_bucket_replication_configuration").length > 0;
    if (!versioned) r.find("no-versioning", "objects have no versions", "add an aws_s3_bucket_versioning for it");
    r.needsNoForce();
    if (!elsewhere)
      r.find(
        "not-replicated",
        "is in one region",
        "add an aws_s3_bucket_replication_configuration to a bucket of another region",
        null,
        "low",
      );
    return r.component(3, 3, storageReach(3, elsewhere));
  },
  aws_dynamodb_table: (r) => {
    const logs = r.flag("point_in_time_recovery", "enabled") === true;
    if (!logs)
      r.find(
        "no-backup",
        "point-in-time recovery is off",
        "add `point_in_time_recovery { enabled = true }`",
        r.setIn("point_in_time_recovery", "enabled", "true"),
      );
    r.needsProtection(false, "deletion_protection_enabled");
    const elsewhere = r.has("replica");
    return r.component(
      3,
      3,
      databaseReach({
        failoverS: 1,
        backup: logs ? TIMES.logBackup.s : null,
        zoneBound: false,
        elsewhere,
        backupLeavesRegion: false,
      }),
    );
  },
  aws_elasticache_replication_group: (r) => {
    const nodes = r.number("num_cache_clusters") ?? (r.number("replicas_per_node_group") ?? 0) + 1;
    if (nodes < 2)
      r.find("single-instance", "one node", "set `num_cache_clusters = 2`", r.set("num_cache_clusters", "2"));
    else if (r.flag("automatic_failover_enabled") !== true)
      r.find(
        "no-autohealing",
        "automatic failover is off",
        "set `automatic_failover_enabled = true`",
        r.set("automatic_failover_enabled", "true"),
      );
    if (nodes > 1 && r.flag("multi_az_enabled") !== true)
      r.find(
        "one-zone",
        "its nodes may be in one zone",
        "set `multi_az_enabled = true`",
        r.set("multi_az_enabled", "true"),
      );
    const kept = (r.number("snapshot_retention_limit") ?? 0) > 0;
    return r.component(
      nodes,
      r.flag("multi_az_enabled") === true ? 2 : 1,
      databaseReach({
        failoverS: nodes > 1 ? 60 : null,
        backup: kept ? TIMES.dailyBackup.s : null,
        zoneBound: r.flag("multi_az_enabled") !== true,
        elsewhere: false,
        backupLeavesRegion: false,
      }),
    );
  },
  aws_ecs_service: (r) => {
    const total = r.number("desired_count");
    r.needsTwo("single-instance", "task", "desired_count");
    const subnets = r.length("network_configuration", "subnets");
    if (subnets === 1)
      r.find("one-zone", "its tasks are in one subnet, so in one zone", "give it subnets of several zones");
    const zones = subnets === 1 ? 1 : 2;
    return r.component(total, zones, statelessReach(total, zones, true));
  },
  aws_eks_node_group: (r) => {
    const least = r.number("scaling_config", "min_size");
    r.needsTwo("autoscaler-floor", "machine", "scaling_config", "min_size");
    if (r.length("subnet_ids") === 1)
      r.find("one-zone", "its machines are in one subnet, so in one zone", "give `subnet_ids` of several zones");
    const zones = r.length("subnet_ids") === 1 ? 1 : 2;
    return r.component(least, zones, statelessReach(least, zones, true));
  },
};
