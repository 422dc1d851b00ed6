import { Agent, request as httpsRequest } from "node:https";
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

export type LinkClient = {
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
