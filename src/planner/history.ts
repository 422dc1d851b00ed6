import type { AssumptionName, Evidence, LogEvent } from "../domain/index.ts";
import { rateInterval } from "../math/index.ts";

/** What an application has lived through: its events, and how much of it there was meanwhile. */
export type History = {
  readonly events: readonly LogEvent[];
  /** Wall time of the look, ms. */
  readonly nowMs: number;
  readonly instances: number;
  readonly sites: number;
};

export type Measured = Partial<Record<AssumptionName, { readonly value: number; readonly source: string }>>;

/** Fewer failures say little about the time between them. */
const LEAST = 3;
const CONFIDENCE = 0.95;
const DAY_S = 86_400;
/** ... and a shorter history shows its beginning more than its rate. */
const LEAST_S = DAY_S;
const BEFORE_MS = 5_000;
/** What a drill or the loss of a site still causes after it. */
const AFTER_MS = 60_000;

type Window = { readonly fromMs: number; readonly toMs: number };

const inside = (windows: readonly Window[], { at }: LogEvent): boolean =>
  windows.some(({ fromMs, toMs }) => at >= fromMs && at <= toMs);

/** Mean times between failures that the history shows, drills left out: they are no accidents. */
export function measuredBy(history: History, drills: readonly Evidence[]): Measured {
  const { events, nowMs, instances, sites } = history;
  const [first] = [...events].map((event) => event.at).sort((a, b) => a - b);
  if (first === undefined || first >= nowMs) return {};
  const rehearsed = drills.map(({ at, timeline }): Window => {
    const faultMs = Date.parse(at);
    const lastMs = timeline.reduce((last, entry) => Math.max(last, entry.atMs), 0);
    return { fromMs: faultMs - BEFORE_MS, toMs: faultMs + lastMs + AFTER_MS };
  });
  const real = events.filter((event) => !inside(rehearsed, event));
  const losses = real.filter((event) => event.kind === "fencing");
  // Instances that end with their site have not failed by themselves.
  const lost = losses.map(({ at }): Window => ({ fromMs: at - AFTER_MS, toMs: at + AFTER_MS }));
  const deaths = real.filter((event) => event.kind === "instance-died" && !inside(lost, event));
  const observedS = (nowMs - first) / 1_000;
  if (observedS < LEAST_S) return {};
  return {
    ...figure("instanceMtbf", deaths.length, observedS, instances, "instance"),
    ...figure("siteMtbf", losses.length, observedS, sites, "site"),
  };
}

function figure(name: AssumptionName, failures: number, observedS: number, count: number, what: string): Measured {
  const interval = rateInterval(failures, observedS * count, CONFIDENCE);
  if (failures < LEAST || count === 0 || !interval.ok) return {};
  const days = (s: number): string => `${Number((s / DAY_S).toPrecision(3))} days`;
  const source = `history of this application: ${failures} ${what === "site" ? "sites lost" : "instances died"} in ${days(observedS)} of ${count} ${what}${count === 1 ? "" : "s"}, so with 95% between ${days(1 / interval.value.high)} and ${days(1 / interval.value.low)}`;
  return { [name]: { value: (observedS * count) / failures, source } };
}
