export { bootstrap, lockSupervisor, MAX_GATEWAYS } from "./bootstrap.ts";
export { readJson, replaceFile, replaceJson } from "./durable.ts";
export { injectFault } from "./faults.ts";
export { Holder } from "./holder.ts";
export {
  API_PEER,
  addresses,
  agentPeer,
  CLI_PEER,
  type Cluster,
  gatewayPeer,
  layout,
  readCluster,
  type SiteFile,
  SUPERVISOR_PEER,
} from "./layout.ts";
export { LocalPlatform } from "./platform.ts";
export { isFree } from "./port-block.ts";
export {
  environmentValue,
  identify,
  isRunning,
  membersOf,
  type ProcessId,
  sendSignal,
  signal,
  withEnvironment,
} from "./processes.ts";
export { ROLE_MARK, STATE_MARK, SUPERVISOR_ROLE } from "./supervisor/children.ts";
export { Supervisor } from "./supervisor/supervisor.ts";
