import type { Epoch, FenceReceipt, Result } from "../domain/index.ts";

/** What an instance is started with. */
export type InstanceSpec = {
  readonly incarnation: string;
  readonly slot: number;
  readonly zone: string;
  readonly release: string;
  /** Folder of the materialised release. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cpuMillis: number | null;
  readonly memoryBytes: number | null;
};

/** A process that runs, as the platform sees it. */
export type RunningInstance = {
  readonly spec: InstanceSpec;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** What the system really enforces, for people. */
  readonly limits: string;
  /** The platform heard from the instance's shim just now. */
  readonly attended: boolean;
};

export type Exit = {
  readonly incarnation: string;
  readonly slot: number;
  readonly reason: string;
  readonly at: number;
};

/** The right to write, as carried to the place that enforces it: monotonic clock of the machine, in ms. */
export type WriteLease = { readonly epoch: Epoch; readonly deadlineMs: number };

/**
 * Runs the instances of one site. Level-triggered: the caller looks, decides, asks for one start or stop, and looks again.
 */
export interface Platform {
  /** Instances that exist, also those started before this process. */
  observe(): Promise<readonly RunningInstance[]>;
  /** Exits since the last call. */
  exits(): readonly Exit[];
  start(spec: InstanceSpec, lease: WriteLease | null): Promise<Result<RunningInstance>>;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it was seen gone. */
  stop(incarnation: string, graceMs: number): Promise<void>;
  /** Binds the instance to the lease: when the deadline passes without a newer one, it is killed, also if we are not there. */
  bind(incarnation: string, lease: WriteLease): Promise<boolean>;
  logs(incarnation: string | null, lines: number): Promise<readonly string[]>;
}

/** Stands outside the site: takes its power away. `null`: not seen gone within the bound, so not fenced. */
export interface PowerSwitch {
  fence(site: string, epoch: Epoch): Promise<FenceReceipt | null>;
}
