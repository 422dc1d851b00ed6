import type { Context } from "../context.ts";
import { EXIT, Exit } from "../output.ts";
import { bringUp, prepare } from "./apply.ts";
import type { CommandSpec } from "./command.ts";
import { performDrill, printVerdict, summary } from "./drill.ts";

const LIMIT_MS = 60_000;

export const demo: CommandSpec = {
  name: "demo",
  summary: "run the example over two sites, destroy one under load, and show the recovery",
  options: [
    ["--keep", "leave it running afterwards"],
    ["--example <name>", "receipts or language", "receipts"],
  ],
  help: ["holdfast demo", "holdfast demo --keep", "holdfast demo --example language --json"],
  run: async (context, _args, options) => {
    const { fileURLToPath } = await import("node:url");
    const folder = fileURLToPath(new URL(`../../../examples/${String(options["example"])}`, import.meta.url));
    const inside: Context = await context.at(folder);
    const { output } = context;
    const prepared = await prepare(inside, false);
    output.say("");
    let status: number = EXIT.ok;
    const interrupted = (): void => {
      output.say("\ninterrupted: cleaning up…");
      void prepared.deployment.down().then(() => process.exit(130));
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    try {
      const { status: found } = await bringUp(inside, prepared.deployment, prepared.wanted, null);
      const site = found.route?.writer ?? "";
      output.say(`\ndestroying ${site}, which writes, under real traffic:`);
      const drilled = await performDrill(inside, "kill-site", site, {
        warmUpMs: 2_000,
        limitMs: LIMIT_MS,
        reads: null,
        writes: null,
      });
      output.say("");
      await printVerdict(inside, drilled);
      output.result(summary(drilled));
      if (drilled.evidence.verdict === "missed") status = EXIT.missed;
    } finally {
      if (options["keep"])
        output.say(
          `\nstill running; look at it with: cd ${folder} && npx holdfast status; stop it with: npx holdfast down`,
        );
      else {
        output.say("\ncleaning up…");
        await prepared.deployment.down();
      }
    }
    if (status !== EXIT.ok) throw new Exit(status);
  },
};
