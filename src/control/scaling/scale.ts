export type ScalingState = { readonly advice: readonly { readonly atMs: number; readonly count: number }[] };

export const noAdvice: ScalingState = { advice: [] };

/** Scaling down believes only what was true for this long (as Kubernetes' HPA stabilises, shorter for processes). */
export const DOWN_STABLE_MS = 10_000;

export type ScalingInput = {
  readonly inFlight: number;
  readonly targetInFlight: number;
  readonly min: number;
  readonly max: number;
  readonly nowMs: number;
};

/** Instances for the load in flight: up at once, down only to the highest advice of the last ten seconds. */
export function scale(
  state: ScalingState,
  input: ScalingInput,
): { readonly state: ScalingState; readonly count: number } {
  const raw = Math.ceil(input.inFlight / input.targetInFlight);
  const count = Math.min(Math.max(raw, input.min), Math.max(input.max, input.min));
  const recent = state.advice.filter(({ atMs }) => input.nowMs - atMs < DOWN_STABLE_MS && atMs <= input.nowMs);
  const advice = [...recent.filter((older) => older.count > count), { atMs: input.nowMs, count }];
  return { state: { advice }, count: advice[0]!.count };
}
