import { type Application, type Assumptions, type Objectives, STRATEGIES, type Strategy } from "../domain/index.ts";
import { figuresFor } from "./figures.ts";
import { paretoFront, type ShadowPrice, shadowPrices } from "./front.ts";
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
  /** The best of each strategy. */
  readonly options: readonly Judged[];
  /** What is looked at: every strategy with every number of spare instances that the file allows. */
  readonly examined: number;
  /** Options that nothing else beats in cost, availability, RTO and RPO together; only such as can be carried out. */
  readonly front: readonly Option[];
  readonly shadowPrices: readonly ShadowPrice[];
  /** What another value of one objective would change. */
  readonly wouldChange: readonly Relaxation[];
  /** When nothing meets all objectives: the nearest value of each single objective with which something does. */
  readonly relaxations: readonly Relaxation[];
  readonly assumptions: Assumptions;
};

const MOST_SPARE = 3;

/** Every strategy with N, N+1, … instances, as far as `replicas.max` allows. */
export function everyOption(application: Application, figures: Assumptions): readonly Option[] {
  const { required, max } = application.service.replicas;
  const spares = Array.from({ length: Math.max(0, Math.min(MOST_SPARE, max - required)) + 1 }, (_, spare) => spare);
  return STRATEGIES.flatMap((strategy) => spares.map((spare) => evaluate(strategy, application, figures, spare)));
}

/**
 * The cheapest option that meets every objective at its worst predicted values; of equally cheap ones the faster. All are
 * looked at, so nothing cheaper is missed.
 */
export function plan(application: Application, figures: Assumptions = figuresFor(application.assumptions)): PlanResult {
  const { objectives, failover } = application;
  const asked = failover.strategy;
  const every = everyOption(application, figures);
  const executable = every.filter((option) => option.notExecutable === null);
  const possible = executable.filter((option) => asked === "auto" || option.strategy === asked);
  const meets = (option: Option): boolean => missesOf(option, objectives).length === 0;
  const best = possible.filter(meets).sort(better)[0] ?? null;
  const ofEach = STRATEGIES.map((strategy) =>
    bestOf(
      every.filter((option) => option.strategy === strategy),
      best,
      objectives,
    ),
  );
  const all = ofEach.map((option) => judge(option, best, asked, objectives));
  return {
    chosen: all.find((option) => option.verdict === "chosen") ?? null,
    options: all,
    examined: every.length,
    front: paretoFront(executable),
    shadowPrices: best ? shadowPrices(best, executable) : [],
    wouldChange: best ? changesAround(best, executable, objectives) : [],
    relaxations: best ? [] : relaxationsFor(possible, objectives),
    assumptions: figures,
  };
}

/** Of one strategy: the chosen one, else the cheapest that meets everything, else the one that misses least. */
function bestOf(options: readonly Option[], chosen: Option | null, objectives: Objectives): Option {
  if (chosen && options.includes(chosen)) return chosen;
  const misses = (option: Option): number => missesOf(option, objectives).length;
  return [...options].sort((a, b) => misses(a) - misses(b) || better(a, b))[0]!;
}

function judge(option: Option, best: Option | null, asked: Strategy | "auto", objectives: Objectives): Judged {
  const misses = missesOf(option, objectives);
  const difference = best ? option.usdPerMonth - best.usdPerMonth : null;
  const verdict = (): Judged["verdict"] => {
    if (option === best) return "chosen";
    if (misses.length > 0 || option.notExecutable !== null) return "rejected";
    if (asked !== "auto" && option.strategy !== asked) return "not asked for";
    return difference !== null && difference > 0 ? "dearer" : "not chosen";
  };
  return { ...option, misses, verdict: verdict(), differenceUsdPerMonth: difference };
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
