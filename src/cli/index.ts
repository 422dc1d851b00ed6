import { Command, CommanderError } from "commander";
import { ProblemError } from "../domain/index.ts";
import { COMMANDS } from "./commands/index.ts";
import { type MakeDeployment, makeContext } from "./context.ts";
import { EXIT, Exit, fail, makeOutput } from "./output.ts";

const VERSION = "0.1.0";

/** Runs one command; returns the exit status. */
export async function runCli(argv: readonly string[], make: MakeDeployment): Promise<number> {
  // A reader such as `head` that has seen enough is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    throw error;
  });
  const program = new Command("holdfast")
    .description("Deploys an AI application over several sites, keeps it serving through failures, and proves it.")
    .version(VERSION)
    .option("--file <path>", "application file or its folder (default: holdfast.yaml here or above)")
    .option("--json", "one JSON object on stdout")
    .option("-y, --yes", "do not ask")
    .option("--no-input", "never ask; refuse instead")
    .showSuggestionAfterError()
    .showHelpAfterError("(`holdfast --help` lists the commands)")
    .addHelpText(
      "after",
      "\nBegin with `holdfast init`, `holdfast plan`, `holdfast up`; then try `holdfast drill kill-site`.\nExit status: 0 ok, 1 error, 2 changes pending, 3 objective not met, 4 applied in part.",
    )
    .exitOverride();
  for (const { name, summary, options = [], args = [], help, run } of COMMANDS) {
    const command = program.command(name).summary(summary).description(summary).exitOverride();
    // Given after the command as well as before it.
    command
      .option("--file <path>", "application file or its folder")
      .option("--json", "one JSON object on stdout")
      .option("-y, --yes", "do not ask")
      .option("--no-input", "never ask; refuse instead");
    for (const [flags, text, fallback] of options) command.option(flags, text, fallback);
    for (const [argument, text] of args) command.argument(argument, text);
    if (help) command.addHelpText("after", `\nExamples:\n${help.map((line) => `  ${line}`).join("\n")}`);
    command.action(async (...given: unknown[]) => {
      const values = given.slice(0, args.length) as (string | undefined)[];
      await run(makeContext(command, make), values, command.opts());
    });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof Exit) return error.status;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.error;
    if (error instanceof ProblemError)
      return statusOf(() => fail(makeOutput(argv.includes("--json")), [error.problem]));
    throw error;
  }
}

function statusOf(work: () => never): number {
  try {
    work();
  } catch (error) {
    if (error instanceof Exit) return error.status;
    throw error;
  }
}
