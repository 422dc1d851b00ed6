import { type Application, ASSUMPTIONS, type DataSet, type Model, type Site } from "../src/domain/index.ts";
import { decide, plan, search } from "../src/planner/index.ts";
import type { Figures } from "./figures.ts";

/** A problem in which everything is left to the plan: which sites, what protects each part, detection and lease. */
function problemOf(sites: number, parts: number): Application {
  const models = Math.floor(parts / 5);
  return {
    name: "bench",
    objectives: { availability: 0.999, rtoMs: 120_000, rpoMs: 600_000, budgetUsdPerMonth: null },
    service: { replicas: { required: 4, max: 12, targetInFlight: 8 }, gateways: 2 },
    assumptions: {},
    models: Array.from(
      { length: models },
      (_, i): Model => ({ name: `m${i}`, source: "m", role: "primary", gigabytes: 1 + ((i * 7) % 5) }),
    ),
    data: Array.from(
      { length: parts - models },
      (_, i): DataSet => ({
        name: `d${i}`,
        driver: "files",
        path: "data",
        replication: "async",
        gigabytes: 1 + ((i * 37) % 101),
      }),
    ),
    sites: Array.from(
      { length: sites },
      (_, i): Site => ({
        name: `s${i}`,
        platform: "local",
        zones: Array.from({ length: 5 }, (_, zone) => `z${zone}`),
        region: `r${i % 7}`,
        usdPerMonth: 10 + ((i * 31) % 17),
        usdPerInstanceMonth: 20 + ((i * 13) % 11),
        usdPerGbMonth: 0.05 + ((i * 7) % 13) / 100,
      }),
    ),
    witness: { store: "sqlite" },
    failover: { strategy: "auto", detectionMs: 2_000, leaseMs: 3_000, onPromote: "start" },
    open: {
      sites: "auto",
      replication: Array.from({ length: parts }, (_, i) => `d${i}`),
      detection: true,
      lease: true,
    },
  } as unknown as Application;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The first plan of a process, plans after it, and the same search judged by another objective. */
export async function planning(
  sites: number,
  parts: number,
  rounds: number,
  say: (text: string) => void,
): Promise<Figures> {
  const application = problemOf(sites, parts);
  const withRto = (rtoMs: number): Application => ({
    ...application,
    objectives: { ...application.objectives, rtoMs },
  });
  const time = (work: () => unknown): number => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  };
  const first = time(() => plan(application, ASSUMPTIONS));
  const again: number[] = [];
  const changed: number[] = [];
  const found = search(application, ASSUMPTIONS);
  const { combinations, gapUsdPerMonth, chosen } = plan(application, ASSUMPTIONS);
  for (let round = 0; round < rounds; round++) {
    again.push(time(() => plan(withRto(100_000 + round), ASSUMPTIONS)));
    changed.push(time(() => decide(withRto(90_000 + round), ASSUMPTIONS, found)));
    say(
      `${round + 1}/${rounds}: planned anew in ${again.at(-1)!.toFixed(0)} ms, judged anew in ${changed.at(-1)!.toFixed(0)} ms`,
    );
  }
  return {
    rounds,
    firstMs: Math.round(first),
    planMedianMs: Math.round(median(again)),
    planWorstMs: Math.round(Math.max(...again)),
    objectiveChangedMedianMs: Math.round(median(changed)),
    objectiveChangedWorstMs: Math.round(Math.max(...changed)),
    designs: String(combinations),
    gapUsdPerMonth: gapUsdPerMonth ?? 0,
    chosen: chosen?.strategy ?? "none",
  };
}
