import { join } from "node:path";
import { expect, it } from "vitest";
import { findFile } from "./load.ts";

const SCENARIOS = join(import.meta.dirname, "..", "..", "examples", "scenarios");

it("takes an application file of any name, and a folder that has one", () => {
  const file = join(SCENARIOS, "finance.yaml");
  expect(findFile(SCENARIOS, "finance.yaml")).toEqual({ ok: true, value: file });
  expect(findFile("/", file)).toEqual({ ok: true, value: file });
  const language = join(SCENARIOS, "..", "language");
  expect(findFile(SCENARIOS, "../language")).toEqual({ ok: true, value: join(language, "holdfast.yaml") });
});

it("says what to do about a file that is not there", () => {
  expect(findFile(SCENARIOS, "absent.yaml")).toMatchObject({
    ok: false,
    error: { next: expect.stringMatching(/init/) },
  });
  expect(findFile(SCENARIOS, ".")).toMatchObject({ ok: false, error: { kind: "no-file" } });
});
