export { Agent, type AgentDeps } from "./agent.ts";
export { agentHandler } from "./agent-server.ts";
export type { DriverOptions, MakeDriver, ReplicatedDriver } from "./data-sets.ts";
export { EventLog } from "./events.ts";
export { Mirror } from "./mirror.ts";
export { Publisher } from "./publisher.ts";
export { monotonicMs, TIMING } from "./timing.ts";
