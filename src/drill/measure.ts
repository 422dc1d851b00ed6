import { type LogEvent, type RequestTally, RTO_PHASES, type RtoPhase } from "../domain/index.ts";
import type { Sample } from "./load.ts";

export type Marks = { readonly faultAt: number; readonly firstCorrectAt: number | null };

const SERIES_STEP_MS = 100;
const SERIES_LIMIT = 3_000;

/** First time at which both a read and a write that were sent after the fault had been answered correctly. */
export function firstCorrectAt(
  samples: readonly Sample[],
  faultAt: number,
  kinds: readonly Sample["kind"][],
): number | null {
  const firsts = kinds.map((kind) => {
    const answered = samples.filter(
      (sample) => sample.kind === kind && sample.sentAt > faultAt && sample.outcome === "ok",
    );
    return Math.min(...answered.map((sample) => sample.endedAt));
  });
  const last = Math.max(faultAt, ...firsts);
  return Number.isFinite(last) ? last : null;
}

/** Which event ends which phase; a phase without its event took no time of its own. */
const ENDED_BY: Readonly<Record<Exclude<RtoPhase, "firstCorrectAnswer">, readonly string[]>> = {
  detect: ["suspecting", "fencing"],
  decide: ["fencing"],
  fence: ["promoting"],
  restore: ["writing"],
  loadModel: ["rerouting"],
  moveTraffic: ["steady"],
};

/** Splits the RTO at the events of the failover. The parts add up to the whole. */
export function phasesOf(events: readonly LogEvent[], marks: Marks): Readonly<Record<RtoPhase, number>> {
  const phases = Object.fromEntries(RTO_PHASES.map((phase) => [phase, 0])) as Record<RtoPhase, number>;
  const end = marks.firstCorrectAt ?? Number.POSITIVE_INFINITY;
  let at = marks.faultAt;
  for (const phase of RTO_PHASES) {
    if (phase === "firstCorrectAnswer") break;
    const next = events.find(
      (event) => event.at >= at && ENDED_BY[phase].includes(event.kind) && event.at >= marks.faultAt,
    );
    if (!next || next.at > end) continue;
    phases[phase] = next.at - at;
    at = next.at;
  }
  if (Number.isFinite(end)) phases.firstCorrectAnswer = end - at;
  return phases;
}

export function tally(samples: readonly Sample[]): RequestTally {
  const took = samples
    .filter((sample) => sample.outcome === "ok")
    .map((sample) => sample.endedAt - sample.sentAt)
    .sort((a, b) => a - b);
  const count = (outcomes: readonly Sample["outcome"][]): number =>
    samples.filter((sample) => outcomes.includes(sample.outcome)).length;
  return {
    sent: samples.length,
    ok: took.length,
    failed: count(["refused", "unknown", "wrong"]),
    cutOff: count(["cut-off"]),
    medianMs: took[Math.floor(took.length / 2)] ?? 0,
    p99Ms: took[Math.floor(took.length * 0.99)] ?? 0,
  };
}

/** Requests by tenth of a second of the moment in which they ended, from the fault. */
export function seriesOf(
  samples: readonly Sample[],
  faultAt: number,
): readonly { atMs: number; ok: number; failed: number; medianMs: number }[] {
  const steps = new Map<number, Sample[]>();
  for (const sample of samples) {
    const step = Math.floor((sample.endedAt - faultAt) / SERIES_STEP_MS) * SERIES_STEP_MS;
    steps.set(step, [...(steps.get(step) ?? []), sample]);
  }
  return [...steps]
    .sort(([a], [b]) => a - b)
    .slice(0, SERIES_LIMIT)
    .map(([atMs, inside]) => {
      const ok = inside.filter((sample) => sample.outcome === "ok");
      const took = ok.map((sample) => sample.endedAt - sample.sentAt).sort((a, b) => a - b);
      return {
        atMs,
        ok: ok.length,
        failed: inside.length - ok.length,
        medianMs: took[Math.floor(took.length / 2)] ?? 0,
      };
    });
}

/** Age of the oldest lost write at the fault, ms; 0 when nothing was lost. */
export const rpoOf = (lost: readonly Sample[], faultAt: number): number =>
  lost.length === 0 ? 0 : Math.max(1, faultAt - Math.min(...lost.map((sample) => sample.endedAt)));
