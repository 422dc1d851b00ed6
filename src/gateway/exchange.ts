import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import type { Backend } from "./backends.ts";

export type Outgoing = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** A stream can be sent once only. */
  readonly body: Buffer | NodeJS.ReadableStream | null;
};

/** Where an answer goes: straight to the client, or into a buffer. */
export type Sink = {
  /** false: the answer is not wanted (a status worth another try); nothing of it is passed on. */
  start(status: number, headers: IncomingHttpHeaders): boolean;
  /** false: the reader is slow; `resume` is called when it wants more. */
  data(chunk: Buffer, resume: () => void): boolean;
  end(): void;
};

/** `refused`: the request was certainly not seen. `broken`: it may have been. `declined`: the sink did not want the answer. */
export type Exchange =
  | { readonly kind: "done"; readonly status: number }
  | { readonly kind: "declined"; readonly status: number }
  | { readonly kind: "refused" | "broken" | "abandoned"; readonly started: boolean; readonly message: string };

const NOT_SEEN = new Set(["ECONNREFUSED", "UND_ERR_CONNECT_TIMEOUT", "EHOSTUNREACH", "UND_ERR_DESTROYED"]);

/** Sends one request to one instance. `mayAbandon`: it can be repeated, so it is taken back when the instance stops answering. */
export function exchange(
  backend: Backend,
  request: Outgoing,
  sink: Sink,
  mayAbandon: boolean,
  onAbort: (abort: () => void) => void,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | null = null;
    let status = 0;
    let started = false;
    let settled = false;
    const settle = (result: Exchange): void => {
      if (settled) return;
      settled = true;
      backend.abandon.delete(abandon);
      resolve(result);
    };
    const abandon = (message: string): void => {
      if (started) return;
      settle({ kind: "abandoned", started, message });
      controller?.abort(new Error(message));
    };
    if (mayAbandon) backend.abandon.add(abandon);
    onAbort(() => {
      settle({ kind: "abandoned", started, message: "the client went away" });
      controller?.abort(new Error("the client went away"));
    });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(given) {
        controller = given;
        if (settled) given.abort(new Error("abandoned"));
      },
      onResponseStart(given, code, headers) {
        status = code;
        if (settled) return;
        if (!sink.start(code, headers)) {
          settle({ kind: "declined", status });
          given.abort(new Error("declined"));
          return;
        }
        started = true;
        backend.abandon.delete(abandon);
      },
      onResponseData(given, chunk) {
        if (settled) return;
        if (!sink.data(chunk, () => given.resume())) given.pause();
      },
      onResponseEnd() {
        if (settled) return;
        sink.end();
        settle({ kind: "done", status });
      },
      onResponseError(_given, error) {
        const code = (error as NodeJS.ErrnoException).code ?? "";
        settle({ kind: NOT_SEEN.has(code) ? "refused" : "broken", started, message: `${code} ${error.message}` });
      },
    };
    const { method, path, headers, body } = request;
    backend.pool.dispatch(
      { method: method as Dispatcher.HttpMethod, path, headers, body: body as Buffer | null },
      handler,
    );
  });
}
