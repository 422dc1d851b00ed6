import { describe, expect, it } from "vitest";
import type { Problem, Result } from "../../domain/index.ts";
import type { Answer } from "./calculator.ts";
import { CALCULATORS } from "./calculators.ts";
import { readValues } from "./values.ts";

/** As the command line gives them: `--name value` pairs, and the rest. */
function calculate(line: string): Result<Answer, readonly Problem[]> {
  const [name, ...words] = line.split(" ");
  const calculator = CALCULATORS.find((each) => each.name === name)!;
  const options: Record<string, string> = {};
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    if (words[at]!.startsWith("--")) options[words[at]!.slice(2)] = words[++at]!;
    else rest.push(words[at]!);
  }
  const values = readValues(calculator.options, options, rest);
  if (!values.ok) return values;
  const answer = calculator.run(values.value);
  return answer.ok ? answer : { ok: false, error: [answer.error] };
}

const json = (line: string): Readonly<Record<string, unknown>> => {
  const found = calculate(line);
  if (!found.ok) throw new Error(found.error.map((each) => each.message).join("; "));
  return found.value.json;
};

describe("holdfast calc", () => {
  it.each(
    CALCULATORS.map((each) => [each.name, each]),
  )("%s: its own example works, with formula and source", (name, each) => {
    expect(calculate(`${name} ${each.example}`).ok).toBe(true);
    expect(each.formula).not.toBe("");
    expect(each.source).not.toBe("");
  });

  it.each<[string, Readonly<Record<string, number>>]>([
    ["availability --up 8751h --down 9h", { availability: 8_751 / 8_760 }],
    ["redundancy --total 3 --required 2", { level: 1.5, spare: 1 }],
    ["k-of-n --required 3 --total 4 --each 90%", { availability: 0.9477 }],
    ["series 99.95% 99.99%", { availability: 0.9994000499999999 }],
    ["series 99.95% 99.95%", { availability: 0.99900025 }],
    ["parallel 99% 99%", { availability: 0.9999 }],
    ["rto --within 3.1s 1s 2s", { low: 1, high: 1, meanS: 3 }],
    ["rto --within 2s 1s 2s", { low: 0, high: 0 }],
    ["downtime 99.9%", { year: 31_557.6 }],
    ["samples --share 99%", { trials: 299 }],
    ["budget --objective 99.9% --total 500000 --failed 1000 --elapsed 50%", { burnRate: 2 }],
    ["mttdl --total 2 --mtbf 1000h --mttr 10h", { hours: (3 / 1_000 + 1 / 10) / (2 / 1e6) }],
  ])("%s", (line, expected) => {
    const found = json(line);
    for (const [name, value] of Object.entries(expected)) expect(found[name]).toBeCloseTo(value, 6);
  });

  it("rto: bounds the probability that a sum of two even phases is below its middle", () => {
    const { low, high, p50S } = json("rto --within 10s 0s-10s 0s-10s") as Record<string, number>;
    // By symmetry it is a half; the grid is fine enough to say so to a hundredth.
    expect(low).toBeLessThanOrEqual(0.5);
    expect(high).toBeGreaterThanOrEqual(0.5);
    expect(high! - low!).toBeLessThan(0.005);
    expect(p50S).toBeCloseTo(10, 0);
  });

  it.each([
    ["rto --within 5s", "which phases?"],
    ["rto --within 5s fast", "not a phase"],
    ["rto --within 5s 3s-1s", "end is before its beginning"],
    ["rto --within 5s 1s-2s-3s-4s", "has 4 times"],
    ["rto 1s", "--within is missing"],
    ["redundancy --total 2 --required 3", "3 are required and 2 exist"],
    ["availability --up 3h", "--down is missing"],
    ["availability --up -3h --down 1h", "not a duration"],
    ["downtime 120%", "more than all"],
    ["downtime 99.95", "99.95 is not a share"],
    ["series", "which parts?"],
    ["redundancy --total 2.5 --required 1", "not whole"],
    ["redundancy --total -2 --required 1", "negative"],
    ["samples", "--share or --trials"],
    ["samples --trials 2 --failures 3", "trials"],
    ["capacity --load 10 --service 1s 2 x", "whole numbers"],
    ["mtbf --mtbf 0h --mttr 1h", "of 0"],
  ])("%s is refused with a reason and a next action", (line, message) => {
    const found = calculate(line);
    if (found.ok) throw new Error("it was accepted");
    expect(found.error.map((each) => each.message).join("; ")).toContain(message);
    expect(found.error[0]!.next).toBeTruthy();
  });
});
