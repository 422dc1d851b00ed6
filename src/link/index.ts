export {
  type Download,
  type LinkAnswer,
  type LinkCall,
  type LinkClient,
  type LinkFailure,
  linkClient,
} from "./client.ts";
export { decodeFrame, encodeFrame } from "./frame.ts";
export { type Identity, readIdentity } from "./identity.ts";
export { type LinkHandler, type LinkRequest, type LinkResponse, type LinkServer, serveLink } from "./server.ts";
