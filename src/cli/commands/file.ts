import type { Context } from "../context.ts";
import { fail } from "../output.ts";
import type { CommandSpec } from "./command.ts";

export const init: CommandSpec = {
  name: "init",
  summary: "write a commented holdfast.yaml to begin with",
  args: [["[name]", "name of the application (default: the folder's)"]],
  options: [
    ["--force", "replace a file that is there"],
    ["--from <path>", "begin with what manifests or a compose file say; marks what they do not"],
  ],
  help: ["holdfast init", "holdfast init receipts", "holdfast init --from k8s/"],
  run: async (context, [name], options) => {
    const { output } = context;
    const { existsSync, writeFileSync } = await import("node:fs");
    const { basename, resolve } = await import("node:path");
    const { starter } = await import("../../spec/index.ts");
    const file = resolve("holdfast.yaml");
    if (existsSync(file) && !options["force"]) {
      fail(output, [
        { kind: "exists", message: `${file} is there already`, next: "edit it, or replace it with --force" },
      ]);
    }
    if (options["from"] !== undefined) {
      const text = await fromManifests(context, String(options["from"]), name);
      writeFileSync(file, text);
      const left = text.split("\n").filter((line) => line.includes("TODO(holdfast)")).length;
      output.print(`wrote ${file}`);
      output.say(`next: ${left} places are marked with TODO(holdfast); then \`holdfast plan\``);
      output.result({ file, marked: left });
      return;
    }
    const chosen =
      (name ?? basename(process.cwd()))
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, "-")
        .replace(/^[^a-z]+|-+$/g, "") || "application";
    writeFileSync(file, starter(chosen));
    output.print(`wrote ${file}`);
    output.say("next: edit it, then `holdfast plan`");
    output.result({ file });
  },
};

async function fromManifests(context: Context, path: string, name: string | undefined): Promise<string> {
  const { assessPaths } = await import("./assess.ts");
  const { startFrom } = await import("../../assess/index.ts");
  const assessed = await assessPaths(context, [path]);
  const starters = name === undefined ? assessed.starters : assessed.starters.filter((each) => each.name === name);
  const text = startFrom({ ...assessed, starters });
  if (text !== null) return text;
  const names = [...new Set(assessed.starters.map((each) => each.name))];
  return fail(context.output, [
    {
      kind: "nothing",
      message: name && names.length > 0 ? `there is no workload ${name} in ${path}` : `there is no workload in ${path}`,
      next:
        names.length > 0
          ? `name one of ${names.slice(0, 20).join(", ")}`
          : "give manifests of Kubernetes or a compose file",
    },
  ]);
}

export const explain: CommandSpec = {
  name: "explain",
  summary: "what a field of the application file means",
  args: [["[field]", "path such as service.health.timeout; without it the fields at the top"]],
  help: ["holdfast explain", "holdfast explain failover.lease"],
  run: async ({ output, need }, [field]) => {
    const { explainField } = await import("../../spec/index.ts");
    const { table } = await import("../output.ts");
    const { default: pc } = await import("picocolors");
    const found = need(explainField(field ?? ""));
    if (found.field) {
      const { path, type, description, required, example } = found.field;
      output.print(`${pc.bold(path)}  ${type}${required ? ", required" : ""}\n  ${description}`);
      if (found.field.default && found.field.default !== "{}") output.print(`  default: ${found.field.default}`);
      if (example && !found.field.default) output.print(`  example: ${example}`);
    }
    if (found.inside.length > 0) {
      output.print(
        table(
          found.inside.map((each) => [
            pc.bold(each.name),
            each.type,
            `${each.required ? "(required) " : ""}${each.description}`,
          ]),
        ),
      );
    }
    output.result(found);
  },
};

export const schema: CommandSpec = {
  name: "schema",
  summary: "the JSON Schema of the application file, for editors",
  help: [
    "holdfast schema > holdfast.schema.json",
    "# first line of holdfast.yaml: # yaml-language-server: $schema=holdfast.schema.json",
  ],
  run: async () => {
    const { applicationJsonSchema } = await import("../../spec/index.ts");
    process.stdout.write(`${JSON.stringify(applicationJsonSchema(), null, 2)}\n`);
  },
};
