import { fail, ok, type Problem, problem, type Result } from "../../domain/index.ts";
import {
  afterLosingOne,
  availability,
  clopperPearson,
  downtimeTable,
  errorBudget,
  kOfEqual,
  kOfN,
  lossOfInterval,
  meanTimeToDataLoss,
  parallel,
  queue,
  redundancy,
  repairable,
  series,
  serversFor,
  shownBy,
  trialsToShow,
  unavailabilityOf,
  withCommonCause,
} from "../../math/index.ts";
import { showAvailability, showNumber, showTime } from "./show.ts";
import { type CalcOption, shares, type Values } from "./values.ts";

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

const HOUR_S = 3_600;
const CONFIDENCE: CalcOption = {
  name: "confidence",
  kind: "share",
  meaning: "confidence of the statement",
  fallback: 0.95,
};
const COMMON: CalcOption = {
  name: "common",
  kind: "share",
  meaning: "share of failures that take every part at once (β)",
  fallback: 0,
};

const answer = (rows: Answer["rows"], json: Answer["json"]): Result<Answer, Problem> => ok({ rows, json });

/** Availability with what it means in a year. */
function availabilityAnswer(unavailability: number, extra: Answer["rows"] = []): Result<Answer, Problem> {
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

export const CALCULATORS: readonly Calculator[] = [
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
  {
    name: "capacity",
    summary: "whether a load is carried, also after losing the largest site or zone",
    formula: "Erlang C; P(wait > t) = C · e^(−(c − a) t / s)",
    source: "Erlang 1917",
    example: "--load 100 --service 50ms --within 100ms --late 1% 4 4 4",
    options: [
      { name: "load", kind: "number", meaning: "requests a second" },
      { name: "service", kind: "time", meaning: "time of one request" },
      { name: "within", kind: "time", meaning: "longest good wait", fallback: 0.1 },
      { name: "late", kind: "share", meaning: "share that may wait longer", fallback: 0.01 },
    ],
    run: capacity,
  },
  {
    name: "samples",
    summary: "how many drills without a failure show a share, or what some drills have shown",
    formula: "n = ln(1 − confidence) / ln(share); limits: Clopper and Pearson",
    source: "success run, Nelson 1985; Clopper and Pearson 1934",
    example: "--share 99%",
    options: [
      { name: "share", kind: "share", meaning: "share to be shown", fallback: null },
      { name: "trials", kind: "count", meaning: "drills that were made", fallback: null },
      { name: "failures", kind: "count", meaning: "of them failed", fallback: 0 },
      CONFIDENCE,
    ],
    run: samples,
  },
  {
    name: "rpo",
    summary: "what recovery points made now and then may lose",
    formula: "worst = takes + interval (+ time until broken ones are noticed)",
    source: "docs/guides/choosing-a-strategy.md",
    example: "--interval 1h --takes 1m --broken 1% --noticed 1d",
    options: [
      { name: "interval", kind: "time", meaning: "from one recovery point to the next" },
      { name: "takes", kind: "time", meaning: "until it is safe elsewhere", fallback: 0 },
      { name: "broken", kind: "share", meaning: "share that turns out not to restore", fallback: 0 },
      { name: "noticed", kind: "time", meaning: "until somebody notices broken ones", fallback: 0 },
    ],
    run: (values) => {
      const found = lossOfInterval({
        intervalS: values.number("interval"),
        takesS: values.number("takes"),
        brokenShare: values.number("broken"),
        noticedAfterS: values.number("noticed"),
      });
      if (!found.ok) return found;
      return answer(
        [
          ["usually lost", showTime(found.value.meanS)],
          ["lost at worst", showTime(found.value.worstS)],
        ],
        { ...found.value },
      );
    },
  },
  {
    name: "budget",
    summary: "what is left of the errors that an objective allows",
    formula: "allowed = (1 − objective) · requests of the whole period",
    source: "SRE Workbook, chapter 5",
    example: "--objective 99.9% --total 500000 --failed 300 --elapsed 50%",
    options: [
      { name: "objective", kind: "share", meaning: "share of good requests" },
      { name: "total", kind: "count", meaning: "requests so far" },
      { name: "failed", kind: "count", meaning: "of them failed" },
      { name: "elapsed", kind: "share", meaning: "share of the period that is over", fallback: 1 },
    ],
    run: (values) => {
      const found = errorBudget(
        values.number("objective"),
        values.number("total"),
        values.number("failed"),
        values.number("elapsed"),
      );
      if (!found.ok) return found;
      const { allowed, left, usedShare, burnRate } = found.value;
      return answer(
        [
          ["allowed", showNumber(allowed)],
          ["left", showNumber(left)],
          ["used", `${showNumber(usedShare * 100)}%`],
          ["burn rate", showNumber(burnRate)],
        ],
        { ...found.value },
      );
    },
  },
];

function capacity(values: Values): Result<Answer, Problem> {
  const load = { perSecond: values.number("load"), serviceSeconds: values.number("service") };
  const objective = { limitSeconds: values.number("within"), lateShare: values.number("late") };
  const domains = values.rest.map(Number);
  if (domains.some((each) => !Number.isInteger(each) || each < 0))
    return fail(
      problem(
        "input",
        `\`${values.rest.join(" ")}\` are not whole numbers`,
        "name the instances of each site or zone, such as 4 4 4",
      ),
    );
  const needed = serversFor(load, objective);
  if (!needed.ok) return needed;
  const rows: [string, string][] = [["needed", `${needed.value} at the same time`]];
  if (domains.length === 0) return answer(rows, { needed: needed.value });
  const total = domains.reduce((sum, each) => sum + each, 0);
  if (total === 0)
    return fail(problem("input", "no instances", "name the instances of each site or zone, such as 4 4 4"));
  const whole = queue({ ...load, servers: total }, objective.limitSeconds);
  if (!whole.ok) return whole;
  rows.push([
    "all up",
    `${total}: ${showNumber(whole.value.utilisation * 100)}% used, ${showNumber(whole.value.lateShare * 100)}% wait too long`,
  ]);
  if (domains.length === 1)
    return answer([...rows, ["one lost", "nothing is left: there is one domain only"]], {
      needed: needed.value,
      whole: whole.value,
      reduced: null,
    });
  const lost = afterLosingOne(load, domains, objective);
  if (!lost.ok) return lost;
  const { left, result, holds } = lost.value.reduced;
  rows.push([
    "the largest lost",
    `${left}: ${showNumber(result.utilisation * 100)}% used, ${showNumber(result.lateShare * 100)}% wait too long: ${holds ? "holds" : "does not hold"}`,
  ]);
  return answer(rows, { needed: needed.value, whole: whole.value, reduced: lost.value.reduced });
}

function samples(values: Values): Result<Answer, Problem> {
  const [share, trials, confidence] = [
    values.optional("share"),
    values.optional("trials"),
    values.number("confidence"),
  ];
  if (trials !== null) {
    const failures = values.number("failures");
    const interval = clopperPearson(trials - failures, trials, confidence);
    if (!interval.ok) return interval;
    const shown = failures === 0 ? shownBy(trials, confidence) : null;
    const low = shown?.ok ? shown.value : interval.value.low;
    return answer(
      [
        ["shown at least", `${showNumber(low * 100)}%`],
        ["interval", `${showNumber(interval.value.low * 100)}% to ${showNumber(interval.value.high * 100)}%`],
      ],
      { ...interval.value, shown: low },
    );
  }
  if (share === null)
    return fail(problem("input", "--share or --trials is missing", "add --share 99%, or --trials 20 --failures 0"));
  const found = trialsToShow(share, confidence);
  if (!found.ok) return found;
  return answer([["drills without a failure", String(found.value)]], { trials: found.value });
}
