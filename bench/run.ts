// `npm run bench -- NAME --json` runs one benchmark, `-- --list` names them. Each runs the real thing and prints its figures.
import { BENCHMARKS } from "./benchmarks.ts";

const args = process.argv.slice(2);
const json = args.includes("--json");
const name = args.find((arg) => !arg.startsWith("--"));
const rounds = Number(/--rounds=(\d+)/.exec(args.join(" "))?.[1] ?? 0) || null;

if (args.includes("--list") || name === undefined) {
  for (const [known, { what }] of Object.entries(BENCHMARKS)) console.log(`${known.padEnd(20)} ${what}`);
  process.exit(args.includes("--list") ? 0 : 1);
}
const benchmark = BENCHMARKS[name];
if (!benchmark) {
  console.error(`there is no benchmark ${name}\n  next: \`npm run bench -- --list\``);
  process.exit(1);
}
const figures = await benchmark.run(rounds ?? benchmark.rounds, (text) => console.error(`  ${text}`));
if (json) console.log(JSON.stringify({ benchmark: name, figures }));
else for (const [figure, value] of Object.entries(figures)) console.log(`${figure.padEnd(36)} ${value}`);
