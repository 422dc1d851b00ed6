import { fail, ok, problem, type Result } from "../domain/index.ts";
import type { Probability, Seconds } from "./units.ts";

/** Recovery points made now and then. Seconds. */
export type RecoveryPoints = {
  /** From the start of one to the start of the next. */
  readonly intervalS: Seconds;
  /** From the moment that a recovery point shows until it is safe elsewhere. */
  readonly takesS: Seconds;
  /** Share of recovery points that turn out not to restore. */
  readonly brokenShare: Probability;
  /** Until somebody notices that recovery points are broken; infinite: nobody looks. */
  readonly noticedAfterS: Seconds;
};

export type Loss = { readonly meanS: Seconds; readonly worstS: Seconds };

/**
 * Age of the newest recovery point that restores, at a fault that comes at any moment: at best `takesS`, usually half an
 * interval more, at worst a whole one; while broken ones go unnoticed, as much older as it takes to notice.
 */
export function lossOfInterval({ intervalS, takesS, brokenShare, noticedAfterS }: RecoveryPoints): Result<Loss> {
  if (!(intervalS > 0) || !(takesS >= 0) || !(brokenShare >= 0 && brokenShare < 1) || !(noticedAfterS >= 0))
    return fail(
      problem(
        "impossible",
        "interval, duration or share of broken ones",
        "give an interval above 0, and shares below 1",
      ),
    );
  // Broken ones in a row before the newest good one: geometric, mean b / (1 − b).
  const missing = brokenShare / (1 - brokenShare);
  const worst = takesS + intervalS + (brokenShare > 0 ? noticedAfterS : 0);
  return ok({ meanS: takesS + intervalS / 2 + missing * intervalS, worstS: worst });
}

/** Streaming replication. Seconds. */
export type Streaming = {
  /** Usual and 99th percentile lag. */
  readonly lagS: Seconds;
  readonly worstLagS: Seconds;
  /** Until somebody notices that it stopped. */
  readonly noticedAfterS: Seconds;
  /** Share of the time in which it stands still unnoticed. */
  readonly stoppedShare: Probability;
};

/** Without a barrier: what was written within the lag is lost, more while replication stands still unnoticed. */
export function lossOfStreaming({ lagS, worstLagS, noticedAfterS, stoppedShare }: Streaming): Result<Loss> {
  if (!(lagS >= 0) || !(worstLagS >= lagS) || !(noticedAfterS >= 0) || !(stoppedShare >= 0 && stoppedShare <= 1))
    return fail(
      problem("impossible", "lag or share of standstill", "give times from 0, the worst lag at least the usual one"),
    );
  const meanS = (1 - stoppedShare) * lagS + stoppedShare * (noticedAfterS / 2);
  return ok({ meanS, worstS: stoppedShare > 0 ? Math.max(worstLagS, noticedAfterS) : worstLagS });
}
