export { type HoldfastClient, holdfastClient, type NumberedEvent, type Wanted } from "./client.ts";
