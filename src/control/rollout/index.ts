export * from "./advance.ts";
