export { FilesDriver, type FilesOptions } from "./driver.ts";
export type { FromStandby, Send } from "./wire.ts";
