export { writeDurably } from "./durable.ts";
export { seal, unseal } from "./envelope.ts";
export { keyId, type SigningKey, signingKey } from "./key.ts";
