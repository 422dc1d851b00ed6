import { fail } from "../output.ts";
import type { CommandSpec } from "./command.ts";

export const init: CommandSpec = {
  name: "init",
  summary: "write a commented holdfast.yaml to begin with",
  args: [["[name]", "name of the application (default: the folder's)"]],
  options: [["--force", "replace a file that is there"]],
  help: ["holdfast init", "holdfast init receipts"],
  run: async ({ output }, [name], options) => {
    const { existsSync, writeFileSync } = await import("node:fs");
    const { basename, resolve } = await import("node:path");
    const { starter } = await import("../../spec/index.ts");
    const file = resolve("holdfast.yaml");
    if (existsSync(file) && !options["force"]) {
      fail(output, [
        { kind: "exists", message: `${file} is there already`, next: "edit it, or replace it with --force" },
      ]);
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
