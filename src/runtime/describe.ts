import type { FailoverState } from "../control/failover/index.ts";
import { assertNever, type LogEvent } from "../domain/index.ts";

/** What a change of state means, in words for people. */
export function describeChange(before: FailoverState, after: FailoverState): readonly Omit<LogEvent, "at">[] {
  const { phase } = after;
  const same =
    before.phase.kind === phase.kind &&
    (phase.kind !== "fencing" ||
      JSON.stringify({ ...before.phase, since: 0 }) === JSON.stringify({ ...phase, since: 0 })) &&
    (phase.kind !== "failing-back" || (before.phase.kind === "failing-back" && before.phase.step === phase.step)) &&
    (phase.kind !== "degraded" || (before.phase.kind === "degraded" && before.phase.reason === phase.reason));
  if (same) return [];
  return [{ kind: phase.kind, epoch: after.epoch, ...words(after) }];
}

function words({ phase, epoch }: FailoverState): { readonly site: string | null; readonly text: string } {
  switch (phase.kind) {
    case "steady":
      return { site: phase.writer, text: `${phase.writer} serves and writes under epoch ${epoch}` };
    case "suspecting":
      return { site: phase.writer, text: `${phase.writer} gives no sign of life` };
    case "fencing": {
      const parts = [
        phase.receipt
          ? phase.receipt.kind === "confirmed-dead"
            ? "seen dead"
            : "its lease ran out"
          : "not yet seen dead",
        phase.held ? "gateways hold writes" : "gateways not yet holding",
        ...(phase.blocked ? [phase.blocked] : []),
      ];
      return { site: phase.from, text: `fencing ${phase.from}: ${parts.join(", ")}` };
    }
    case "promoting":
      return { site: phase.to, text: `promoting ${phase.to} under epoch ${epoch} (${phase.receipt.kind})` };
    case "rerouting":
      return { site: phase.to, text: `${phase.to} is promoted; traffic moves` };
    case "degraded":
      return { site: phase.writer, text: phase.reason };
    case "failing-back":
      return {
        site: phase.to,
        text:
          phase.step === "demoting"
            ? `${phase.from} is drained; it flushes its data and stops writing`
            : `moving ${phase.from} to ${phase.to}: ${phase.step}`,
      };
    default:
      return assertNever(phase);
  }
}
