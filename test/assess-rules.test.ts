// Every rule of `assess`: nothing is found in what is good, and one change of it gives exactly the finding that it should.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Assessed, Assessment, type ParseHcl, patch, RULES, type RuleId } from "../src/assess/index.ts";
import { loadHclParser } from "../src/cli/assess/hcl.ts";
import { ASSUMPTIONS } from "../src/domain/index.ts";

const TODAY = "2026-11-24";
const GOOD = join(import.meta.dirname, "fixtures", "assess", "good");
const read = (name: string): string => readFileSync(join(GOOD, name), "utf8");

let parseHcl: ParseHcl;
beforeAll(async () => {
  parseHcl = (await loadHclParser())!;
});

function assess(name: string, text: string): Assessed {
  const assessment = new Assessment(TODAY, ASSUMPTIONS, parseHcl);
  assessment.take(name, text);
  return assessment.finish();
}

const rulesIn = ({ findings }: Assessed): readonly RuleId[] =>
  [...new Set(findings.map((finding) => finding.rule))].sort();

/** [what is changed, into what, the rules that find it] */
type Change = readonly [from: string | RegExp, to: string, ...rules: readonly RuleId[]];

const KUBERNETES: readonly Change[] = [
  ["metadata:\n  name: web", "meta:\n  name: web", "unknown-field"],
  ["replicas: 3", "replica: 3", "unknown-field", "single-instance", "balancer-without-redundancy"],
  ["readinessProbe:", "readynessProbe:", "unknown-field", "no-readiness-probe"],
  ["kind: ConfigMap\nmetadata:", "kind: ConfigMap\nmetdata:", "unknown-field"],
  ["  selector:\n    matchLabels: { app: web }\n  template", "  template", "missing-field"],
  [
    "          image: registry.example/web:1.4.2@sha256:",
    "          # image: registry.example/web:1.4.2@sha256:",
    "missing-field",
  ],
  ["apiVersion: v1\nkind: Service", "kind: Service", "missing-field"],
  ["replicas: 3", "replicas: many", "wrong-type", "single-instance", "balancer-without-redundancy"],
  ["      containers:\n        - name: web", "      containers:\n          name: web", "wrong-type"],
  ["policy/v1\nkind", "policy/v1beta1\nkind", "removed-api"],
  ["selector: { app: web }\n  ports", "selector: { app: wep }\n  ports", "selects-nothing"],
  ["replicas: 3", "replicas: 1", "single-instance", "balancer-without-redundancy"],
  ["topologyKey: topology.kubernetes.io/zone", "topologyKey: kubernetes.io/hostname", "one-zone"],
  [/ {6}topologySpreadConstraints:[\s\S]*?(?= {6}containers)/, "", "no-spread"],
  ["kind: Schedule", "kind: Restore", "no-backup"],
  ["persistentVolumeClaim: { claimName: uploads }", "hostPath: { path: /uploads }", "node-storage"],
  ["web:1.4.2@sha256:", "web:latest #", "latest-image"],
  ["web:1.4.2@sha256:", "web:1.4.2 #", "unpinned-image"],
  ["registry.example/web:1.4.2@", "node:18-slim@", "end-of-life-image"],
  [/ {10}readinessProbe:[\s\S]*?(?= {10}livenessProbe)/, "", "no-readiness-probe"],
  [/ {10}livenessProbe:[\s\S]*?(?= {10}resources)/, "", "no-liveness-probe"],
  ["limits: { cpu: 500m, memory: 512Mi }", "limits: { cpu: 500m }", "no-limits"],
  [/ {10}resources:\n.*\n.*\n/, "", "no-limits", "no-requests"],
  ["kind: PodDisruptionBudget", "kind: PodDisruptionBudge", "no-disruption-budget"],
  ["maxUnavailable: 1\n  selector", "maxUnavailable: 0\n  selector", "blocking-budget"],
  ["maxUnavailable: 1\n  selector", "minAvailable: 3\n  selector", "blocking-budget"],
  ["minReplicas: 3", "minReplicas: 1", "autoscaler-floor", "balancer-without-redundancy"],
  ["rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }", "type: Recreate", "recreate"],
  ["a: 1", "a: 1\n  a: 2", "unreadable"],
  ["a: 1", "a: &a [*a]", "hostile-yaml"],
];

const COMPOSE: readonly Change[] = [
  ["    restart: always\n    healthcheck", "    healthcheck", "no-restart"],
  [/ {4}healthcheck: \{ test: \[CMD, wget.*\n/, "", "no-healthcheck"],
  ["    deploy: { replicas: 2, resources: { limits: { memory: 1G } } }\n", "", "no-limits"],
  ["api:2.0@sha256:", "api #", "latest-image"],
  ["api:2.0@sha256:", "api:2.0 #", "unpinned-image"],
  ["postgres:16@", "postgres:12@", "end-of-life-image"],
  [/ {2}backup:\n(?: {4}.*\n)+/, "", "no-backup"],
];

const TERRAFORM: readonly Change[] = [
  [
    'resource "aws_autoscaling_group"',
    'resource "aws_instance" "one" {}\nresource "aws_autoscaling_group"',
    "single-instance",
  ],
  ["min_size            = 3", "min_size            = 1", "autoscaler-floor"],
  ['["subnet-a", "subnet-b", "subnet-c"] # workers', '["subnet-a"]', "one-zone"],
  ['health_check_type   = "ELB"', 'health_check_type   = "EC2"', "no-autohealing"],
  ['["subnet-a", "subnet-b"] # balancer', '["subnet-a"]', "one-zone"],
  ["enabled = true # health", "enabled = false", "no-health-check"],
  ["multi_az                = true", "multi_az                = false", "one-zone"],
  ["backup_retention_period = 14", "backup_retention_period = 0", "no-backup"],
  ["backup_retention_period = 14", "backup_retention_period = var.days", "no-backup"],
  ["deletion_protection     = true", "deletion_protection     = false", "no-deletion-protection"],
  [/resource "aws_db_instance_automated_backups_replication"[\s\S]*?\n}\n/, "", "not-replicated"],
  [/resource "aws_s3_bucket_versioning"[\s\S]*?\n}\n/, "", "no-versioning"],
  [/resource "aws_s3_bucket_replication_configuration"[\s\S]*?\n}\n/, "", "not-replicated"],
  ['bucket = "models"', 'bucket = "models"\n  force_destroy = true', "no-deletion-protection"],
  ["enabled = true # dynamodb", "enabled = false", "no-backup"],
  ["num_cache_clusters         = 2", "num_cache_clusters         = 1", "single-instance"],
  ["automatic_failover_enabled = true", "automatic_failover_enabled = false", "no-autohealing"],
  ["multi_az_enabled           = true", "multi_az_enabled           = false", "one-zone"],
  ["desired_count = 2", "desired_count = 1", "single-instance"],
  ["min_size     = 3", "min_size     = 1", "autoscaler-floor"],
  ['resource "aws_rds_cluster_instance" "two"', 'resource "aws_rds_cluster_parameter_group" "two"', "single-instance"],
  ['  global_cluster_identifier = "all"\n', "", "not-replicated"],
  ['availability_type = "REGIONAL"', 'availability_type = "ZONAL"', "one-zone"],
  ["enabled                        = true", "enabled                        = false", "no-backup"],
  [/resource "google_sql_database_instance" "elsewhere"[\s\S]*?\n}\n/, "", "not-replicated"],
  ["deletion_protection = true # google", "deletion_protection = false", "no-deletion-protection"],
  ["target_size = 3", "target_size = 1", "single-instance"],
  [/ {2}auto_healing_policies \{[\s\S]*?\n {2}\}\n/, "", "no-autohealing"],
  ["google_compute_region_instance_group_manager", "google_compute_instance_group_manager", "one-zone"],
  ["min_replicas = 2", "min_replicas = 1", "autoscaler-floor"],
  ["  health_checks = [google_compute_health_check.api.id]\n", "", "no-health-check"],
  [/ {2}backend \{[\s\S]*?\n {2}\}\n/, "", "balancer-without-redundancy"],
  ['location = "europe-west3" # cluster', 'location = "europe-west3-a"', "one-zone"],
  ["versioning { enabled = true } # google", "", "no-versioning"],
  ['location = "EU"', 'location = "europe-west3"', "not-replicated"],
  ['tier = "STANDARD_HA"', 'tier = "BASIC"', "single-instance"],
  ["instances = 3", "instances = 1", "single-instance"],
  ['zones = ["1", "2", "3"] # set', 'zones = ["1"]', "one-zone"],
  ["  automatic_instance_repair { enabled = true }\n", "", "no-autohealing"],
  [/resource "azurerm_lb_probe"[\s\S]*?\n}\n/, "", "no-health-check"],
  ['high_availability { mode = "ZoneRedundant" }', "", "single-instance"],
  ['high_availability { mode = "ZoneRedundant" }', 'high_availability { mode = "SameZone" }', "one-zone"],
  ["geo_redundant_backup_enabled = true", "geo_redundant_backup_enabled = false", "not-replicated"],
  ["zone_redundant = true", "zone_redundant = false", "one-zone"],
  ['account_replication_type = "GZRS"', 'account_replication_type = "GRS"', "one-zone"],
  ['account_replication_type = "GZRS"', 'account_replication_type = "ZRS"', "not-replicated"],
  ["versioning_enabled = true", "versioning_enabled = false", "no-versioning"],
  ["node_count = 3", "node_count = 1", "single-instance"],
  ['sku_name = "Standard"', 'sku_name = "Basic"', "single-instance"],
  ['sku_name = "Standard"', 'sku_name = "Standard', "unreadable"],
];

const SUITES: readonly (readonly [string, readonly Change[]])[] = [
  ["kubernetes.yaml", KUBERNETES],
  ["compose.yaml", COMPOSE],
  ["main.tf", TERRAFORM],
];

/** A compose file is on one machine, however good it is. */
const ALWAYS: Readonly<Record<string, readonly RuleId[]>> = { "compose.yaml": ["one-zone"] };

describe.each(SUITES)("%s", (name, changes) => {
  const good = read(name);
  const always = ALWAYS[name] ?? [];

  it("has nothing to find when it is good", () => {
    expect(assess(name, good).findings.filter((finding) => !always.includes(finding.rule))).toEqual([]);
  });

  it.each(changes.map((change) => [change[2], ...change] as const))("%s: %s", (_, from, to, ...rules) => {
    const changed = good.replace(from, () => to);
    expect(changed, "the change changes something").not.toBe(good);
    expect(rulesIn(assess(name, changed))).toEqual([...new Set([...rules, ...always])].sort());
  });

  it("is repaired by its patches, one after another, as far as there are any", () => {
    for (const [from, to] of changes) {
      let text = good.replace(from, () => to);
      for (let round = 0; round < 5; round++) {
        const { findings } = assess(name, text);
        const fixable = findings.filter((finding) => finding.edits !== null);
        if (fixable.length === 0) break;
        const patched = patch(text, fixable);
        const after = assess(name, patched.text);
        const keyOf = (finding: { rule: string; subject: string; message: string }): string =>
          `${finding.rule} ${finding.subject} ${finding.message}`;
        const left = new Set(after.findings.map(keyOf));
        for (const finding of patched.applied) expect(left, `${to}\n${patched.text}`).not.toContain(keyOf(finding));
        text = patched.text;
      }
      const rest = assess(name, text).findings.filter((finding) => finding.edits !== null);
      expect(rest, `${to}\n${text}`).toEqual([]);
    }
  });
});

describe("what a backup can bring back", () => {
  const velero = /apiVersion: velero[\s\S]*?(?=---\napiVersion: v1\nkind: ConfigMap)/;
  const job = (args: string, volume: string): string => `apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly-backup, namespace: shop }
spec:
  schedule: "0 2 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: dump
              image: registry.example/dump@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945
              command: [sh, -c, "${args}"]
              resources: { limits: { memory: 1Gi } }
          volumes: [${volume}]
`;
  const site = (change: string | null) => {
    const text = change === null ? read("kubernetes.yaml") : read("kubernetes.yaml").replace(velero, () => change);
    const found = assess("kubernetes.yaml", text);
    expect(found.findings).toEqual([]);
    return found.components.find((component) => component.subject === "Deployment shop/web")!.reach.site;
  };

  it("is at most as old as its schedule", () => {
    expect(site(null)).toMatchObject({ rpoS: 3_600, how: expect.stringContaining("velero/hourly") });
    expect(site(job("pg_dump | aws s3 cp - s3://x", ""))).toMatchObject({ rpoS: 86_400, rtoS: expect.any(Number) });
  });

  it("is lost with the cluster when it stays in it", () => {
    const claim = "{ name: out, persistentVolumeClaim: { claimName: dumps } }";
    expect(site(job("pg_dump > /out/x", claim))).toMatchObject({ rtoS: null, rpoS: null });
    expect(site(job("pg_dump > /out/x && rclone copy /out far:", claim))).toMatchObject({ rpoS: 86_400 });
  });
});

it("tries every rule", () => {
  const tried = new Set([...KUBERNETES, ...COMPOSE, ...TERRAFORM].flatMap(([, , ...rules]) => rules));
  expect(Object.keys(RULES).filter((rule) => !tried.has(rule as RuleId))).toEqual([]);
});
