export * from "./application.ts";
export * from "./drill.ts";
export * from "./fence.ts";
export * from "./quantity.ts";
export * from "./release.ts";
export * from "./result.ts";
export * from "./strategy.ts";
export * from "./cluster.ts";
