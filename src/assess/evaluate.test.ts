import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ASSUMPTIONS } from "../domain/index.ts";
import { unavailabilityOf } from "../math/index.ts";
import { LOSSES, type Reach } from "./component.ts";
import { componentDown, predict } from "./evaluate.ts";
import { TIMES } from "./times.ts";

const usual = { zones: 1, sameMachine: false, restartS: 10, machineS: 300 };
const down = (total: number, required: number, given: Partial<typeof usual> = {}): number =>
  componentDown(total, required, { ...usual, ...given }, ASSUMPTIONS);

describe("the unavailability of a component", () => {
  it("is that of its parts in series when there is one of each", () => {
    const parts = [
      unavailabilityOf(ASSUMPTIONS.instanceMtbf.value, 10),
      unavailabilityOf(TIMES.nodeMtbf.s, 300),
      unavailabilityOf(ASSUMPTIONS.zoneMtbf.value, ASSUMPTIONS.zoneMttr.value),
    ];
    expect(down(1, 1)).toBeCloseTo(1 - parts.reduce((up, part) => up * (1 - part), 1), 15);
  });

  it("is certain when fewer exist than are required", () => expect(down(1, 2)).toBe(1));

  it("falls with every spare, with zones, and with machines of their own; rises with what is required", () => {
    const several = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(several, several, fc.integer({ min: 1, max: 4 }), (required, spare, zones) => {
        const total = required + spare;
        expect(down(total + 1, required, { zones })).toBeLessThanOrEqual(down(total, required, { zones }) + 1e-15);
        expect(down(total, required, { zones: 2 })).toBeLessThan(down(total, required, { zones: 1 }));
        expect(down(total, required)).toBeLessThan(down(total, required, { sameMachine: true }));
        expect(down(total, required, { zones })).toBeLessThanOrEqual(down(total, required + 1, { zones }) + 1e-15);
      }),
    );
  });
});

describe("everything together", () => {
  const reach = (rtoS: number | null, rpoS: number | null) =>
    Object.fromEntries(LOSSES.map((loss): [string, Reach] => [loss, { rtoS, rpoS, how: "x" }])) as never;
  const component = (subject: string, rtoS: number | null, rpoS: number | null, unavailability: number | null) => ({
    subject,
    place: { file: "f", line: 1, column: 1 },
    total: 1,
    required: 1,
    zones: 1,
    unavailability,
    reach: reach(rtoS, rpoS),
  });

  it("is back with its slowest, and loses what its worst loses", () => {
    const found = predict([component("a", 5, 60, 0.001), component("b", 50, 0, 0.002)], ASSUMPTIONS);
    expect(found.reach.zone).toMatchObject({ subject: "b", rtoS: 50, rpoS: 60 });
    expect(found.causes[0]!.what).toBe("b");
    expect(found.availability).toBeLessThan(0.997);
    expect(predict([component("a", 5, 0, 0), component("b", null, null, 0)], ASSUMPTIONS).reach.site).toMatchObject({
      subject: "b",
      rtoS: null,
      rpoS: null,
    });
  });

  it("says nothing of an availability that rests on what is not known", () => {
    expect(predict([component("a", 5, 0, null)], ASSUMPTIONS).availability).toBeNull();
    expect(predict([], ASSUMPTIONS).availability).toBeNull();
  });
});
