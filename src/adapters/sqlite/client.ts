import { fail, ok, type PeerAddress, type Problem, problem, type Result } from "../../domain/index.ts";
import type { LinkAnswer, LinkClient } from "../../link/index.ts";
import type { Changes, Entry, PutResult, Store } from "../../ports/index.ts";

/** The name in the store's certificate. */
export const STORE_PEER = "store.holdfast";

/** A store that does not answer for this long counts as lost for this call. */
const TIMEOUT_MS = 1_000;

/** The register as seen by every other process. `address` is asked each time: the store may come back elsewhere. */
export function storeClient(link: LinkClient, address: () => PeerAddress | null): Store {
  const call = async (method: string, path: string, json: unknown, waitMs = 0): Promise<Result<LinkAnswer>> => {
    const to = address();
    if (!to) return fail(lost("its address is not known yet"));
    const answer = await link.call({ to, peer: STORE_PEER, method, path, json, timeoutMs: TIMEOUT_MS + waitMs });
    if (!answer.ok)
      return fail(problem(answer.error.kind === "refused" ? "store-refused" : "store-unknown", answer.error.message));
    if (answer.value.status === 507) return fail(answer.value.json<Problem>());
    return answer.value.status === 200 ? ok(answer.value) : fail(lost(`status ${answer.value.status}`));
  };
  const write = async (method: string, key: string, value: unknown, version: number): Promise<PutResult> => {
    const answer = await call(method, `/v1/keys/${encodeURIComponent(key)}?version=${version}`, value);
    return answer.ok ? answer.value.json<PutResult>() : { kind: "unknown", message: answer.error.message };
  };
  const changes = async (prefix: string, since: number, waitMs: number): Promise<Result<Changes>> => {
    const answer = await call(
      "GET",
      `/v1/changes/${encodeURIComponent(prefix)}?since=${since}&wait=${waitMs}`,
      undefined,
      waitMs,
    );
    return answer.ok ? ok(answer.value.json<Changes>()) : answer;
  };
  return {
    async get(key) {
      const answer = await call("GET", `/v1/keys/${encodeURIComponent(key)}`, undefined);
      return answer.ok ? ok(answer.value.json<Entry>()) : answer;
    },
    put: (key, value, version) => write("PUT", key, value, version),
    delete: (key, version) => write("DELETE", key, undefined, version),
    async list(prefix) {
      const all = await changes(prefix, 0, 0);
      return all.ok ? ok({ ...all.value, entries: all.value.entries.filter((entry) => entry.value !== null) }) : all;
    },
    changes,
  };
}

const lost = (why: string): Problem =>
  problem(
    "store-lost",
    `the store does not answer: ${why}`,
    "serving goes on; the supervisor restarts the store by itself (see `holdfast status`)",
  );
