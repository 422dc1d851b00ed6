export * from "./state.ts";
export { initialState, mayWrite, SHIM_KILL_MARGIN_MS, step, writerOf } from "./step.ts";
