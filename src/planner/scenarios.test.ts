import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseApplication } from "../spec/index.ts";
import { type PlanResult, plan } from "./index.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "examples", "scenarios");

function planned(name: string): PlanResult {
  const text = readFileSync(join(FOLDER, `${name}.yaml`), "utf8");
  const parsed = parseApplication(text, name, { exists: () => true, readBase64: () => null });
  if (!parsed.ok) throw new Error(parsed.error.map((each) => `${each.at} ${each.message}`).join("\n"));
  return plan(parsed.value);
}

// The worked cases of docs/guides/choosing-a-strategy.md, with the figures that it quotes.
it.each([
  ["finance", "pilot-light", 352.5],
  ["health-care", "pilot-light", 260],
  ["transport", "active-active", 75],
])("%s: %s for %d USD a month", (name, strategy, usdPerMonth) => {
  const { chosen } = planned(name);
  expect(chosen).toMatchObject({ strategy, misses: [] });
  expect(chosen!.usdPerMonth).toBeCloseTo(usdPerMonth, 2);
});
