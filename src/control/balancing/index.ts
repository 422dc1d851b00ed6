export * from "./classify.ts";
export * from "./endpoint.ts";
export * from "./golden.ts";
export * from "./retry-budget.ts";
