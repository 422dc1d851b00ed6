import { fail, problem } from "../../domain/index.ts";
import {
  availability,
  downtimeTable,
  kOfEqual,
  kOfN,
  meanTimeToDataLoss,
  parallel,
  redundancy,
  repairable,
  series,
  unavailabilityOf,
  withCommonCause,
} from "../../math/index.ts";
import { answer, availabilityAnswer, type Calculator } from "./calculator.ts";
import { showNumber, showTime } from "./show.ts";
import { type CalcOption, shares } from "./values.ts";

const HOUR_S = 3_600;
const COMMON: CalcOption = {
  name: "common",
  kind: "share",
  meaning: "share of failures that take every part at once (β)",
  fallback: 0,
};

export const PARTS: readonly Calculator[] = [
  {
    name: "availability",
    summary: "from the time that something was up and down",
    formula: "A = up / (up + down)",
    source: "IEC 60050-192, 192-08-05",
    example: "--up 8751h --down 9h",
    options: [
      { name: "up", kind: "time", meaning: "time up" },
      { name: "down", kind: "time", meaning: "time down" },
    ],
    run: (values) => {
      const found = availability(values.number("up"), values.number("down"));
      if (!found.ok) return found;
      const total = values.number("up") + values.number("down");
      return availabilityAnswer(values.number("down") / total);
    },
  },
  {
    name: "redundancy",
    summary: "level of redundancy, and what may fail",
    formula: "level = total / required",
    source: "N, N+1, 2N: TIA-942, Uptime Institute",
    example: "--total 3 --required 2",
    options: [
      { name: "total", kind: "count", meaning: "parts that exist" },
      { name: "required", kind: "count", meaning: "parts that carry the full load" },
    ],
    run: (values) => {
      const found = redundancy(values.number("total"), values.number("required"));
      if (!found.ok) return found;
      const { level, spare, meaning } = found.value;
      return answer(
        [
          ["level", showNumber(level)],
          ["meaning", meaning],
        ],
        { level, spare, meaning },
      );
    },
  },
  {
    name: "k-of-n",
    summary: "when k of n parts are needed",
    formula: "U = Σ_{i>n−k} C(n,i) uⁱ (1−u)ⁿ⁻ⁱ; with β: 1 − (1 − U((1−β)u)) (1 − βu)",
    source: "Barlow and Heidtmann 1984; β: IEC 61508-6 annex D",
    example: "--required 3 --total 4 --each 90%",
    options: [
      { name: "required", kind: "count", meaning: "parts that are needed (k)" },
      { name: "total", kind: "count", meaning: "parts that exist (n)" },
      { name: "each", kind: "share", meaning: "availability of each part" },
      COMMON,
    ],
    run: (values) => {
      const [k, n, u, beta] = [
        values.number("required"),
        values.number("total"),
        1 - values.number("each"),
        values.number("common"),
      ];
      const found = beta > 0 ? withCommonCause(k, n, u, beta) : kOfEqual(k, n, u);
      return found.ok ? availabilityAnswer(found.value) : found;
    },
  },
  {
    name: "series",
    summary: "when all parts are needed",
    formula: "A = Π aᵢ",
    source: "Rausand and Høyland, System Reliability Theory",
    example: "99.95% 99.99%",
    options: [],
    run: (values) => {
      const given = shares(values.rest);
      return given.ok ? availabilityAnswer(series(given.value.map((each) => 1 - each))) : given;
    },
  },
  {
    name: "parallel",
    summary: "when one part is enough, and failures are independent of each other",
    formula: "1 − A = Π (1 − aᵢ)",
    source: "Rausand and Høyland, System Reliability Theory",
    example: "99% 99%",
    options: [],
    run: (values) => {
      const given = shares(values.rest);
      if (!given.ok) return given;
      const note: readonly [string, string] = [
        "note",
        "parts that share a zone, a release or a model are not independent: see k-of-n --common",
      ];
      return availabilityAnswer(parallel(given.value.map((each) => 1 - each)), [note]);
    },
  },
  {
    name: "at-least",
    summary: "when k of several different parts are needed",
    formula: "sum over the states with fewer than k up",
    source: "Barlow and Heidtmann 1984",
    example: "--required 2 99% 98% 95%",
    options: [{ name: "required", kind: "count", meaning: "parts that are needed" }],
    run: (values) => {
      const given = shares(values.rest);
      if (!given.ok) return given;
      const found = kOfN(
        values.number("required"),
        given.value.map((each) => 1 - each),
      );
      return found.ok ? availabilityAnswer(found.value) : found;
    },
  },
  {
    name: "downtime",
    summary: "what an availability allows",
    formula: "down = (1 − A) · period",
    source: "a year of 365.25 days",
    example: "99.95%",
    options: [],
    run: (values) => {
      const given = shares(values.rest);
      if (!given.ok) return given;
      const table = downtimeTable(given.value[0]!);
      if (!table.ok) return table;
      return answer(
        Object.entries(table.value).map(([period, seconds]) => [`a ${period}`, showTime(seconds)]),
        table.value,
      );
    },
  },
  {
    name: "mtbf",
    summary: "availability from times between failures and of repair",
    formula: "A = MTBF / (MTBF + MTTR)",
    source: "IEC 61703",
    example: "--mtbf 90d --mttr 4h",
    options: [
      { name: "mtbf", kind: "time", meaning: "mean time between failures, repair not included" },
      { name: "mttr", kind: "time", meaning: "mean time to repair" },
    ],
    run: (values) =>
      values.number("mtbf") > 0
        ? availabilityAnswer(unavailabilityOf(values.number("mtbf"), values.number("mttr")))
        : fail(problem("impossible", "a mean time between failures of 0", "write a time above 0")),
  },
  {
    name: "repair",
    summary: "n parts, k needed, repaired by crews, some standing by, failures that nobody notices",
    formula: "stationary distribution of the Markov chain of parts down (Grassmann, Taksar and Heyman)",
    source: "Dugan and Trivedi 1989 for coverage",
    example: "--total 2 --required 1 --mtbf 30d --mttr 4h --standby 0 --coverage 99%",
    options: [
      { name: "total", kind: "count", meaning: "parts that exist" },
      { name: "required", kind: "count", meaning: "parts that are needed" },
      { name: "mtbf", kind: "time", meaning: "mean time between failures of a working part" },
      { name: "mttr", kind: "time", meaning: "mean time to repair" },
      { name: "crews", kind: "count", meaning: "repairs at the same time", fallback: 1 },
      { name: "standby", kind: "number", meaning: "failure rate of a part that stands by: 1 hot, 0 cold", fallback: 1 },
      { name: "coverage", kind: "share", meaning: "failures that are noticed at once", fallback: 1 },
      { name: "unnoticed", kind: "time", meaning: "until an unnoticed failure is noticed", fallback: 600 },
    ],
    run: (values) => {
      const found = repairable({
        total: values.number("total"),
        required: values.number("required"),
        mtbfHours: values.number("mtbf") / HOUR_S,
        mttrHours: values.number("mttr") / HOUR_S,
        crews: values.number("crews"),
        standbyFactor: values.number("standby"),
        coverage: values.number("coverage"),
        uncoveredHours: values.number("unnoticed") / HOUR_S,
      });
      if (!found.ok) return found;
      const { unavailability, mttfHours } = found.value;
      return availabilityAnswer(unavailability, [["mean time to failure", showTime(mttfHours * HOUR_S)]]);
    },
  },
  {
    name: "mttdl",
    summary: "mean time to data loss of copies, or of an erasure code",
    formula: "mean time until fewer than `required` of `total` are left (Markov chain)",
    source: "Gibson, Redundant Disk Arrays, 1992",
    example: "--total 6 --required 4 --mtbf 1500d --mttr 12h",
    options: [
      { name: "total", kind: "count", meaning: "copies, or fragments k + m" },
      { name: "required", kind: "count", meaning: "that rebuild the data: 1 for copies, k for a code", fallback: 1 },
      { name: "mtbf", kind: "time", meaning: "mean time between losses of one" },
      { name: "mttr", kind: "time", meaning: "mean time to rebuild one" },
    ],
    run: (values) => {
      const found = meanTimeToDataLoss({
        total: values.number("total"),
        required: values.number("required"),
        mtbfHours: values.number("mtbf") / HOUR_S,
        mttrHours: values.number("mttr") / HOUR_S,
      });
      if (!found.ok) return found;
      const years = (found.value * HOUR_S) / 31_557_600;
      return answer(
        [
          ["mean time to data loss", showTime(found.value * HOUR_S)],
          ["chance of loss in a year", showNumber(-Math.expm1(-1 / years))],
        ],
        { hours: found.value, lossProbabilityPerYear: -Math.expm1(-1 / years) },
      );
    },
  },
];
