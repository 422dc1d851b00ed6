import { GATEWAY_COUNTERS } from "../domain/index.ts";
import type { ApiDeps } from "./operation.ts";
import { readStatus } from "./status.ts";

type GatewayNumbers = {
  readonly counters: Readonly<Record<string, number>>;
  readonly durations: {
    readonly boundsMs: readonly number[];
    readonly counts: readonly number[];
    readonly sumMs: number;
    readonly count: number;
  };
  readonly endpoints: readonly {
    readonly incarnation: string;
    readonly site: string;
    readonly inFlight: number;
    readonly golden: string;
    readonly probe: string;
  }[];
  readonly leaseRemainingMs: number;
};

type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
export async function renderMetrics(deps: ApiDeps): Promise<string> {
  const status = await readStatus(deps);
  const gateways = (await deps.gatewayMetrics()) as Readonly<Record<string, GatewayNumbers>>;
  const out: string[] = [];
  const add = (name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): void => {
    out.push(`# HELP holdfast_${name} ${help}`, `# TYPE holdfast_${name} ${type}`);
    for (const { labels, value } of samples) out.push(`holdfast_${name}${render(labels)} ${value}`);
  };
  const sites = Object.values(status.sites);
  add("epoch", "gauge", "The epoch of the writing site.", [{ labels: {}, value: status.failover?.epoch ?? 0 }]);
  add("failover_phase", "gauge", "1 for the phase that the failover is in.", [
    { labels: { phase: status.failover?.phase.kind ?? "none" }, value: 1 },
  ]);
  add("store_silence_seconds", "gauge", "Time since the Store last answered.", [
    { labels: {}, value: (status.storeSilentMs ?? Number.NaN) / 1000 },
  ]);
  add(
    "site_up",
    "gauge",
    "1 when the power switch of the site is on.",
    Object.entries(status.power).map(([site, power]) => ({ labels: { site }, value: power.state === "on" ? 1 : 0 })),
  );
  add(
    "instances_ready",
    "gauge",
    "Ready instances.",
    sites.map((site) => ({
      labels: { site: site.site },
      value: site.instances.filter((each) => each.state === "ready").length,
    })),
  );
  add(
    "instances_wanted",
    "gauge",
    "Wanted instances.",
    sites.map((site) => ({ labels: { site: site.site }, value: site.wanted })),
  );
  add(
    "replication_lag_seconds",
    "gauge",
    "Age of the oldest change that a standby has not confirmed.",
    Object.entries(status.beats).map(([site, beat]) => ({ labels: { site }, value: beat.lagMs / 1000 })),
  );
  add(
    "copy_stale_seconds",
    "gauge",
    "Time since the copy of a site was last known whole.",
    Object.entries(status.beats).flatMap(([site, beat]) =>
      beat.staleMs === null ? [] : [{ labels: { site }, value: beat.staleMs / 1000 }],
    ),
  );
  add(
    "kept_aside_files",
    "gauge",
    "Files kept aside after a failover, to be looked at by people.",
    sites.map((site) => ({
      labels: { site: site.site },
      value: Object.values(site.data)
        .flatMap((data) => data.keptAside)
        .reduce((sum, each) => sum + each.files, 0),
    })),
  );
  const drilled = status.lastDrill ? (Date.now() - Date.parse(status.lastDrill.at)) / 1000 : Number.NaN;
  add("last_drill_age_seconds", "gauge", "Time since the last drill; NaN when there was none.", [
    { labels: {}, value: drilled },
  ]);
  add("newest_recovery_point_age_seconds", "gauge", "Age of the newest recovery point; NaN when there is none.", [
    { labels: {}, value: Number.NaN },
  ]);
  addGateways(add, gateways);
  for (const [gateway, numbers] of Object.entries(gateways)) out.push(...histogram(gateway, numbers));
  return `${out.join("\n")}\n`;
}

type Add = (name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]) => void;

function addGateways(add: Add, gateways: Readonly<Record<string, GatewayNumbers>>): void {
  const all = Object.entries(gateways);
  add(
    "gateway_lease_seconds",
    "gauge",
    "Time for which the gateway may still pass on writes.",
    all.map(([gateway, each]) => ({ labels: { gateway }, value: each.leaseRemainingMs / 1000 })),
  );
  for (const [name, meaning] of Object.entries(GATEWAY_COUNTERS)) {
    add(
      `gateway_${name}_total`,
      "counter",
      meaning,
      all.map(([gateway, each]) => ({ labels: { gateway }, value: each.counters[name] ?? 0 })),
    );
  }
  add(
    "gateway_endpoint_in_flight",
    "gauge",
    "Requests in flight at an instance.",
    all.flatMap(([gateway, each]) =>
      each.endpoints.map((endpoint) => ({
        labels: { gateway, site: endpoint.site, instance: endpoint.incarnation },
        value: endpoint.inFlight,
      })),
    ),
  );
  add(
    "gateway_endpoint_healthy",
    "gauge",
    "1 when probes and golden answers are right.",
    all.flatMap(([gateway, each]) =>
      each.endpoints.map((endpoint) => ({
        labels: { gateway, site: endpoint.site, instance: endpoint.incarnation },
        value: endpoint.golden === "ok" && endpoint.probe === "ok" ? 1 : 0,
      })),
    ),
  );
}

function histogram(gateway: string, { durations }: GatewayNumbers): readonly string[] {
  let sum = 0;
  const lines = durations.boundsMs.map((bound, index) => {
    sum += durations.counts[index]!;
    return `holdfast_gateway_request_seconds_bucket${render({ gateway, le: String(bound / 1000) })} ${sum}`;
  });
  return [
    ...lines,
    `holdfast_gateway_request_seconds_bucket${render({ gateway, le: "+Inf" })} ${durations.count}`,
    `holdfast_gateway_request_seconds_sum${render({ gateway })} ${durations.sumMs / 1000}`,
    `holdfast_gateway_request_seconds_count${render({ gateway })} ${durations.count}`,
  ];
}

function render(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, "_")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
