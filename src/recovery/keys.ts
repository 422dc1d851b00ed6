import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fail, ok, problem, type Result } from "../domain/index.ts";
import { writeDurably } from "../signing/index.ts";
import type { DataKey } from "./snapshot/cipher.ts";

/** A key that a person keeps: it opens data keys, and encrypts nothing else. `id` tells which one; it is no secret. */
export type BackupKey = { readonly id: string; readonly secret: Buffer };

/** A data key, sealed for every backup key of its time. Part of each snapshot's configuration. */
export type WrappedKey = {
  readonly id: string;
  readonly for: readonly { readonly key: string; readonly sealed: string }[];
};

const PREFIX = "holdfast-backup-key-v1:";
const BYTES = 32;

const idOf = (secret: Buffer): string => createHash("sha256").update(PREFIX).update(secret).digest("hex").slice(0, 16);

/** Makes a new key file, readable by its owner only. Whoever loses it loses what it encrypts. */
export function makeBackupKey(file: string): Result<BackupKey> {
  if (existsSync(file))
    return fail(problem("exists", `${file} is there already, and what it encrypts needs it`, "name another file"));
  const secret = randomBytes(BYTES);
  writeDurably(file, `${PREFIX}${secret.toString("base64")}\n`, 0o600);
  return ok({ id: idOf(secret), secret });
}

export function readBackupKey(file: string): Result<BackupKey> {
  const next = "get the key from where a copy of it is kept; without it what it encrypts cannot be read";
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    return fail(problem("no-key", `the backup key ${file} cannot be read: ${(error as Error).message}`, next));
  }
  const secret = Buffer.from(text.slice(PREFIX.length), "base64");
  if (!text.startsWith(PREFIX) || secret.length !== BYTES)
    return fail(
      problem("no-key", `${file} is not a backup key: it does not begin with ${PREFIX} and hold 32 bytes`, next),
    );
  return ok({ id: idOf(secret), secret });
}

export const newDataKey = (): DataKey => ({ id: randomBytes(8).toString("hex"), secret: randomBytes(BYTES) });

export const wrap = (key: DataKey, keepers: readonly BackupKey[]): WrappedKey => ({
  id: key.id,
  for: keepers.map((keeper) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", keeper.secret, nonce).setAAD(Buffer.from(key.id));
    const sealed = Buffer.concat([nonce, cipher.update(key.secret), cipher.final(), cipher.getAuthTag()]);
    return { key: keeper.id, sealed: sealed.toString("base64") };
  }),
});

export function unwrap(wrapped: WrappedKey, keepers: readonly BackupKey[]): Result<DataKey> {
  for (const { key, sealed } of wrapped.for) {
    const keeper = keepers.find((each) => each.id === key);
    if (!keeper) continue;
    const bytes = Buffer.from(sealed, "base64");
    try {
      const decipher = createDecipheriv("aes-256-gcm", keeper.secret, bytes.subarray(0, 12));
      decipher.setAAD(Buffer.from(wrapped.id)).setAuthTag(bytes.subarray(bytes.length - 16));
      const secret = Buffer.concat([decipher.update(bytes.subarray(12, bytes.length - 16)), decipher.final()]);
      return ok({ id: wrapped.id, secret });
    } catch {
      return fail(problem("damaged", `the data key ${wrapped.id} was changed`, "restore from another copy"));
    }
  }
  const needed = wrapped.for.map((each) => each.key).join(" or ");
  return fail(
    problem(
      "no-key",
      `it is encrypted, and opens with backup key ${needed}; ${keepers.length === 0 ? "none was given" : `given: ${keepers.map((each) => each.id).join(", ")}`}`,
      "give the key file with --key, or name it under `backup.keys`",
    ),
  );
}
