import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Who a process is among its peers: a certificate of the application's own authority. `name`: such as `agent.east`. */
export type Identity = { readonly name: string; readonly cert: string; readonly key: string; readonly ca: string };

/** Reads `cert.pem`, `key.pem` and `ca.pem`. */
export const readIdentity = (folder: string, name: string): Identity => ({
  name,
  cert: readFileSync(join(folder, "cert.pem"), "utf8"),
  key: readFileSync(join(folder, "key.pem"), "utf8"),
  ca: readFileSync(join(folder, "ca.pem"), "utf8"),
});
