export * from "./artifact-store.ts";
export * from "./data-driver.ts";
export * from "./platform.ts";
export * from "./store.ts";
