import { type Application, type Assumptions, type Objectives, STRATEGIES, type Strategy } from "../domain/index.ts";
import { combinationsOf } from "./design.ts";
import { figuresFor } from "./figures.ts";
import { paretoFront, type ShadowPrice, shadowPrices } from "./front.ts";
import type { Option } from "./option.ts";
import { type Found, search } from "./search.ts";

export type Miss = { readonly objective: keyof Objectives; readonly declared: number; readonly predicted: number };

export type Judged = Option & {
  readonly misses: readonly Miss[];
  readonly verdict: "chosen" | "dearer" | "not chosen" | "not asked for" | "rejected";
  /** Against the chosen one; null when nothing was chosen. */
  readonly differenceUsdPerMonth: number | null;
};

export type Relaxation = {
  readonly changes: readonly { readonly objective: keyof Objectives; readonly value: number }[];
  readonly strategy: Strategy;
  readonly usdPerMonth: number;
};

export type PlanResult = {
  readonly chosen: Judged | null;
  /** The best of each strategy. */
  readonly options: readonly Judged[];
  /** How many designs there are. None of them is cheaper and meets everything, but for `gapUsdPerMonth`. */
  readonly combinations: number;
  /** How much cheaper a design could at most be than the chosen one: 0 unless there are too many ways to keep the parts. */
  readonly gapUsdPerMonth: number;
  /** Objectives without which a cheaper option would do. */
  readonly binding: readonly (keyof Objectives)[];
  /** When all sites are used: the best with those alone that pay, if that is cheaper. */
  readonly withFewerSites: Option | null;
  /** Options that nothing else beats in cost, availability, RTO and RPO together; only such as can be carried out. */
  readonly front: readonly Option[];
  readonly shadowPrices: readonly ShadowPrice[];
  /** What another value of one objective would change. */
  readonly wouldChange: readonly Relaxation[];
  /** When nothing meets all objectives: the nearest values of one objective, or else of two, with which something does. */
  readonly relaxations: readonly Relaxation[];
  readonly assumptions: Assumptions;
};

/**
 * The cheapest design that meets every objective at its worst predicted values. Of equally cheap ones the one with the
 * fewest spare instances (without a price they are not free), then the one that delays writes least, then the most
 * available, then the fastest.
 */
export const plan = (
  application: Application,
  figures: Assumptions = figuresFor(application.assumptions),
): PlanResult => decide(application, figures, search(application, figures));

/** As `plan`, with what was already found: other objectives need no new search. */
export function decide(
  application: Application,
  figures: Assumptions,
  { options: every, exact, lowerBound }: Found,
): PlanResult {
  const { objectives, failover } = application;
  const asked = failover.strategy;
  const executable = every.filter((option) => option.notExecutable === null);
  const possible = executable.filter((option) => asked === "auto" || option.strategy === asked);
  const best = bestThatMeets(possible, objectives);
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
    combinations: combinationsOf(application, figures),
    gapUsdPerMonth: best && !exact ? Math.max(0, best.usdPerMonth - lowerBound(objectives, asked)) : 0,
    binding: best ? bindingOf(best, possible, objectives) : [],
    withFewerSites: best ? withFewerSites(application, figures, best) : null,
    front: paretoFront(executable),
    shadowPrices: best ? shadowPrices(best, executable) : [],
    wouldChange: best ? changesAround(best, executable, objectives) : [],
    relaxations: best ? [] : relaxationsFor(possible, objectives),
    assumptions: figures,
  };
}

const bestThatMeets = (options: readonly Option[], objectives: Objectives): Option | null =>
  options.filter((option) => missesOf(option, objectives).length === 0).sort(better)[0] ?? null;

function bindingOf(best: Option, options: readonly Option[], declared: Objectives): readonly (keyof Objectives)[] {
  const single = options
    .filter((option) => option.usdPerMonth < best.usdPerMonth)
    .map((option) => missesOf(option, declared))
    .filter((misses) => misses.length === 1);
  return OBJECTIVES.filter((objective) => single.some(([miss]) => miss!.objective === objective));
}

function withFewerSites(application: Application, figures: Assumptions, best: Option): Option | null {
  if (application.open.sites !== "all" || application.sites.length < 3) return null;
  const free = { ...application, open: { ...application.open, sites: "auto" as const } };
  const asked = application.failover.strategy;
  const options = search(free, figures).options.filter(
    (option) => option.notExecutable === null && (asked === "auto" || option.strategy === asked),
  );
  const found = bestThatMeets(options, application.objectives);
  return found && found.usdPerMonth < best.usdPerMonth ? found : null;
}

/** Of one strategy: the chosen one, else of what can be carried out the cheapest that misses least. */
function bestOf(options: readonly Option[], chosen: Option | null, objectives: Objectives): Option {
  if (chosen && options.includes(chosen)) return chosen;
  const misses = (option: Option): number =>
    missesOf(option, objectives).length + (option.notExecutable === null ? 0 : MORE_THAN_OBJECTIVES);
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

const better = (a: Option, b: Option): number =>
  a.usdPerMonth - b.usdPerMonth ||
  a.spare - b.spare ||
  a.writeDelayS - b.writeDelayS ||
  a.unavailability - b.unavailability ||
  a.rto.worstS - b.rto.worstS;

const MORE_THAN_OBJECTIVES = 10;
const OBJECTIVES = ["rtoMs", "rpoMs", "availability", "budgetUsdPerMonth"] as const;

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

/** How far a predicted value is from the declared one, as a share of it. */
const excess = ({ objective, declared, predicted: value }: Miss): number =>
  objective === "availability" ? (declared - value) / (1 - declared) : (value - declared) / Math.max(declared, 1);

const toRelaxation = (option: Option, misses: readonly Miss[]): Relaxation => ({
  changes: misses.map(({ objective, predicted: value }) => ({ objective, value })),
  strategy: option.strategy,
  usdPerMonth: option.usdPerMonth,
});

/** For each objective the option that is nearest to it and meets the rest; where there is none, for each two of them. */
function relaxationsFor(options: readonly Option[], declared: Objectives): readonly Relaxation[] {
  const missing = options.map((option) => ({ option, misses: missesOf(option, declared) }));
  const nearest = (objectives: readonly (keyof Objectives)[]): readonly Relaxation[] => {
    const total = (misses: readonly Miss[]): number => misses.reduce((sum, miss) => sum + excess(miss), 0);
    const [best] = missing
      .filter(
        ({ misses }) =>
          misses.length === objectives.length && misses.every((miss) => objectives.includes(miss.objective)),
      )
      .sort((a, b) => total(a.misses) - total(b.misses) || better(a.option, b.option));
    return best ? [toRelaxation(best.option, best.misses)] : [];
  };
  const single = OBJECTIVES.flatMap((objective) => nearest([objective]));
  if (single.length > 0) return single;
  return OBJECTIVES.flatMap((first, at) => OBJECTIVES.slice(at + 1).flatMap((second) => nearest([first, second])));
}

/** Cheaper ones that a looser objective would allow, and faster ones that a stricter RTO would need. */
function changesAround(best: Option, options: readonly Option[], declared: Objectives): readonly Relaxation[] {
  const cheaper = options
    .filter((option) => option.usdPerMonth < best.usdPerMonth)
    .filter((option) => missesOf(option, declared).length === 1);
  const faster = options.filter((option) => option.rto.worstS < best.rto.worstS).sort(better)[0];
  const stricter = faster
    ? [
        {
          changes: [{ objective: "rtoMs" as const, value: faster.rto.worstS * 1000 }],
          strategy: faster.strategy,
          usdPerMonth: faster.usdPerMonth,
        },
      ]
    : [];
  return [...relaxationsFor(cheaper, declared), ...stricter];
}
