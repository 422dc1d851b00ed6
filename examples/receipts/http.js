// The little of HTTP that this application needs: routes, JSON answers, JSON errors, bounded bodies.

export class HttpError extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function sendJson(response, status, body, headers = {}) {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length, ...headers });
  response.end(bytes);
}

/** The body as bytes; more than `limit` is refused with 413. */
export async function readBody(request, limit) {
  const chunks = [];
  let size = 0;
  // A caller that is still sending sees a reset connection instead of the 413 if we stop reading at
  // once, so a body that is somewhat too long is read to its end and dropped.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    if (size > limit * 8) break;
  }
  if (size > limit) throw new HttpError(413, `the body is larger than ${limit} bytes`, { connection: "close" });
  return Buffer.concat(chunks);
}

/** The body as a JSON object; anything else is refused with 400. */
export async function readJson(request, limit) {
  const bytes = await readBody(request, limit);
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new HttpError(400, "the body is not JSON in UTF-8");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "the body must be a JSON object");
  }
  return value;
}

/**
 * A request listener for routes [method, pattern, handler]. The pattern is matched against the
 * whole path; its groups are passed to the handler, which returns [status, body].
 */
export function createListener(routes, isStopping) {
  return async (request, response) => {
    const send = (status, body, headers) => {
      // Without this, a kept-alive connection would hold a stopping server open.
      if (isStopping()) response.setHeader("connection", "close");
      sendJson(response, status, body, headers);
    };
    try {
      const { handler, groups } = findRoute(routes, request);
      const [status, body] = await handler(request, ...groups);
      send(status, body);
    } catch (error) {
      if (response.destroyed) return; // the caller has gone
      if (!(error instanceof HttpError)) console.error(error);
      const status = error.status ?? 500;
      send(status, { error: status === 500 ? "internal error" : error.message }, error.headers);
    }
  };
}

function findRoute(routes, request) {
  const path = request.url.split("?", 1)[0];
  const matching = routes.filter(([, pattern]) => pattern.test(path));
  if (matching.length === 0) throw new HttpError(404, `nothing at ${path}`);
  const route = matching.find(([method]) => method === request.method);
  if (!route) {
    const allowed = matching.map(([method]) => method).join(", ");
    throw new HttpError(405, `${path} takes ${allowed}`, { allow: allowed });
  }
  return { handler: route[2], groups: route[1].exec(path).slice(1) };
}
