import { fail, ok, type Problem, problem, type Result } from "../../domain/index.ts";
import {
  afterLosingOne,
  clopperPearson,
  type Duration,
  errorBudget,
  lossOfInterval,
  meanOf,
  queue,
  serversFor,
  shownBy,
  sumOfPhases,
  trialsToShow,
} from "../../math/index.ts";
import { parseDuration } from "../../spec/index.ts";
import { type Answer, answer, type Calculator } from "./calculator.ts";
import { showNumber, showTime } from "./show.ts";
import type { CalcOption, Values } from "./values.ts";

const CONFIDENCE: CalcOption = {
  name: "confidence",
  kind: "share",
  meaning: "confidence of the statement",
  fallback: 0.95,
};

export const OPERATION: readonly Calculator[] = [
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
    name: "rto",
    summary: "how likely a recovery of several phases stays within an objective",
    formula: "P(X₁ + … + Xₙ ≤ t) by convolution; phases independent",
    source: "Feller, An Introduction to Probability Theory, vol. 2, I.3",
    example: "--within 60s 2s 1s-5s 10s-30s-90s ~3s",
    options: [{ name: "within", kind: "time", meaning: "the objective" }],
    run: recovery,
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
    if (failures > trials)
      return fail(
        problem("input", `${failures} failures of ${trials} trials`, "give at most as many failures as trials"),
      );
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

const PHASE = "write a time (2s), from-to (1s-5s), from-likely-to (10s-30s-90s), or a mean (~3s)";

/** `2s` fixed, `1s-5s` uniform, `10s-30s-90s` triangular, `~3s` exponential with that mean. */
function phaseOf(text: string): Result<Duration, Problem> {
  const times: number[] = [];
  for (const part of text.replace(/^~/, "").split("-")) {
    const parsed = parseDuration(part);
    if (!parsed.ok) return fail(problem("input", `\`${text}\` is not a phase: ${parsed.error.message}`, PHASE));
    times.push(parsed.value / 1_000);
  }
  const [a, b, c] = times as [number, number, number];
  if (text.startsWith("~"))
    return times.length === 1 && a > 0
      ? ok({ kind: "exponential", meanS: a })
      : fail(problem("input", `\`${text}\` is not a mean`, PHASE));
  if (times.length === 1) return ok({ kind: "fixed", s: a });
  if (times.length === 2) return ok({ kind: "uniform", fromS: a, toS: b });
  if (times.length === 3) return ok({ kind: "triangular", fromS: a, likelyS: b, toS: c });
  return fail(problem("input", `\`${text}\` has ${times.length} times`, PHASE));
}

/** What the grid reaches beyond the objective and the means, so that its quantiles are inside. */
const HORIZON = 8;
const CELLS = 8_000;

function recovery(values: Values): Result<Answer, Problem> {
  const withinS = values.number("within");
  if (values.rest.length === 0) return fail(problem("input", "which phases?", PHASE));
  const phases: Duration[] = [];
  for (const given of values.rest) {
    const phase = phaseOf(given);
    if (!phase.ok) return phase;
    phases.push(phase.value);
  }
  const meanS = phases.reduce((sum, phase) => sum + meanOf(phase), 0);
  const found = sumOfPhases(phases, Math.max(withinS * 1.01, meanS * HORIZON, 0.001), CELLS);
  if (!found.ok) return found;
  const { low, high } = found.value.within(withinS);
  const [p50S, p95S, p99S] = [0.5, 0.95, 0.99].map((p) => found.value.quantile(p)) as [number, number, number];
  const percent = (share: number): string => `${showNumber(share * 100)}%`;
  return answer(
    [
      [
        `within ${showTime(withinS)}`,
        low === high ? percent(low) : `${percent(low)} to ${percent(high)} (proved bounds)`,
      ],
      ["mean", showTime(meanS)],
      ["half within", showTime(p50S)],
      ["95 of 100 within", showTime(p95S)],
      ["99 of 100 within", showTime(p99S)],
    ],
    { low, high, meanS, p50S, p95S, p99S },
  );
}
