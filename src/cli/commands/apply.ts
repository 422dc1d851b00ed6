import { type Status, shortDigest } from "../../domain/index.ts";
import type { History, PlanResult } from "../../planner/index.ts";
import type { HoldfastClient, Wanted } from "../../sdk/index.ts";
import type { Context } from "../context.ts";
import type { Deployment } from "../deployment.ts";
import type { Loaded } from "../load.ts";
import { EXIT, Exit, fail } from "../output.ts";
import { waitUntilWhole } from "../wait.ts";
import type { CommandSpec } from "./command.ts";

const READY_MS = 300_000;

type Prepared = {
  readonly wanted: Wanted;
  readonly result: PlanResult;
  readonly loaded: Loaded;
  readonly deployment: Deployment;
};

/** What the running application has lived through; null when nothing runs. */
async function historyOf(deployment: Deployment): Promise<History | null> {
  const client = (await deployment.isRunning()) ? deployment.client() : null;
  if (!client?.ok) return null;
  const [events, status] = await Promise.all([client.value.events(0), client.value.status()]);
  if (!events.ok || !status.ok) return null;
  const sites = Object.values(status.value.sites);
  return {
    events: events.value.events,
    nowMs: Date.now(),
    instances: sites.reduce((sum, site) => sum + site.wanted, 0),
    sites: sites.length,
  };
}

/** The plan by the figures of the catalogue, the history, the drills and the file. */
async function predict(
  context: Context,
  applying: boolean,
): Promise<{ readonly result: PlanResult; readonly loaded: Loaded; readonly deployment: Deployment }> {
  const loaded = await context.load();
  const deployment = await context.deployment();
  const { figuresFor, plan } = await import("../../planner/index.ts");
  const { measuredDrills } = await import("../measured-drills.ts");
  const { application } = loaded;
  const drills = await measuredDrills(deployment, application.name);
  const history = await historyOf(deployment);
  const result = plan(application, figuresFor(application.assumptions, drills, history));
  if (result.chosen || !applying || !history) return { result, loaded, deployment };
  // What runs fails too often for its objectives: the release that repairs it must not be held up by that.
  const without = plan(application, figuresFor(application.assumptions, drills));
  if (!without.chosen) return { result, loaded, deployment };
  context.output.say(
    "by its history the application does not meet its objectives (`holdfast plan` shows why); it is applied by the other figures",
  );
  return { result: without, loaded, deployment };
}

/** Plans and builds the release; ends the command with status 3 when the objectives cannot be met. */
export async function prepare(context: Context, quiet: boolean): Promise<Prepared> {
  const { output, need } = context;
  const { result, loaded, deployment } = await predict(context, quiet);
  const { renderPlan } = await import("../render-plan.ts");
  const { application } = loaded;
  if (!quiet || !result.chosen) output.print(renderPlan(result, application.objectives, application.name));
  if (!result.chosen) {
    output.result({ achievable: false, options: result.options, relaxations: result.relaxations });
    throw new Exit(EXIT.missed);
  }
  const { buildRelease } = await import("../../build/index.ts");
  const built = need(buildRelease(loaded.folder, application, deployment.artifacts));
  const { strategy, placement, application: resolved } = result.chosen;
  return {
    wanted: { application: resolved, strategy, placement, release: built.digest, planDigest: built.digest },
    result,
    loaded,
    deployment,
  };
}

/** Looks at the plan from one side; builds nothing. */
async function explainPlan(context: Context, options: Readonly<Record<string, unknown>>): Promise<void> {
  const { output } = context;
  const { result, loaded } = await predict(context, false);
  const { renderAssumptions, renderWhy } = await import("../render-plan.ts");
  if (options["why"] !== undefined) {
    const option = result.options.find((each) => each.strategy === options["why"]);
    if (!option) {
      const { closest } = await import("../../spec/index.ts");
      const names = result.options.map((each) => each.strategy);
      const guess = closest(String(options["why"]), names);
      return fail(output, [
        {
          kind: "input",
          message: `there is no strategy ${String(options["why"])}${guess ? `; did you mean ${guess}?` : ""}`,
          next: `the strategies are ${names.join(", ")}`,
        },
      ]);
    }
    const { neighboursOf } = await import("../../planner/index.ts");
    const neighbours = neighboursOf(option, loaded.application, result.assumptions);
    output.print(renderWhy(option, neighbours));
    output.result({ option, neighbours });
  }
  if (options["assumptions"]) {
    output.print(renderAssumptions(result));
    output.result({ assumptions: result.assumptions });
  }
  if (options["svg"] !== undefined) {
    const { writeFileSync } = await import("node:fs");
    const { frontPicture } = await import("../render-front.ts");
    writeFileSync(String(options["svg"]), frontPicture(result, loaded.application.objectives));
    output.print(`wrote ${String(options["svg"])}`);
  }
}

/** What runs, if anything does. */
async function running(
  context: Context,
  deployment: Deployment,
): Promise<{ status: Status; client: HoldfastClient } | null> {
  if (!(await deployment.isRunning())) return null;
  const client = context.need(deployment.client());
  return { client, status: context.need(await client.status()) };
}

export const plan: CommandSpec = {
  name: "plan",
  summary: "choose the cheapest strategy that meets the objectives, and show why",
  options: [
    ["--out <file>", "write the plan, to be applied as it is with `holdfast apply FILE`"],
    ["--detailed-exitcode", "exit with 2 when something would change"],
    ["--why <strategy>", "one option line by line, and why it is or is not the choice"],
    ["--assumptions", "every figure that the plan rests on, with its source"],
    ["--svg <file>", "a picture of the options that nothing else beats"],
  ],
  help: [
    "holdfast plan",
    "holdfast plan --why active-active",
    "holdfast plan --out plan.json && holdfast apply plan.json",
  ],
  run: async (context, _args, options) => {
    const { output } = context;
    if (options["why"] !== undefined || options["assumptions"] || options["svg"] !== undefined)
      return explainPlan(context, options);
    const { wanted, result, deployment } = await prepare(context, false);
    const { changesOf } = await import("../../control/rollout/index.ts");
    const now = await running(context, deployment);
    const changes = changesOf(now?.status.desired ?? null, wanted);
    output.print(`\n${changes.length === 0 ? "no changes" : `would change: ${changes.join("; ")}`}`);
    const out = options["out"] as string | undefined;
    if (out) {
      const { writeFileSync } = await import("node:fs");
      const { makePlanFile } = await import("../plan-file.ts");
      writeFileSync(out, `${JSON.stringify(makePlanFile(wanted, now?.status.desiredVersion ?? 0), null, 2)}\n`);
      output.say(`wrote ${out}; next: \`holdfast apply ${out}\``);
    }
    output.result({
      achievable: true,
      chosen: result.chosen,
      options: result.options,
      front: result.front,
      combinations: result.combinations,
      gapUsdPerMonth: result.gapUsdPerMonth,
      binding: result.binding,
      withFewerSites: result.withFewerSites,
      shadowPrices: result.shadowPrices,
      wouldChange: result.wouldChange,
      changes,
      release: wanted.release,
      assumptions: result.assumptions,
    });
    if (options["detailedExitcode"] && changes.length > 0) throw new Exit(EXIT.changes);
  },
};

/** Starts what is not running, applies, and waits until everything serves. */
export async function bringUp(
  context: Context,
  deployment: Deployment,
  wanted: Wanted,
  baseVersion: number | null,
): Promise<{ client: HoldfastClient; status: Status; changes: readonly string[] }> {
  const { output, need } = context;
  const startedMs = performance.now();
  output.say("starting the control plane…");
  need(await deployment.start(wanted.application));
  const client = need(deployment.client());
  const { changes, version } = need(await client.apply(wanted, baseVersion));
  output.say(changes.length === 0 ? "no changes" : `applied: ${changes.join("; ")}`);
  const status = await waitUntilWhole(context, client, READY_MS, version);
  const rolledBack = status.desired?.rollout;
  if (rolledBack?.state === "rolled-back" && rolledBack.release === wanted.release) {
    fail(output, [
      {
        kind: "rolled-back",
        message: `release ${shortDigest(wanted.release)} was rolled back: ${rolledBack.reason}`,
        next: "look at `holdfast logs`, correct the application, deploy again",
      },
    ]);
  }
  output.say(`ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return { client, status, changes };
}

function report({ output }: Context, status: Status, changes: readonly string[]): void {
  const { host, port } = status.desired!.application.service.listen;
  output.print(
    `${changes.length === 0 ? "no changes; " : ""}http://${host}:${port} serves ${status.desired!.application.name} (${status.desired!.strategy}, ${status.route?.writer} writes)`,
  );
  output.result({
    url: `http://${host}:${port}`,
    strategy: status.desired!.strategy,
    writer: status.route?.writer,
    release: status.desired!.release,
    changes,
  });
}

export const up: CommandSpec = {
  name: "up",
  summary: "plan, start and apply: from nothing to serving",
  help: ["holdfast up"],
  run: async (context) => {
    const { wanted, deployment } = await prepare(context, true);
    context.output.say(`strategy: ${wanted.strategy} (see \`holdfast plan\`)`);
    const { status, changes } = await bringUp(context, deployment, wanted, null);
    report(context, status, changes);
  },
};

export const apply: CommandSpec = {
  name: "apply",
  summary: "apply a plan file, or the application file as it is now",
  args: [["[plan]", "file written by `holdfast plan --out`"]],
  help: ["holdfast apply", "holdfast apply plan.json"],
  run: async (context, [file]) => {
    if (file === undefined) return up.run(context, [], {});
    const { readPlanFile } = await import("../plan-file.ts");
    const deployment = await context.deployment();
    const found = context.need(readPlanFile(file, deployment.artifacts));
    const { status, changes } = await bringUp(context, deployment, found.wanted, found.baseVersion);
    report(context, status, changes);
  },
};

export const deploy: CommandSpec = {
  name: "deploy",
  summary: "roll out the application folder as a new release, and back by itself when it does not become ready",
  help: ["holdfast deploy"],
  run: async (context) => {
    await context.client();
    const { wanted, deployment } = await prepare(context, true);
    const { status, changes } = await bringUp(context, deployment, wanted, null);
    report(context, status, changes);
  },
};
