import { TIMES } from "../times.ts";
import { type Assess, databaseReach, type Resource, statelessReach, storageReach } from "./resource.ts";

const machine: Assess = (r) => {
  const { count } = r;
  if (count === 1)
    r.find(
      "single-instance",
      "one machine by itself: nothing replaces it",
      "use azurerm_linux_virtual_machine_scale_set over three zones",
    );
  if (count !== null && count > 1 && r.text("zone"))
    r.find("one-zone", `all ${count} machines are in zone ${r.text("zone")}`, "spread them over zones");
  return r.component(count, 1, statelessReach(count, 1, false));
};

const scaleSet: Assess = (r) => {
  const total = r.number("instances");
  const zones = r.length("zones") ?? 2;
  if (total !== null && total < 2)
    r.find(
      "single-instance",
      `runs ${total} instance${total === 1 ? "" : "s"}`,
      "set `instances = 2`",
      r.set("instances", "2"),
    );
  if (zones < 2)
    r.find(
      "one-zone",
      zones === 0 ? "has no zones" : "all instances are in one zone",
      'set `zones = ["1", "2", "3"]`; a new scale set is made',
    );
  if (!r.has("automatic_instance_repair"))
    r.find(
      "no-autohealing",
      "instances that fail are not repaired",
      "add `automatic_instance_repair { enabled = true }` and a health probe",
    );
  return r.component(total, zones, statelessReach(total, zones, r.has("automatic_instance_repair")));
};

const database: Assess = (r: Resource) => {
  const mode = r.text("high_availability", "mode");
  const zoned = mode === "ZoneRedundant";
  const away = r.flag("geo_redundant_backup_enabled") === true;
  if (!mode)
    r.find(
      "single-instance",
      "has no standby",
      'add `high_availability { mode = "ZoneRedundant" }`',
      r.setIn("high_availability", "mode", '"ZoneRedundant"'),
    );
  else if (!zoned)
    r.find(
      "one-zone",
      `the standby is in the same zone (${mode})`,
      'set `mode = "ZoneRedundant"`',
      r.setIn("high_availability", "mode", '"ZoneRedundant"'),
    );
  if (!away && !r.open("geo_redundant_backup_enabled"))
    r.find(
      "not-replicated",
      "backups stay in one region",
      "set `geo_redundant_backup_enabled = true`; a new server is made",
    );
  return r.component(
    mode ? 2 : 1,
    zoned ? 2 : 1,
    databaseReach({
      failoverS: mode ? TIMES.azureFailover.s : null,
      backup: TIMES.logBackup.s,
      zoneBound: !zoned,
      elsewhere: false,
      backupLeavesRegion: away,
    }),
  );
};

/** Copies of a storage account by its kind of replication: zones, and whether another region has one. */
const COPIES: Readonly<Record<string, readonly [zones: number, elsewhere: boolean]>> = {
  LRS: [1, false],
  ZRS: [3, false],
  GRS: [1, true],
  RAGRS: [1, true],
  GZRS: [3, true],
  RAGZRS: [3, true],
};

/** Resources of Azure, as provider 4 names them. */
export const AZURE: Readonly<Record<string, Assess>> = {
  azurerm_linux_virtual_machine: machine,
  azurerm_windows_virtual_machine: machine,
  azurerm_linux_virtual_machine_scale_set: scaleSet,
  azurerm_windows_virtual_machine_scale_set: scaleSet,
  azurerm_orchestrated_virtual_machine_scale_set: scaleSet,
  azurerm_lb: (r) => {
    if (r.referredBy("azurerm_lb_probe").length === 0)
      r.find("no-health-check", "no azurerm_lb_probe asks what is behind it", "add one, and name it in the rules");
    return null;
  },
  azurerm_postgresql_flexible_server: database,
  azurerm_mysql_flexible_server: database,
  azurerm_mssql_database: (r) => {
    const zoned = r.flag("zone_redundant") === true;
    if (!zoned && !r.open("zone_redundant"))
      r.find("one-zone", "its copies are in one zone", "set `zone_redundant = true`", r.set("zone_redundant", "true"));
    return r.component(
      2,
      zoned ? 2 : 1,
      databaseReach({
        failoverS: 30,
        backup: TIMES.logBackup.s,
        zoneBound: !zoned,
        elsewhere: false,
        backupLeavesRegion: true,
      }),
    );
  },
  azurerm_storage_account: (r) => {
    const kind = r.text("account_replication_type") ?? "";
    const [zones, elsewhere] = COPIES[kind] ?? [3, false];
    if (kind === "LRS" || kind === "GRS" || kind === "RAGRS")
      r.find(
        "one-zone",
        `${kind} keeps the copies of this region in one zone`,
        `set \`account_replication_type = "${kind === "LRS" ? "ZRS" : "GZRS"}"\`; Azure converts an account on request, Terraform makes a new one`,
      );
    if (r.flag("blob_properties", "versioning_enabled") !== true)
      r.find(
        "no-versioning",
        "blobs have no versions",
        "set `versioning_enabled = true` in `blob_properties`",
        r.setIn("blob_properties", "versioning_enabled", "true"),
      );
    if (COPIES[kind] && !elsewhere) r.find("not-replicated", "everything is in one region", 'use "GZRS"', null, "low");
    return r.component(3, zones, storageReach(zones, elsewhere));
  },
  azurerm_kubernetes_cluster: (r) => {
    const zones = r.length("default_node_pool", "zones") ?? 2;
    const nodes = r.number("default_node_pool", "node_count") ?? r.number("default_node_pool", "min_count");
    if (zones < 2)
      r.find(
        "one-zone",
        "the default node pool names no zones",
        'set `zones = ["1", "2", "3"]` in `default_node_pool`; the pool is made anew',
      );
    if (nodes !== null && nodes < 2)
      r.find(
        "single-instance",
        "the default node pool has one machine",
        "set `node_count = 2`",
        r.setIn("default_node_pool", "node_count", "2"),
      );
    return r.component(nodes, zones, statelessReach(nodes, zones, true));
  },
  azurerm_redis_cache: (r) => {
    const basic = r.text("sku_name") === "Basic";
    if (basic)
      r.find(
        "single-instance",
        "the SKU Basic has one node",
        'set `sku_name = "Standard"`',
        r.set("sku_name", '"Standard"'),
      );
    return r.component(
      basic ? 1 : 2,
      (r.length("zones") ?? 2) > 1 ? 2 : 1,
      databaseReach({
        failoverS: basic ? null : 60,
        backup: null,
        zoneBound: true,
        elsewhere: false,
        backupLeavesRegion: false,
      }),
    );
  },
};
