import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeDurably } from "./durable.ts";

export type SigningKey = { readonly id: string; readonly privateKey: KeyObject; readonly publicPem: string };

/** First 16 hex digits of the SHA-256 of the public key (SPKI, DER). */
export const keyId = (publicKey: KeyObject): string =>
  createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);

/** The ed25519 key pair `name`.key and `name`.pub of `folder`, made when there is none. Pin the public one elsewhere. */
export function signingKey(folder: string, name: string): SigningKey {
  const [secret, open] = [join(folder, `${name}.key`), join(folder, `${name}.pub`)];
  if (!existsSync(secret)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync("ed25519");
    const temporary = `${secret}.${process.pid}.tmp`;
    writeDurably(temporary, privateKey.export({ type: "pkcs8", format: "pem" }) as string, 0o600);
    try {
      // Fails when another process was first; then its key is the key.
      linkSync(temporary, secret);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    rmSync(temporary, { force: true });
  }
  const privateKey = createPrivateKey(readFileSync(secret));
  const publicKey = createPublicKey(privateKey);
  const publicPem = publicKey.export({ type: "spki", format: "pem" }) as string;
  if (!existsSync(open)) writeDurably(open, publicPem, 0o644);
  return { id: keyId(publicKey), privateKey, publicPem };
}
