export { backoff } from "./backoff.ts";
export { type Action, decide, type Seen, type Want } from "./decide.ts";
