import type { LinkHandler, LinkRequest, LinkResponse } from "../link/index.ts";
import type { Platform } from "../ports/index.ts";
import type { Agent } from "./agent.ts";

const LOG_LINES_LIMIT = 2_000;
const DATA = /^\/v1\/data\/([^/]+)$/;

/** What an agent answers its peers. Who may ask what is decided by the name in the caller's certificate. */
export function agentHandler(agent: Agent, platform: Platform): LinkHandler {
  return async (request) => {
    const data = DATA.exec(request.path);
    if (data) return receiveData(agent, data[1]!, request);
    switch (`${request.method} ${request.path}`) {
      case "GET /v1/alive":
        return { status: 200, json: {} };
      case "POST /v1/barrier":
        return barrier(agent, request);
      case "POST /v1/agree": {
        const { writer, epoch } = body<{ writer: string; epoch: number }>(request);
        return { status: 200, json: { agrees: await agent.agree(writer, epoch) } };
      }
      case "POST /v1/detour": {
        const { incarnation, port } = body<{ incarnation: string; port: number | null }>(request);
        agent.detour(incarnation, port);
        return { status: 200, json: {} };
      }
      case "GET /v1/logs": {
        const lines = Math.min(LOG_LINES_LIMIT, Number(request.query.get("lines") ?? 100));
        return { status: 200, json: { lines: await platform.logs(request.query.get("instance"), lines) } };
      }
      default:
        return { status: 404, json: { error: "no such path" } };
    }
  };
}

/** Answers when the data behind a write is with every standby of the in-sync set. */
async function barrier(agent: Agent, request: LinkRequest): Promise<LinkResponse> {
  const { epoch } = body<{ epoch: number }>(request);
  if (!agent.writer.holds(epoch))
    return { status: 409, json: { error: `this site does not write under epoch ${epoch}` } };
  const result = await agent.data.barrier();
  // The lease is looked at again after the wait; the gateway looks at its own when it passes the answer on.
  if (!agent.writer.holds(epoch)) return { status: 409, json: { error: `epoch ${epoch} ended meanwhile` } };
  return result.ok ? { status: 200, json: {} } : { status: 503, json: result.error };
}

async function receiveData(agent: Agent, name: string, request: LinkRequest): Promise<LinkResponse> {
  if (!request.peer.endsWith(".agent.holdfast")) return { status: 403, json: { error: "only agents send data" } };
  const answer = agent.data.receive(name, request.body);
  return answer === null
    ? { status: 404, json: { error: `no data set ${name} here yet` } }
    : { status: 200, json: await answer };
}

const body = <T>(request: LinkRequest): T => JSON.parse(request.body.toString("utf8")) as T;
