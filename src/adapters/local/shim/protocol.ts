import type { ProcessId } from "../processes.ts";

/** Written by the agent before the shim is spawned, read by the shim, and read again by an agent that re-adopts. */
export type ShimFile = {
  readonly incarnation: string;
  readonly slot: number;
  readonly zone: string;
  readonly release: string;
  /** Working folder of the application. */
  readonly folder: string;
  readonly command: readonly string[];
  /** The whole environment of the application. */
  readonly env: Readonly<Record<string, string>>;
  readonly host: string;
  readonly port: number;
  readonly cpuMillis: number | null;
  readonly memoryBytes: number | null;
  readonly log: string;
  readonly socket: string;
  /** Deadline of the first lease, monotonic ms; null: the instance does not write. */
  readonly deadlineMs: number | null;
  readonly epoch: number | null;
};

/** One JSON object a line, agent to shim. Deadlines are on the machine's monotonic clock. */
export type ToShim =
  | { readonly kind: "bind"; readonly epoch: number; readonly deadlineMs: number }
  | { readonly kind: "stop"; readonly graceMs: number }
  | { readonly kind: "ping" };

/** Shim to agent. */
export type FromShim =
  | {
      readonly kind: "running";
      readonly app: ProcessId;
      readonly shim: number;
      readonly limits: string;
      readonly epoch: number | null;
    }
  /** The process is gone, and why is not known yet: `exited` follows. */
  | { readonly kind: "ending" }
  | { readonly kind: "exited"; readonly reason: string };
