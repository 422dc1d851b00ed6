import { Agent, request as httpRequest } from "node:http";

export type Target = { readonly host: string; readonly port: number };

export type Sent = {
  readonly status: number | null;
  readonly body: string;
  /** The answer broke off after its first byte. */
  readonly cutOff: boolean;
  readonly error: string | null;
};

export type ToSend = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
};

const AGENT = new Agent({ keepAlive: true, maxSockets: 256 });

/** Sends one request as a careful client does: once more when a kept connection was found closed before any answer (RFC 9112, 9.3.1). */
export async function send(target: Target, request: ToSend, timeoutMs: number, repeatable: boolean): Promise<Sent> {
  const first = await once(target, request, timeoutMs);
  return first.stale && repeatable ? once(target, request, timeoutMs) : first;
}

function once(
  target: Target,
  { method, path, headers, body }: ToSend,
  timeoutMs: number,
): Promise<Sent & { readonly stale: boolean }> {
  return new Promise((resolve) => {
    let status: number | null = null;
    let text = "";
    const settle = (error: string | null, stale: boolean): void => {
      clearTimeout(timer);
      resolve({ status, body: text, cutOff: error !== null && status !== null, error, stale });
    };
    const length: Record<string, string | number> = body ? { "content-length": body.length } : {};
    const request = httpRequest(
      { agent: AGENT, ...target, method, path, headers: { ...headers, ...length } },
      (response) => {
        status = response.statusCode ?? 0;
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => settle(null, false));
        response.on("error", (error) => settle(error.message, false));
      },
    );
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    request.on("error", (error: NodeJS.ErrnoException) =>
      settle(error.code ?? error.message, request.reusedSocket && status === null && error.code === "ECONNRESET"),
    );
    request.end(body ?? undefined);
  });
}

/** Ends the connections that were kept open. */
export const closeConnections = (): void => AGENT.destroy();
