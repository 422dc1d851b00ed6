import { type Application, type Objectives, STRATEGIES, type Strategy } from "../domain/index.ts";
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { evaluate, type Option } from "./option.ts";

export type Miss = { readonly objective: keyof Objectives; readonly declared: number; readonly predicted: number };

export type Judged = Option & {
  readonly misses: readonly Miss[];
  readonly verdict: "chosen" | "dearer" | "not chosen" | "not asked for" | "rejected";
  /** Against the chosen one; null when nothing was chosen. */
  readonly differenceUsdPerMonth: number | null;
};

export type Relaxation = {
  readonly objective: keyof Objectives;
  readonly value: number;
  readonly strategy: Strategy;
  readonly usdPerMonth: number;
};

export type PlanResult = {
  readonly chosen: Judged | null;
  readonly options: readonly Judged[];
  /** What another value of one objective would change. */
  readonly wouldChange: readonly Relaxation[];
  /** When nothing meets all objectives: the nearest value of each single objective with which something does. */
  readonly relaxations: readonly Relaxation[];
  readonly assumptions: Assumptions;
};

/** The cheapest strategy that meets every objective at its worst predicted values; of equally cheap ones the faster. */
export function plan(application: Application, assumptions: Assumptions = ASSUMPTIONS): PlanResult {
  const options = STRATEGIES.map((strategy) => evaluate(strategy, application, assumptions));
  const judged = options.map((option) => ({ option, misses: missesOf(option, application.objectives) }));
  const asked = application.failover.strategy;
  const possible = judged.filter(
    ({ option }) => option.notExecutable === null && (asked === "auto" || option.strategy === asked),
  );
  const best =
    [...possible.filter(({ misses }) => misses.length === 0)].sort((a, b) => better(a.option, b.option))[0]?.option ??
    null;
  const all = judged.map(({ option, misses }): Judged => {
    const difference = best ? option.usdPerMonth - best.usdPerMonth : null;
    const meets = misses.length === 0 && option.notExecutable === null;
    const other = asked !== "auto" && option.strategy !== asked;
    const verdict =
      option === best
        ? "chosen"
        : !meets
          ? "rejected"
          : other
            ? "not asked for"
            : difference !== null && difference > 0
              ? "dearer"
              : "not chosen";
    return { ...option, misses, verdict, differenceUsdPerMonth: difference };
  });
  const executable = options.filter(
    (option) => option.notExecutable === null && (asked === "auto" || option.strategy === asked),
  );
  return {
    chosen: all.find((option) => option.verdict === "chosen") ?? null,
    options: all,
    wouldChange: best
      ? changesAround(
          best,
          options.filter((option) => option.notExecutable === null),
          application.objectives,
        )
      : [],
    relaxations: best ? [] : relaxationsFor(executable, application.objectives),
    assumptions,
  };
}

const better = (a: Option, b: Option): number => a.usdPerMonth - b.usdPerMonth || a.rto.worstS - b.rto.worstS;

const predicted = (option: Option): Objectives => ({
  availability: 1 - option.unavailability,
  rtoMs: option.rto.worstS * 1000,
  rpoMs: option.rpoS * 1000,
  budgetUsdPerMonth: option.usdPerMonth,
});

export function missesOf(option: Option, declared: Objectives): readonly Miss[] {
  const given = predicted(option);
  const misses: Miss[] = [];
  if (given.availability < declared.availability)
    misses.push({ objective: "availability", declared: declared.availability, predicted: given.availability });
  for (const objective of ["rtoMs", "rpoMs", "budgetUsdPerMonth"] as const) {
    const limit = declared[objective];
    if (limit !== null && given[objective]! > limit)
      misses.push({ objective, declared: limit, predicted: given[objective]! });
  }
  return misses;
}

function relaxationsFor(options: readonly Option[], declared: Objectives): readonly Relaxation[] {
  const found: Relaxation[] = [];
  for (const objective of ["rtoMs", "rpoMs", "availability", "budgetUsdPerMonth"] as const) {
    const candidates = options
      .filter((option) => missesOf(option, declared).every((miss) => miss.objective === objective))
      .map((option) => ({ option, value: predicted(option)[objective]! }))
      .sort((a, b) => (objective === "availability" ? b.value - a.value : a.value - b.value));
    const nearest = candidates[0];
    if (nearest)
      found.push({
        objective,
        value: nearest.value,
        strategy: nearest.option.strategy,
        usdPerMonth: nearest.option.usdPerMonth,
      });
  }
  return found;
}

/** Cheaper ones that a looser objective would allow, and faster ones that a stricter RTO would need. */
function changesAround(best: Option, options: readonly Option[], declared: Objectives): readonly Relaxation[] {
  const missing = options.filter((option) => missesOf(option, declared).length > 0);
  const cheaper = relaxationsFor(
    missing.filter((option) => option.usdPerMonth < best.usdPerMonth),
    declared,
  );
  const faster = options.filter((option) => option.rto.worstS < best.rto.worstS).sort(better)[0];
  const stricter = faster
    ? [
        {
          objective: "rtoMs" as const,
          value: faster.rto.worstS * 1000,
          strategy: faster.strategy,
          usdPerMonth: faster.usdPerMonth,
        },
      ]
    : [];
  return [...cheaper, ...stricter];
}
