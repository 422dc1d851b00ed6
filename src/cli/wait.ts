import { type Status, shortDigest } from "../domain/index.ts";
import type { HoldfastClient } from "../sdk/index.ts";
import type { Context } from "./context.ts";
import { EXIT, fail } from "./output.ts";

const LOOK_MS = 100;

/** What keeps the deployment from being as wanted; empty: nothing. */
export function unfinished(status: Status): readonly string[] {
  const { desired, failover } = status;
  if (!desired) return ["nothing is applied yet"];
  const found: string[] = [];
  if (!failover || status.route === null) found.push("the sites elect a leader");
  else if (!["steady", "degraded"].includes(failover.phase.kind)) found.push(`the failover is ${failover.phase.kind}`);
  for (const { name } of desired.application.sites) {
    const site = status.sites[name];
    const power = status.power[name];
    if (power && power.state !== "on") continue;
    if (!site) found.push(`${name} starts`);
    else if (site.follows < status.desiredVersion) found.push(`${name} takes up the change`);
    else if (site.problem) found.push(`${name}: ${site.problem}`);
    else {
      const ready = site.instances.filter((each) => each.state === "ready").length;
      if (ready < site.wanted) found.push(`${name}: ${ready} of ${site.wanted} instances ready`);
      if (site.instances.length > site.wanted) found.push(`${name}: ${site.instances.length - site.wanted} to stop`);
    }
  }
  if (desired.rollout.state === "rolling") found.push(`release ${shortDigest(desired.release)} rolls out`);
  const gateways = Object.values(status.gateways);
  if (gateways.length === 0 || (status.route && gateways.some((gateway) => gateway.confirmed < status.route!.number)))
    found.push("gateways start");
  return found;
}

/**
 * Waits until everything runs as wanted; says what it waits for. Ends the command when the bound is over.
 * `version`: of what was applied last; a status from before it says nothing about it.
 */
export async function waitUntilWhole(
  context: Context,
  client: HoldfastClient,
  boundMs: number,
  version: number,
): Promise<Status> {
  const end = Date.now() + boundMs;
  let told = "";
  for (;;) {
    const status = context.need(await client.status());
    const waiting = status.desiredVersion < version ? ["the change reaches the control plane"] : unfinished(status);
    if (waiting.length === 0) return status;
    const text = waiting.join("; ");
    if (text !== told) context.output.say(`  ${text}`);
    told = text;
    const stuck = stuckIn(status);
    if (stuck || Date.now() > end) {
      fail(
        context.output,
        [
          {
            kind: "not-ready",
            message: stuck ?? `not ready after ${boundMs / 1000} s: ${text}`,
            next: "look at `holdfast logs` and `holdfast status`; it goes on trying",
          },
        ],
        EXIT.partial,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Waiting longer would not help: the application does not stay up, and there is nothing to roll back to. */
function stuckIn(status: Status): string | null {
  if (status.desired?.rollout.state === "rolling") return null;
  for (const site of Object.values(status.sites)) {
    if (site.rolloutFailed?.release === status.desired?.release) return `${site.site}: ${site.rolloutFailed!.reason}`;
  }
  return null;
}
