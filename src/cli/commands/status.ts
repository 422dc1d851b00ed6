import type { Beat, InstanceRecord, SiteRecord, Status } from "../../domain/index.ts";
import { fail, table } from "../output.ts";
import type { CommandSpec } from "./command.ts";

type Colours = typeof import("picocolors");

export const status: CommandSpec = {
  name: "status",
  summary: "what runs, who writes, and how far copies are behind",
  options: [["-w, --watch", "show it again and again"]],
  help: ["holdfast status", "holdfast status --json | jq .failover.phase"],
  run: async (context, _args, options) => {
    const { output, need } = context;
    const { client } = await context.client();
    const { default: pc } = await import("picocolors");
    for (;;) {
      const found = need(await client.status());
      if (options["watch"]) process.stdout.write("\u001b[2J\u001b[H");
      output.print(render(found, pc));
      output.result(found);
      if (!options["watch"]) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  },
};

function render(found: Status, pc: Colours): string {
  const { desired, failover, route } = found;
  if (!desired) return "the control plane runs; nothing is applied yet";
  const { name, service } = desired.application;
  const phase = failover?.phase;
  const head = [
    `${pc.bold(name)}  ${desired.strategy}  http://${service.listen.host}:${service.listen.port}`,
    `${phase?.kind === "steady" ? pc.green("steady") : pc.yellow(phase?.kind ?? "starting")}  epoch ${failover?.epoch ?? "-"}  writer ${route?.writer ?? "nobody"}  release ${desired.release.slice(7, 19)}${desired.rollout.state === "done" ? "" : ` (${desired.rollout.state})`}`,
    ...(phase?.kind === "degraded" ? [pc.yellow(phase.reason)] : []),
    ...(phase?.kind === "fencing" && phase.blocked ? [pc.red(phase.blocked)] : []),
  ];
  const sites = desired.application.sites.map((site) => renderSite(site.name, found, pc));
  const gateways = Object.values(found.gateways).map((each) => [each.id, `pid ${each.pid}`, `route ${each.confirmed}`]);
  return [
    head.join("\n"),
    ...sites,
    `${pc.bold("gateways")}\n${gateways.length > 0 ? table(gateways) : "  none yet"}`,
    `${pc.bold("last drill")}  ${found.lastDrill ? `${found.lastDrill.verdict} at ${found.lastDrill.at}` : "never: the objectives are NOT VERIFIED; run `holdfast drill kill-site`"}`,
    ...found.notes.map((note) => pc.dim(`note: ${note}`)),
  ].join("\n\n");
}

function renderSite(name: string, found: Status, pc: Colours): string {
  const site = found.sites[name];
  const power = found.power[name];
  const up = power?.state === "on" ? pc.green("up") : pc.red(power?.state ?? "not started");
  const role =
    found.route?.writer === name ? "writes" : (found.route?.weights[name] ?? 0) > 0 ? "serves reads" : "stands by";
  const lines = [
    `${pc.bold(name)}  ${up}  ${power?.state === "on" ? role : (power?.reason ?? "")}${found.leader?.site === name ? "  leads" : ""}`,
  ];
  if (!site) return lines[0]!;
  if (power?.state === "on") {
    lines.push(table(site.instances.map((each) => instanceRow(each, pc))));
    for (const wait of site.waiting)
      lines.push(pc.yellow(`  instance ${wait.slot} waits${wait.crashLooping ? " (crash loop)" : ""}: ${wait.reason}`));
    if (site.problem) lines.push(pc.red(`  ${site.problem}`));
  }
  return [...lines, ...dataLines(name, site, found.beats[name], found, pc)].filter((line) => line !== "").join("\n");
}

const instanceRow = (each: InstanceRecord, pc: Colours): readonly string[] => [
  `instance ${each.slot}`,
  `zone ${each.zone}`,
  each.state === "ready" ? pc.green("ready") : pc.yellow(each.state),
  `pid ${each.pid}`,
  `port ${each.port}`,
  `restarts ${each.restarts}`,
  each.limits === "none asked for" ? "" : each.limits,
];

function dataLines(
  name: string,
  site: SiteRecord,
  beat: Beat | undefined,
  found: Status,
  pc: Colours,
): readonly string[] {
  return Object.entries(site.data).flatMap(([data, record]) => {
    const behind =
      record.role === "writer"
        ? `lag ${Math.round(beat?.lagMs ?? 0)} ms`
        : `whole ${beat?.staleMs === null || beat === undefined ? "never yet" : `${Math.round(beat.staleMs)} ms ago`}`;
    const inSync = found.inSync?.sites.includes(name) ? ", has every acknowledged write" : "";
    return [
      `  data ${data}  ${record.role}  ${record.files} files  ${behind}${inSync}`,
      ...(record.problem ? [pc.red(`  ${record.problem}`)] : []),
      ...record.keptAside.map((aside) =>
        pc.yellow(`  ${aside.files} files that were never replicated are kept in ${aside.folder}`),
      ),
    ];
  });
}

export const events: CommandSpec = {
  name: "events",
  summary: "what happened: failovers, restarts, releases",
  options: [
    ["-f, --follow", "go on with new events"],
    ["-n, --lines <number>", "how many", "50"],
  ],
  help: ["holdfast events -f"],
  run: async (context, _args, options) => {
    const { output, need } = context;
    const { client } = await context.client();
    const lines = Number(options["lines"]);
    if (!Number.isInteger(lines) || lines < 1)
      fail(output, [
        {
          kind: "input",
          message: `--lines ${String(options["lines"])} is not a number from 1`,
          next: "write for example --lines 100",
        },
      ]);
    let found = need(await client.events(0)).events.slice(-lines);
    output.result({ events: found });
    for (;;) {
      for (const event of found)
        output.print(
          `${new Date(event.at).toISOString()}  ${(event.site ?? "").padEnd(8)} ${event.kind.padEnd(18)} ${event.text}`,
        );
      if (!options["follow"]) return;
      const since: number = found[found.length - 1]?.number ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 300));
      found = need(await client.events(since)).events.slice();
    }
  },
};
