import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Identity } from "./identity.ts";

/** A batch of replicated files is the largest message. */
const MAX_BODY_BYTES = 80 * 1024 * 1024;

export type LinkRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** The name in the caller's certificate. */
  readonly peer: string;
};

/** `file`: its content is streamed. */
export type LinkResponse = {
  readonly status: number;
  readonly json?: unknown;
  readonly bytes?: Buffer;
  readonly file?: string;
};

export type LinkHandler = (request: LinkRequest) => Promise<LinkResponse> | LinkResponse;

export type LinkServer = { readonly host: string; readonly port: number; close(): Promise<void> };

/** Serves peers of the same application over mutual TLS; a caller without our authority's certificate gets no answer. */
export async function serveLink(
  identity: Identity,
  at: { host: string; port: number },
  handler: LinkHandler,
): Promise<LinkServer> {
  const server = createServer(
    {
      cert: identity.cert,
      key: identity.key,
      ca: identity.ca,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.3",
    },
    (request, response) => {
      answer(request, response, handler).catch((error: unknown) => {
        if (!response.headersSent) send(response, { status: 500, json: { error: String(error) } });
      });
    },
  );
  server.keepAliveTimeout = 60_000;
  server.on("secureConnection", (socket) => socket.setNoDelay(true));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host: at.host, port, close };
}

async function answer(request: IncomingMessage, response: ServerResponse, handler: LinkHandler): Promise<void> {
  const body = await readBody(request);
  if (body === null) return send(response, { status: 413, json: { error: `more than ${MAX_BODY_BYTES} bytes` } });
  const url = new URL(request.url ?? "/", "https://peer");
  const peer = peerName(request.socket as TLSSocket);
  send(
    response,
    await handler({ method: request.method ?? "GET", path: url.pathname, query: url.searchParams, body, peer }),
  );
}

const names = new WeakMap<TLSSocket, string>();

function peerName(socket: TLSSocket): string {
  const known = names.get(socket);
  if (known !== undefined) return known;
  const subject = socket.getPeerCertificate().subject;
  const name = String(subject?.CN ?? "");
  names.set(socket, name);
  return name;
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, answered: LinkResponse): void {
  if (answered.file !== undefined) {
    createReadStream(answered.file)
      .on("error", () =>
        response.headersSent ? response.destroy() : send(response, { status: 404, json: { error: "not here" } }),
      )
      .on("open", () => response.writeHead(answered.status, { "content-type": "application/octet-stream" }))
      .pipe(response);
    return;
  }
  const bytes = answered.bytes ?? Buffer.from(JSON.stringify(answered.json ?? null));
  response.writeHead(answered.status, {
    "content-type": answered.bytes ? "application/octet-stream" : "application/json",
    "content-length": bytes.length,
  });
  response.end(bytes);
}
