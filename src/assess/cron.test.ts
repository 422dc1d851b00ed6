import fc from "fast-check";
import { expect, it } from "vitest";
import { longestGapS } from "./cron.ts";

const field = (from: number, to: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min: from, max: to }).map(String),
    fc.integer({ min: 1, max: 30 }).map((step) => `*/${step}`),
    fc
      .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.array(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 4 }).map((list) => list.join(",")),
  );

const matches = (word: string, value: number, from: number): boolean =>
  word.split(",").some((part) => {
    const [range, step] = part.split("/");
    if (range === "*") return step === undefined || (value - from) % Number(step) === 0;
    const [first, last] = range!.split("-").map(Number);
    return value >= first! && value <= (last ?? first!);
  });

/** Walks through four weeks minute by minute. */
function walked(minute: string, hour: string, weekday: string): number {
  let [last, most] = [-1, 0];
  for (let at = 0; at < 4 * 7 * 1440; at++) {
    const runs =
      matches(minute, at % 60, 0) &&
      matches(hour, Math.floor(at / 60) % 24, 0) &&
      matches(weekday, Math.floor(at / 1440) % 7, 0);
    if (!runs) continue;
    if (last >= 0) most = Math.max(most, at - last);
    last = at;
  }
  return most * 60;
}

it("knows the longest time between two runs of a schedule, as walking through the weeks does", () => {
  fc.assert(
    fc.property(field(0, 59), field(0, 23), field(0, 6), (minute, hour, weekday) => {
      expect(longestGapS(`${minute} ${hour} * * ${weekday}`)).toBe(walked(minute, hour, weekday));
    }),
    { numRuns: 300 },
  );
});

it.each([
  ["@hourly", 3_600],
  ["0 2 * * *", 86_400],
  ["0 0 1 * *", 31 * 86_400],
  ["*/15 * * * *", 900],
  ["0 0 * * 7", 7 * 86_400],
  ["", null],
  ["whenever", null],
  ["61 * * * *", null],
  ["* * *", null],
])("%s", (schedule, gap) => expect(longestGapS(schedule)).toBe(gap));
