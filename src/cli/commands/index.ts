import { apply, deploy, plan, up } from "./apply.ts";
import { assess } from "./assess.ts";
import { calc } from "./calc.ts";
import type { CommandSpec } from "./command.ts";
import { demo } from "./demo.ts";
import { drill, evidence } from "./drill.ts";
import { explain, init, schema } from "./file.ts";
import { failback, failover } from "./move.ts";
import { doctor, down, logs, rollback, scale } from "./run.ts";
import { events, status } from "./status.ts";

/** In the order of their use. */
export const COMMANDS: readonly CommandSpec[] = [
  init,
  assess,
  plan,
  up,
  apply,
  status,
  logs,
  events,
  deploy,
  rollback,
  scale,
  failover,
  failback,
  drill,
  evidence,
  down,
  explain,
  schema,
  calc,
  doctor,
  demo,
];
