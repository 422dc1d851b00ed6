export { Agent, type AgentDeps } from "./agent.ts";
export { agentHandler } from "./agent-server.ts";
export type { DriverOptions, MakeDriver, ReplicatedDriver } from "./data-sets.ts";
