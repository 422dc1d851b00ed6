export { STORE_PEER, storeClient } from "./client.ts";
export { Database } from "./database.ts";
export { StoreServer } from "./server.ts";
