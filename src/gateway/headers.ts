import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** Of one connection only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set(
    String(headers.connection ?? "")
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name) && !named.has(name)) kept[name] = value;
  }
  return kept;
}

export function toInstance(request: IncomingMessage, bodyLength: number | null): Record<string, string | string[]> {
  const { "content-length": _declared, ...headers } = endToEnd(request.headers);
  const from = request.socket.remoteAddress ?? "unknown";
  const before = request.headers["x-forwarded-for"];
  return {
    ...headers,
    "x-forwarded-for": before ? `${String(before)}, ${from}` : from,
    "x-forwarded-proto": "http",
    "x-forwarded-host": request.headers.host ?? "",
    ...(bodyLength === null ? {} : { "content-length": String(bodyLength) }),
  };
}

export const toClient = endToEnd;
