import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Agent, get, request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { fail, ok, type PeerAddress, type Result } from "../domain/index.ts";
import type { Identity } from "./identity.ts";

/** `refused`: it certainly did not happen. `unknown`: it may have. */
export type LinkFailure = { readonly kind: "refused" | "unknown"; readonly message: string };

export type LinkAnswer = { readonly status: number; readonly bytes: Buffer; json<T>(): T };

export type LinkCall = {
  readonly to: PeerAddress;
  /** The certificate name that the peer must have. */
  readonly peer: string;
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  readonly bytes?: Buffer;
  /** From the call to the whole answer. */
  readonly timeoutMs: number;
};

export type Download = {
  readonly to: PeerAddress;
  readonly peer: string;
  readonly path: string;
  readonly file: string;
};

export type LinkClient = {
  /** Writes the answer to a file; returns its SHA-256 in hex. No limit on size; ends when nothing comes for ten seconds. */
  download(request: Download): Promise<Result<{ readonly sha256: string }, LinkFailure>>;
  call(request: LinkCall): Promise<Result<LinkAnswer, LinkFailure>>;
  close(): void;
};

const NOT_CONNECTED = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);

/** Calls peers over mutual TLS with connections kept open. */
export function linkClient(identity: Identity): LinkClient {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 64,
    cert: identity.cert,
    key: identity.key,
    ca: identity.ca,
    minVersion: "TLSv1.3",
  });
  return {
    call: (request) => perform(agent, request),
    download: (request) => download(agent, request),
    close: () => agent.destroy(),
  };
}

function perform(agent: Agent, call: LinkCall): Promise<Result<LinkAnswer, LinkFailure>> {
  return new Promise((resolve) => {
    const body = call.bytes ?? (call.json === undefined ? null : Buffer.from(JSON.stringify(call.json)));
    const request = httpsRequest(
      {
        agent,
        host: call.to.host,
        port: call.to.port,
        servername: call.peer,
        method: call.method,
        path: call.path,
        headers: body ? { "content-length": body.length } : {},
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          clearTimeout(timer);
          const bytes = Buffer.concat(chunks);
          const json = <T>(): T => JSON.parse(bytes.toString("utf8")) as T;
          resolve(ok({ status: response.statusCode ?? 0, bytes, json }));
        });
        response.on("error", (error) => settle("unknown", error.message));
      },
    );
    const settle = (kind: LinkFailure["kind"], message: string): void => {
      clearTimeout(timer);
      resolve(fail({ kind, message: `${call.method} ${call.path} at ${call.peer}: ${message}` }));
    };
    const timer = setTimeout(() => {
      settle("unknown", `no answer within ${call.timeoutMs} ms`);
      request.destroy();
    }, call.timeoutMs);
    request.setNoDelay(true);
    request.on("error", (error: NodeJS.ErrnoException) =>
      settle(NOT_CONNECTED.has(error.code ?? "") ? "refused" : "unknown", error.message),
    );
    request.end(body ?? undefined);
  });
}

const STALLED_MS = 10_000;

function download(agent: Agent, from: Download): Promise<Result<{ sha256: string }, LinkFailure>> {
  return new Promise((resolve) => {
    const give = (message: string): void =>
      resolve(fail({ kind: "unknown", message: `${from.path} at ${from.peer}: ${message}` }));
    const request = get(
      { agent, host: from.to.host, port: from.to.port, servername: from.peer, path: from.path },
      (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          return give(`status ${response.statusCode}`);
        }
        const hash = createHash("sha256");
        response.on("data", (chunk: Buffer) => hash.update(chunk));
        pipeline(response, createWriteStream(from.file, { flush: true })).then(
          () => resolve(ok({ sha256: hash.digest("hex") })),
          (error: Error) => give(error.message),
        );
      },
    );
    request.setTimeout(STALLED_MS, () => request.destroy(new Error(`nothing came for ${STALLED_MS} ms`)));
    request.on("error", (error) => give(error.message));
  });
}
