import type { Application, Problem, Result } from "../domain/index.ts";
import type { DrillGround } from "../drill/index.ts";
import type { HoldfastClient } from "../sdk/index.ts";

/** One application on this machine, as the command line handles it. Built by the composition root. */
export type Deployment = {
  /** `.holdfast/` beside the application file. */
  readonly state: string;
  readonly artifacts: string;
  readonly evidence: string;
  readonly keys: string;
  isRunning(): Promise<boolean>;
  /** Starts what is not running, outside the sites first; ends when the API answers. Running twice is no error. */
  start(application: Application): Promise<Result<void>>;
  client(): Result<HoldfastClient>;
  /** Stops everything; `left` names processes that are still seen. */
  down(): Promise<Result<{ readonly clean: boolean; readonly left: readonly number[] }>>;
  ground(client: HoldfastClient): DrillGround;
  /** Removes `.holdfast/`, when nothing runs. */
  forget(): Result<void>;
  /** What this machine has and lacks for running sites. */
  examine(): Promise<
    readonly { readonly what: string; readonly ok: boolean; readonly detail: string; readonly next: string | null }[]
  >;
};

export type MakeDeployment = (folder: string) => Deployment;

export const notRunning = (): Problem => ({
  kind: "not-running",
  message: "nothing runs here",
  next: "start it with `holdfast up`",
});
