import { expect, it } from "vitest";
import {
  type Availability,
  availability,
  downtimeTable,
  type Hours,
  meanOf,
  meanTimeToDataLoss,
  type Seconds,
  series,
  type Unavailability,
  unavailabilityOf,
} from "./index.ts";

const seconds: Seconds = 90;
const hours: Hours = 2;
const up: Availability = 0.999;
const down: Unavailability = 0.001;

it("takes plain numbers for any unit, and what arithmetic makes of them", () => {
  expect(series([down, 1 - up, 0.5])).toBeCloseTo(1 - 0.999 ** 2 * 0.5, 15);
  expect(unavailabilityOf(hours * 3_600, seconds)).toBeCloseTo(90 / 7_290, 15);
  expect(availability(8_751, 9)).toMatchObject({ ok: true });
});

it("takes no unit for another: the compiler refuses each of these, and running them shows what it saves", () => {
  const mixed = [
    // @ts-expect-error an availability is no unavailability
    () => series([up]),
    // @ts-expect-error an unavailability is no availability
    () => downtimeTable(down),
    // @ts-expect-error seconds and hours have no common ratio
    () => unavailabilityOf(hours, seconds),
    // @ts-expect-error seconds are no hours
    () => meanTimeToDataLoss({ total: 2, required: 1, mtbfHours: seconds, mttrHours: 1 }),
    // @ts-expect-error hours are no seconds
    () => meanOf({ kind: "fixed", s: hours }),
  ];
  for (const each of mixed) expect(each).not.toThrow();
});
