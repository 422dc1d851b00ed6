import { timingSafeEqual } from "node:crypto";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { type LogEvent, type PeerAddress, problem } from "../domain/index.ts";
import { renderMetrics } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import type { ApiDeps } from "./operation.ts";
import { ROUTES } from "./routes.ts";

const BODY_LIMIT = 2 * 1024 * 1024;
const STREAMS_LIMIT = 50;
const STREAM_WAIT_MS = 10_000;

/** Serves the control plane on loopback; every request carries the token of `.holdfast/api-token`. */
export async function serveApi(at: PeerAddress, token: string, deps: ApiDeps): Promise<{ close(): Promise<void> }> {
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    logger: false,
    forceCloseConnections: true,
    // A body is checked, never changed: by default null would become 0, and what is not known would be dropped.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  const expected = Buffer.from(`Bearer ${token}`);
  app.addHook("onRequest", async (request, reply) => {
    const given = Buffer.from(request.headers.authorization ?? "");
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    await reply.code(401).send({
      error: problem(
        "unauthorised",
        "the API token is missing or wrong",
        "send `Authorization: Bearer …` with the content of .holdfast/api-token",
      ),
    });
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    void reply
      .code(status)
      .send({ error: problem(status < 500 ? "bad-request" : "internal", error.message, "see /v1/openapi.json") });
  });
  for (const route of ROUTES) {
    app.route({
      method: route.method,
      url: route.path,
      schema: route.body ? { body: route.body } : {},
      handler: async (request, reply) => {
        const answer = await route.handle({ query: request.query as Record<string, string>, body: request.body }, deps);
        return reply.code(answer.status).send(answer.body);
      },
    });
  }
  app.get("/v1/openapi.json", () => openApi(ROUTES));
  app.get("/metrics", async (_request, reply) =>
    reply.type("text/plain; version=0.0.4").send(await renderMetrics(deps)),
  );
  let streams = 0;
  app.get("/v1/events/stream", async (request, reply) => {
    if (streams >= STREAMS_LIMIT)
      return reply.code(503).send({ error: problem("busy", `more than ${STREAMS_LIMIT} streams are open`) });
    streams += 1;
    await stream(request, reply, deps).finally(() => {
      streams -= 1;
    });
    return reply;
  });
  await app.listen(at);
  return { close: () => app.close() };
}

/** Server-sent events: one `data:` line of JSON for each event, its number as id. */
async function stream(request: FastifyRequest, reply: FastifyReply, { store }: ApiDeps): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  reply.raw.write(": open\n\n");
  const first = await store.changes("event/", 0, 0);
  let since = first.ok ? first.value.revision : 0;
  let open = true;
  request.raw.on("close", () => {
    open = false;
  });
  while (open) {
    const changes = await store.changes("event/", since, STREAM_WAIT_MS);
    if (!changes.ok) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    since = changes.value.revision;
    for (const entry of changes.value.entries) {
      if (entry.value !== null)
        reply.raw.write(`id: ${Number(entry.key.slice(6))}\ndata: ${JSON.stringify(entry.value as LogEvent)}\n\n`);
    }
    if (changes.value.entries.length === 0) reply.raw.write(": still here\n\n");
  }
  reply.raw.end();
}
