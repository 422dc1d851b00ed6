export * from "./availability.ts";
export * from "./redundancy.ts";
