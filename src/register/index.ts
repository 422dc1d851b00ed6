export { EventLog } from "./events.ts";
export { Mirror } from "./mirror.ts";
export { Publisher } from "./publisher.ts";
export { monotonicMs, TIMING } from "./timing.ts";
