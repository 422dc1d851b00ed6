import type { IncomingMessage, ServerResponse } from "node:http";
import type { Classification } from "../control/balancing/index.ts";
import type { Outgoing } from "./exchange.ts";
import { toInstance } from "./headers.ts";

/** A body up to this size is held in memory, so that the request can be sent again. */
const HELD_BYTES = 16 * 1024 * 1024;

/** One request of a client. */
export type Incoming = {
  readonly classification: Classification;
  readonly outgoing: Outgoing;
  readonly response: ServerResponse;
  /** false: its body is a stream that was sent once. */
  readonly repeatable: boolean;
  readonly startedMs: number;
  readonly isGone: () => boolean;
  onGone(abort: () => void): void;
};

/** Reads a request as far as needed; null: its client went away. */
export async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  classification: Classification,
): Promise<Incoming | null> {
  const startedMs = performance.now();
  const body = await readBody(request);
  if (body === "gone") return null;
  const held = body === null || Buffer.isBuffer(body);
  const headers = toInstance(request, Buffer.isBuffer(body) ? body.length : declaredLength(request));
  let abort: () => void = () => {};
  let gone = false;
  response.once("close", () => {
    gone = !response.writableFinished;
    if (gone) abort();
  });
  return {
    classification,
    outgoing: { method: request.method ?? "GET", path: request.url ?? "/", headers, body },
    response,
    repeatable: held,
    startedMs,
    isGone: () => gone,
    onGone: (given) => {
      abort = given;
      if (gone) given();
    },
  };
}

const declaredLength = (request: IncomingMessage): number | null =>
  request.headers["content-length"] === undefined ? null : Number(request.headers["content-length"]);

async function readBody(request: IncomingMessage): Promise<Buffer | NodeJS.ReadableStream | null | "gone"> {
  const hasBody = request.headers["transfer-encoding"] !== undefined || (declaredLength(request) ?? 0) > 0;
  if (!hasBody) return null;
  if ((declaredLength(request) ?? HELD_BYTES) > HELD_BYTES || request.headers["transfer-encoding"] !== undefined)
    return request;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    return "gone";
  }
  return Buffer.concat(chunks);
}

export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify({ error: { code, message } }));
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length, ...headers });
  response.end(bytes);
}
