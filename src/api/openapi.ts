import type { Route } from "./operation.ts";

const ERROR = {
  description: "Refused; the body says why and what to do next",
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: ["error"],
        properties: {
          error: {
            type: "object",
            required: ["kind", "message"],
            properties: {
              kind: { type: "string" },
              message: { type: "string" },
              next: { type: "string" },
              at: { type: "string" },
            },
          },
        },
      },
    },
  },
};

const OTHERS = {
  "/v1/events/stream": {
    get: {
      summary: "Events as they happen (server-sent events)",
      responses: { 200: { description: "text/event-stream" }, default: ERROR },
    },
  },
  "/metrics": {
    get: { summary: "Prometheus metrics", responses: { 200: { description: "text/plain" }, default: ERROR } },
  },
};

/** The OpenAPI 3.1 document of these routes. */
export function openApi(routes: readonly Route[]): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const operation = {
      summary: route.summary,
      ...(route.query
        ? {
            parameters: Object.entries(route.query).map(([name, description]) => ({
              name,
              in: "query",
              required: false,
              description,
              schema: { type: "string" },
            })),
          }
        : {}),
      ...(route.body
        ? { requestBody: { required: true, content: { "application/json": { schema: route.body } } } }
        : {}),
      responses: { 200: { description: "OK", content: { "application/json": {} } }, default: ERROR },
    };
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version: "1",
      description: "Control plane of one application. Every request carries `Authorization: Bearer <token>`.",
    },
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    security: [{ token: [] }],
    paths: { ...paths, ...OTHERS },
  };
}
