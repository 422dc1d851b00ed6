import { noAdvice, type ScalingState, scale } from "../control/scaling/index.ts";
import type { Desired, GatewayRecord } from "../domain/index.ts";

/** A gateway's report counts for this long. */
const FRESH_MS = 3_000;

/** How many instances a site should run now: its placement, raised by the load that the gateways see. */
export class Replicas {
  #state: ScalingState = noAdvice;

  count(
    desired: Desired,
    site: string,
    active: boolean,
    gateways: readonly GatewayRecord[],
    nowMs: number,
    wallMs: number,
  ): number {
    const place = desired.placement[site] ?? { active: 0, standby: 0 };
    const min = active ? place.active : place.standby;
    if (desired.fixedReplicas !== null && active) return desired.fixedReplicas;
    if (min === 0) return 0;
    const { targetInFlight, max } = desired.application.service.replicas;
    const fresh = gateways.filter((gateway) => Math.abs(wallMs - gateway.at) < FRESH_MS);
    const inFlight = fresh.reduce((sum, gateway) => sum + (gateway.inFlight[site] ?? 0), 0);
    const { state, count } = scale(this.#state, { inFlight, targetInFlight, min, max, nowMs });
    this.#state = state;
    return count;
  }
}
