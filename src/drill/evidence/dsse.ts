import { type Evidence, fail, ok, problem, type Result } from "../../domain/index.ts";
import { type SigningKey, seal, signingKey, unseal } from "../../signing/index.ts";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
/** github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const STATEMENT = "https://in-toto.io/Statement/v1";
const PREDICATE = "https://holdfast.dev/drill/v1";
export const LEDGER = "ledger.jsonl";

/** The key that signs the evidence of an application: `evidence.key` and `evidence.pub` in `folder`. */
export const evidenceKey = (folder: string): SigningKey => signingKey(folder, "evidence");

/** The signed envelope, as the text of its file. */
export function sign(evidence: Evidence, key: SigningKey): string {
  const statement = {
    _type: STATEMENT,
    subject: [{ name: LEDGER, digest: { sha256: evidence.ledgerSha256 } }],
    predicateType: PREDICATE,
    predicate: evidence,
  };
  return seal(PAYLOAD_TYPE, statement, key);
}

/** Checks an envelope against a pinned public key; no key inside it is ever believed. */
export function verify(text: string, publicPem: string): Result<Evidence> {
  const opened = unseal<{ _type: string; predicateType: string; predicate: Evidence }>(text, PAYLOAD_TYPE, [publicPem]);
  if (!opened.ok) return opened;
  const { _type, predicateType, predicate } = opened.value;
  if (_type !== STATEMENT || predicateType !== PREDICATE)
    return fail(
      problem(
        "other-type",
        "it is signed, but it is not the evidence of a drill",
        "get the original file again; this one proves nothing",
      ),
    );
  return ok(predicate);
}
