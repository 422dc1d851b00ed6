import { ok, type Problem, type Result } from "../../domain/index.ts";
import { downtimeTable } from "../../math/index.ts";
import { showAvailability, showNumber, showTime } from "./show.ts";
import type { CalcOption, Values } from "./values.ts";

export type Answer = {
  readonly rows: readonly (readonly [string, string])[];
  readonly json: Readonly<Record<string, unknown>>;
};

export type Calculator = {
  readonly name: string;
  readonly summary: string;
  readonly formula: string;
  readonly source: string;
  readonly example: string;
  readonly options: readonly CalcOption[];
  readonly run: (values: Values) => Result<Answer, Problem>;
};

export const answer = (rows: Answer["rows"], json: Answer["json"]): Result<Answer, Problem> => ok({ rows, json });

/** Availability with what it means in a year. */
export function availabilityAnswer(unavailability: number, extra: Answer["rows"] = []): Result<Answer, Problem> {
  const table = downtimeTable(1 - unavailability);
  const yearS = unavailability * 31_557_600;
  return answer(
    [
      ["availability", showAvailability(unavailability)],
      ["unavailability", showNumber(unavailability)],
      ["down in a year", showTime(yearS)],
      ...extra,
    ],
    { availability: 1 - unavailability, unavailability, downSecondsPerYear: table.ok ? yearS : null },
  );
}
