export * from "./advance.ts";
export * from "./change.ts";
