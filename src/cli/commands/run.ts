import { EXIT, Exit, fail, table } from "../output.ts";
import { waitUntilWhole } from "../wait.ts";
import type { CommandSpec } from "./command.ts";

export const down: CommandSpec = {
  name: "down",
  summary: "drain and stop everything; data and releases stay",
  options: [["--forget", "also remove .holdfast/ with all data, releases and evidence"]],
  help: ["holdfast down", "holdfast down --forget --yes"],
  run: async ({ output, deployment, need, confirm }, _args, options) => {
    const found = await deployment();
    if (options["forget"]) await confirm(`Removing ${found.state} with all data, releases and evidence`);
    if (await found.isRunning()) {
      output.say("draining and stopping…");
      const { clean, left } = need(await found.down());
      if (!clean) {
        fail(
          output,
          [
            {
              kind: "left",
              message: `these processes did not end: ${left.join(", ")}`,
              next: "look at them with `ps`, and run `holdfast down` again",
            },
          ],
          EXIT.partial,
        );
      }
    } else if (!options["forget"]) output.say("nothing runs here");
    if (options["forget"]) need(found.forget());
    output.print("stopped");
    output.result({ stopped: true });
  },
};

export const logs: CommandSpec = {
  name: "logs",
  summary: "the last lines of agents and instances",
  args: [["[target]", "a site, or site/instance such as east/0"]],
  options: [
    ["-f, --follow", "go on with new lines"],
    ["-n, --lines <number>", "how many lines of each log", "50"],
  ],
  help: ["holdfast logs", "holdfast logs east/0 -f"],
  run: async ({ output, client, need }, [target], options) => {
    const { client: api } = await client();
    const [site, slot] = (target ?? "").split("/");
    const lines = Number(options["lines"]);
    if (!Number.isInteger(lines) || lines < 1)
      fail(output, [
        {
          kind: "input",
          message: `--lines ${String(options["lines"])} is not a number from 1`,
          next: "write for example --lines 100",
        },
      ]);
    const query = { ...(site ? { site } : {}), ...(slot ? { instance: `instance-${slot}` } : {}), lines };
    let seen = need(await api.logs(query)).lines;
    for (const line of seen) output.print(line);
    output.result({ lines: seen });
    while (options["follow"]) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const now = await api.logs({ ...query, lines: 500 });
      if (!now.ok) return need(now) as never;
      for (const line of newLines(seen, now.value.lines)) process.stdout.write(`${line}\n`);
      seen = now.value.lines;
    }
  },
};

/** Lines that come after the last one seen of the same log. */
function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  const source = (line: string): string => line.slice(0, line.indexOf("|"));
  const last = new Map<string, string>();
  for (const line of before) last.set(source(line), line);
  const groups = new Map<string, string[]>();
  for (const line of now) groups.set(source(line), [...(groups.get(source(line)) ?? []), line]);
  return [...groups].flatMap(([name, lines]) =>
    lines.slice(last.has(name) ? lines.lastIndexOf(last.get(name)!) + 1 : 0),
  );
}

export const scale: CommandSpec = {
  name: "scale",
  summary: "fix the number of instances of each serving site, or let load decide",
  args: [["<replicas>", "a number, or `auto`"]],
  help: ["holdfast scale 4", "holdfast scale auto"],
  run: async (context, [replicas]) => {
    const { output, client, need } = context;
    const count = replicas === "auto" ? null : Number(replicas);
    if (count !== null && !(Number.isInteger(count) && count >= 1 && count <= 90)) {
      fail(output, [
        {
          kind: "input",
          message: `${replicas} is not a number of instances from 1 to 90`,
          next: "write `holdfast scale 4` or `holdfast scale auto`",
        },
      ]);
    }
    const { client: api } = await client();
    const { version } = need(await api.scale(count));
    await waitUntilWhole(context, api, 60_000, version);
    output.print(count === null ? "load decides" : `${count} instances in each serving site`);
    output.result({ replicas: count });
  },
};

export const rollback: CommandSpec = {
  name: "rollback",
  summary: "go back to the release before, instance by instance",
  help: ["holdfast rollback"],
  run: async (context) => {
    const { client, need, output } = context;
    const { client: api } = await client();
    const { version } = need(await api.rollback());
    const status = await waitUntilWhole(context, api, 300_000, version);
    output.print(`release ${status.desired!.release.slice(7, 19)} runs`);
    output.result({ release: status.desired!.release });
  },
};

export const doctor: CommandSpec = {
  name: "doctor",
  summary: "what this machine has and lacks",
  help: ["holdfast doctor"],
  run: async ({ output, deployment }) => {
    const { default: pc } = await import("picocolors");
    const found = await (await deployment()).examine();
    output.print(
      table(
        found.map((each) => [
          each.ok ? pc.green("ok") : pc.yellow("no"),
          each.what,
          each.detail,
          each.next ? `next: ${each.next}` : "",
        ]),
      ),
    );
    output.result({ checks: found });
    if (found.some((each) => !each.ok && each.what === "Node")) throw new Exit(EXIT.error);
  },
};
