export type { ApiDeps } from "./operation.ts";
export { serveApi } from "./server.ts";
