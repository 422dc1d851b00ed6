import { createPublicKey, sign as signBytes, verify as verifyBytes } from "node:crypto";
import { fail, ok, type Problem, problem, type Result } from "../domain/index.ts";
import { keyId, type SigningKey } from "./key.ts";

/** github.com/secure-systems-lab/dsse/blob/master/envelope.md */
type Envelope = {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
};

/** What is signed: type and payload with their lengths (DSSE v1, pre-authentication encoding). */
const encoded = (type: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);

/** The one spelling of an envelope; a file that differs from it in any byte is refused. */
const spell = (envelope: Envelope): string =>
  `${JSON.stringify({ payloadType: envelope.payloadType, payload: envelope.payload, signatures: envelope.signatures.map(({ keyid, sig }) => ({ keyid, sig })) })}\n`;

/** `value` as JSON in a signed envelope; the text of its file. */
export function seal(payloadType: string, value: unknown, key: SigningKey): string {
  const payload = Buffer.from(JSON.stringify(value));
  const sig = signBytes(null, encoded(payloadType, payload), key.privateKey).toString("base64");
  return spell({ payloadType, payload: payload.toString("base64"), signatures: [{ keyid: key.id, sig }] });
}

const refused = (kind: string, message: string, next: string): Result<never, Problem> =>
  fail(problem(kind, message, next));

/** Checks an envelope against pinned public keys; no key inside it is ever believed. Returns what was signed. */
export function unseal<T>(text: string, payloadType: string, publicPems: readonly string[]): Result<T> {
  const copy = "get the original file again; this one proves nothing";
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
    if (spell(envelope) !== text) return refused("changed", "the file is not as it was written", copy);
  } catch {
    return refused("unreadable", "the file is not a signed envelope", copy);
  }
  const signature = envelope.signatures[0];
  if (envelope.payloadType !== payloadType || !signature)
    return refused("unreadable", `the file is not a signed ${payloadType}`, copy);
  const payload = Buffer.from(envelope.payload, "base64");
  const sig = Buffer.from(signature.sig, "base64");
  // Base64 has spellings that decode to the same bytes; only the canonical one was written.
  if (payload.toString("base64") !== envelope.payload || sig.toString("base64") !== signature.sig)
    return refused("changed", "the file is not as it was written", copy);
  const keys = publicPems.map((pem) => createPublicKey(pem));
  const key = keys.find((each) => keyId(each) === signature.keyid);
  if (!key) {
    return refused(
      "other-key",
      `it is signed by key ${signature.keyid}, and the pinned key is ${keys.map(keyId).join(", ")}`,
      "pin the right key, or do not believe the file",
    );
  }
  if (!verifyBytes(null, encoded(payloadType, payload), key, sig))
    return refused("changed", "the signature does not fit: something was changed after signing", copy);
  return ok(JSON.parse(payload.toString("utf8")) as T);
}
