import { createPublicKey, sign as signBytes, verify as verifyBytes } from "node:crypto";
import { type Evidence, fail, ok, type Problem, problem, type Result } from "../../domain/index.ts";
import { type EvidenceKey, keyId } from "./key.ts";

/** github.com/secure-systems-lab/dsse/blob/master/envelope.md */
const PAYLOAD_TYPE = "application/vnd.in-toto+json";
/** github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const STATEMENT = "https://in-toto.io/Statement/v1";
const PREDICATE = "https://holdfast.dev/drill/v1";
export const LEDGER = "ledger.jsonl";

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

/** The signed envelope, as the text of its file. */
export function sign(evidence: Evidence, key: EvidenceKey): string {
  const statement = {
    _type: STATEMENT,
    subject: [{ name: LEDGER, digest: { sha256: evidence.ledgerSha256 } }],
    predicateType: PREDICATE,
    predicate: evidence,
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = signBytes(null, encoded(PAYLOAD_TYPE, payload), key.privateKey).toString("base64");
  return spell({
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString("base64"),
    signatures: [{ keyid: key.id, sig }],
  });
}

const refused = (kind: string, message: string, next: string): Result<never, Problem> =>
  fail(problem(kind, message, next));

/** Checks an envelope against a pinned public key; no key inside it is ever believed. */
export function verify(text: string, publicPem: string): Result<Evidence> {
  const copy = "get the original file again; this one proves nothing";
  const key = createPublicKey(publicPem);
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
    if (spell(envelope) !== text) return refused("changed", "the file is not as it was written", copy);
  } catch {
    return refused("unreadable", "the file is not an evidence envelope", copy);
  }
  const signature = envelope.signatures[0];
  if (envelope.payloadType !== PAYLOAD_TYPE || !signature)
    return refused("unreadable", "the file is not a signed in-toto statement", copy);
  const payload = Buffer.from(envelope.payload, "base64");
  const sig = Buffer.from(signature.sig, "base64");
  // Base64 has spellings that decode to the same bytes; only the canonical one was written.
  if (payload.toString("base64") !== envelope.payload || sig.toString("base64") !== signature.sig)
    return refused("changed", "the file is not as it was written", copy);
  if (signature.keyid !== keyId(key)) {
    return refused(
      "other-key",
      `it is signed by key ${signature.keyid}, and the pinned key is ${keyId(key)}`,
      "pin the right key, or do not believe the file",
    );
  }
  if (!verifyBytes(null, encoded(PAYLOAD_TYPE, payload), key, sig))
    return refused("changed", "the signature does not fit: something was changed after signing", copy);
  const statement = JSON.parse(payload.toString("utf8")) as {
    _type: string;
    predicateType: string;
    predicate: Evidence;
  };
  if (statement._type !== STATEMENT || statement.predicateType !== PREDICATE)
    return refused("other-type", "it is signed, but it is not the evidence of a drill", copy);
  return ok(statement.predicate);
}
