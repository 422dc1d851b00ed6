import { fail, table } from "../output.ts";
import type { CommandSpec } from "./command.ts";

/** Every option of every calculator, once: what a calculator does not use it refuses. */
const OPTIONS = [
  ["--up <time>", "time up, such as 8751h"],
  ["--down <time>", "time down"],
  ["--total <number>", "parts that exist; requests so far"],
  ["--required <number>", "parts that are needed"],
  ["--each <share>", "availability of each part"],
  ["--common <share>", "share of failures that take every part at once"],
  ["--mtbf <time>", "mean time between failures"],
  ["--mttr <time>", "mean time to repair"],
  ["--crews <number>", "repairs at the same time"],
  ["--standby <factor>", "1 hot, 0 cold"],
  ["--coverage <share>", "failures that are noticed at once"],
  ["--unnoticed <time>", "until an unnoticed failure is noticed"],
  ["--load <number>", "requests a second"],
  ["--service <time>", "time of one request"],
  ["--within <time>", "longest good wait; the objective of a recovery"],
  ["--late <share>", "share that may wait longer"],
  ["--share <share>", "share to be shown"],
  ["--trials <number>", "drills that were made"],
  ["--failures <number>", "of them failed"],
  ["--confidence <share>", "confidence of a statement"],
  ["--interval <time>", "from one recovery point to the next"],
  ["--takes <time>", "until a recovery point is safe"],
  ["--broken <share>", "recovery points that do not restore"],
  ["--noticed <time>", "until somebody notices"],
  ["--objective <share>", "share of good requests"],
  ["--failed <number>", "requests that failed"],
  ["--elapsed <share>", "share of the period that is over"],
] as const;

const camel = (flags: string): string =>
  flags
    .split(" ")[0]!
    .slice(2)
    .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export const calc: CommandSpec = {
  name: "calc",
  summary: "reliability arithmetic: availability, redundancy, k of n, capacity, how many drills prove it",
  args: [
    [
      "[what]",
      "availability, redundancy, k-of-n, series, parallel, at-least, downtime, mtbf, repair, mttdl, capacity, samples, rpo, rto, budget",
    ],
    ["[values...]", "availabilities of parts, instances of domains, or phases of a recovery"],
  ],
  options: [...OPTIONS, ["--explain", "the formula and its source"]],
  help: [
    "holdfast calc availability --up 8751h --down 9h",
    "holdfast calc redundancy --total 3 --required 2",
    "holdfast calc downtime 99.95%",
    "holdfast calc samples --share 99%",
  ],
  run: async ({ output, need }, [what, values], options) => {
    const { CALCULATORS } = await import("../calc/calculators.ts");
    const { readValues } = await import("../calc/values.ts");
    if (what === undefined) {
      output.print(
        table(CALCULATORS.map((each) => [each.name, each.summary, `holdfast calc ${each.name} ${each.example}`])),
      );
      output.result({
        calculators: CALCULATORS.map(({ name, summary, formula, source, example }) => ({
          name,
          summary,
          formula,
          source,
          example,
        })),
      });
      return;
    }
    const calculator = CALCULATORS.find((each) => each.name === what);
    if (!calculator) {
      const { closest } = await import("../../spec/index.ts");
      const names = CALCULATORS.map((each) => each.name);
      const guess = closest(what, names);
      return fail(output, [
        {
          kind: "input",
          message: `there is no calculation ${what}${guess ? `; did you mean ${guess}?` : ""}`,
          next: `there are ${names.join(", ")}`,
        },
      ]);
    }
    const own = new Set(calculator.options.map((each) => camel(`--${each.name}`)));
    const foreign = OPTIONS.map(([flags]) => flags).find(
      (flags) => options[camel(flags)] !== undefined && !own.has(camel(flags)),
    );
    if (foreign)
      fail(output, [
        {
          kind: "input",
          message: `${what} does not use ${foreign.split(" ")[0]}`,
          next: `such as \`holdfast calc ${what} ${calculator.example}\``,
        },
      ]);
    if (options["explain"]) output.print(`${calculator.formula}\nsource: ${calculator.source}`);
    const rest = (values as unknown as readonly string[] | undefined) ?? [];
    const asked = Object.keys(options).some((name) => own.has(name)) || rest.length > 0;
    if (options["explain"] && !asked) return output.result({ formula: calculator.formula, source: calculator.source });
    const answer = need(calculator.run(need(readValues(calculator.options, options, rest))));
    output.print(table(answer.rows));
    output.result({
      calculation: what,
      ...answer.json,
      ...(options["explain"] ? { formula: calculator.formula, source: calculator.source } : {}),
    });
  },
};
