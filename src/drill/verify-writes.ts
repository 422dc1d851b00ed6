import { isRight } from "../control/balancing/index.ts";
import type { DrillWrites } from "../domain/index.ts";
import type { Sample } from "./load.ts";
import { send, type Target } from "./request.ts";

const PARALLEL = 8;
const TRIES = 4;
const TIMEOUT_MS = 10_000;

/** Reads every acknowledged write back; returns those that are not there, or not right. */
export async function findLost(
  target: Target,
  verify: DrillWrites["verify"],
  acknowledged: readonly Sample[],
): Promise<readonly Sample[]> {
  const lost: Sample[] = [];
  const queue = [...acknowledged];
  const work = async (): Promise<void> => {
    for (let sample = queue.shift(); sample; sample = queue.shift()) {
      if (!(await isThere(target, verify, sample.id))) lost.push(sample);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return lost;
}

/** A busy answer is asked again: only the application's own "not here", or a wrong value, is a loss. */
async function isThere(target: Target, verify: DrillWrites["verify"], id: string): Promise<boolean> {
  const path = verify.path.replaceAll("{id}", id);
  const expect = { jsonPath: verify.expect.jsonPath, equals: verify.expect.equals.replaceAll("{id}", id) };
  for (let tries = 0; tries < TRIES; tries++) {
    const sent = await send(target, { method: "GET", path, headers: {}, body: null }, TIMEOUT_MS, true);
    if (sent.status !== null && sent.status < 300) return isRight(expect, sent.body);
    if (sent.status === 404) return false;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return false;
}
