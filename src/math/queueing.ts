import { fail, ok, type Problem, problem, type Result } from "../domain/index.ts";
import type { PerSecond, Probability, Seconds } from "./units.ts";

/** Requests a second, mean time of one request, and requests that are worked on at the same time over all instances. */
export type Load = { readonly perSecond: PerSecond; readonly serviceSeconds: Seconds; readonly servers: number };

function check({ perSecond, serviceSeconds, servers }: Load): Problem | null {
  if (!(perSecond >= 0) || !(serviceSeconds > 0))
    return problem("impossible", "load and service time", "give a load from 0 and a time above 0");
  if (!Number.isInteger(servers) || servers < 1)
    return problem("impossible", `${servers} servers`, "give a whole number from 1");
  return null;
}

/** Erlang B: the share that finds all servers busy, by the recursion that never overflows (Erlang 1917). */
export function erlangB(servers: number, offered: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (offered * blocked) / (n + offered * blocked);
  return blocked;
}

/** Erlang C: the probability of having to wait, M/M/c; 1 when the load is not below the capacity. */
export function erlangC(servers: number, offered: number): number {
  if (offered >= servers) return 1;
  const blocked = erlangB(servers, offered);
  return (servers * blocked) / (servers - offered * (1 - blocked));
}

export type QueueResult = {
  readonly utilisation: number;
  readonly probabilityOfWaiting: Probability;
  readonly meanWaitSeconds: Seconds;
  /** Share whose waiting takes longer than `limitSeconds`. */
  readonly lateShare: Probability;
};

/** M/M/c in its steady state. Waiting longer than t: C · e^(−(c − a) t / s). Unstable: everybody waits for ever. */
export function queue(load: Load, limitSeconds: Seconds): Result<QueueResult> {
  const wrong = check(load);
  if (wrong) return fail(wrong);
  const { perSecond, serviceSeconds, servers } = load;
  const offered = perSecond * serviceSeconds;
  const waiting = erlangC(servers, offered);
  if (offered >= servers)
    return ok({
      utilisation: offered / servers,
      probabilityOfWaiting: 1,
      meanWaitSeconds: Number.POSITIVE_INFINITY,
      lateShare: 1,
    });
  return ok({
    utilisation: offered / servers,
    probabilityOfWaiting: waiting,
    meanWaitSeconds: (waiting * serviceSeconds) / (servers - offered),
    lateShare: waiting * Math.exp((-(servers - offered) * limitSeconds) / serviceSeconds),
  });
}

export type Survival = { readonly left: number; readonly result: QueueResult; readonly holds: boolean };

/** What is left of the capacity when the largest of the failure domains is lost, and whether it still keeps the objective. */
export function afterLosingOne(
  load: Omit<Load, "servers">,
  domains: readonly number[],
  objective: { readonly limitSeconds: Seconds; readonly lateShare: Probability },
): Result<{ readonly whole: QueueResult; readonly reduced: Survival }> {
  const total = domains.reduce((sum, each) => sum + each, 0);
  const left = total - Math.max(0, ...domains);
  const whole = queue({ ...load, servers: total }, objective.limitSeconds);
  if (!whole.ok) return whole;
  if (left === 0)
    return fail(
      problem("impossible", "nothing is left when one domain is lost", "spread the instances over at least two"),
    );
  const reduced = queue({ ...load, servers: left }, objective.limitSeconds);
  if (!reduced.ok) return reduced;
  return ok({
    whole: whole.value,
    reduced: { left, result: reduced.value, holds: reduced.value.lateShare <= objective.lateShare },
  });
}

/** The fewest servers with which at most `lateShare` wait longer than `limitSeconds`. */
export function serversFor(
  load: Omit<Load, "servers">,
  objective: { limitSeconds: Seconds; lateShare: Probability },
): Result<number> {
  const wrong = check({ ...load, servers: 1 });
  if (wrong) return fail(wrong);
  const offered = load.perSecond * load.serviceSeconds;
  const limit = 2 * offered + 10_000;
  for (let servers = Math.floor(offered) + 1; servers <= limit; servers++) {
    const found = queue({ ...load, servers }, objective.limitSeconds);
    if (found.ok && found.value.lateShare <= objective.lateShare) return ok(servers);
  }
  return fail(problem("impossible", "no number of servers keeps it", "allow a longer wait, or a larger share"));
}
