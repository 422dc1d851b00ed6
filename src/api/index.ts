export type { ApiDeps } from "./routes.ts";
export { serveApi } from "./server.ts";
