import { expect, it } from "vitest";
import type { Evidence, LogEvent } from "../domain/index.ts";
import { ASSUMPTIONS } from "../domain/index.ts";
import { figuresFor } from "./figures.ts";
import type { History } from "./history.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const event = (day: number, kind: string): LogEvent => ({ at: START + day * DAY_MS, kind, site: "east", text: "" });
const history = (events: readonly LogEvent[]): History => ({
  events: [event(0, "applied"), ...events],
  nowMs: START + 30 * DAY_MS,
  instances: 4,
  sites: 2,
});
const deaths = [3, 9, 14, 20, 28].map((day) => event(day, "instance-died"));
const figures = (events: readonly LogEvent[], drills: readonly Evidence[] = []) =>
  figuresFor({}, drills, history(events));

it("replaces an assumed time between failures by what was seen, with its interval", () => {
  const { instanceMtbf, siteMtbf } = figures(deaths);
  // 30 days of 4 instances and 5 deaths.
  expect(instanceMtbf).toMatchObject({ value: (30 * 4 * 86_400) / 5, kind: "measured" });
  // Gamma interval of 5 events, by tables: 1.623 to 11.67.
  expect(instanceMtbf.source).toMatch(
    /5 instances died in 30 days of 4 instances, so with 95% between 10\.3 days and 73\.9 days/,
  );
  expect(siteMtbf).toEqual(ASSUMPTIONS.siteMtbf);
});

it("does not learn from an hour in which everything was tried", () => {
  const hour = [0.01, 0.02, 0.03, 0.035].map((day) => event(day, "instance-died"));
  const short = { ...history(hour), nowMs: START + DAY_MS / 24 };
  expect(figuresFor({}, [], short).instanceMtbf).toEqual(ASSUMPTIONS.instanceMtbf);
});

it("does not learn from two failures, from none, or from nothing", () => {
  expect(figures(deaths.slice(0, 2)).instanceMtbf).toEqual(ASSUMPTIONS.instanceMtbf);
  expect(figures([]).instanceMtbf).toEqual(ASSUMPTIONS.instanceMtbf);
  expect(figuresFor({}, [], { ...history([]), events: [] }).instanceMtbf).toEqual(ASSUMPTIONS.instanceMtbf);
});

it("counts instances that end with their site as one lost site", () => {
  const losses = [5, 15, 25].flatMap((day) => [
    event(day, "fencing"),
    event(day + 0.0002, "instance-died"),
    event(day + 0.0003, "instance-died"),
  ]);
  const found = figures(losses);
  expect(found.siteMtbf.value).toBeCloseTo((30 * 2 * 86_400) / 3, 6);
  expect(found.instanceMtbf).toEqual(ASSUMPTIONS.instanceMtbf);
});

it("leaves out what a drill did, and gives way to the application file", () => {
  const drill = {
    at: new Date(START + 3 * DAY_MS - 2_000).toISOString(),
    timeline: [],
    fault: { kind: "kill-instance" },
    measured: { rtoMs: null },
  } as unknown as Evidence;
  expect(figures(deaths, [drill]).instanceMtbf.value).toBeCloseTo((30 * 4 * 86_400) / 4, 6);
  const declared = figuresFor({ instanceMtbf: 77 }, [], history(deaths));
  expect(declared.instanceMtbf).toMatchObject({ value: 77, kind: "declared" });
});
