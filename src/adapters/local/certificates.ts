import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { replaceFile } from "./durable.ts";

const CURVE = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const YEARS = 10;
const YEAR_MS = 365 * 24 * 3_600_000;
const CLIENT_AND_SERVER = ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"];

type Authority = { readonly pem: string; readonly certificate: X509Certificate; readonly key: CryptoKey };
type CryptoKey = webcrypto.CryptoKey;

/** The application's own certificate authority: made once, in a folder that only its owner may read. Valid ten years. */
export async function authority(folder: string): Promise<Authority> {
  cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [certFile, keyFile] = [join(folder, "ca.pem"), join(folder, "ca.key")];
  if (!existsSync(certFile)) {
    const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: "CN=holdfast",
      keys: keys as never,
      signingAlgorithm: CURVE,
      ...validity(),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    });
    replaceFile(keyFile, await exportKey(keys.privateKey));
    replaceFile(certFile, certificate.toString("pem"));
  }
  const pem = readFileSync(certFile, "utf8");
  const der = Buffer.from(readFileSync(keyFile, "utf8").replace(/-----[^-]+-----|\s/g, ""), "base64");
  const key = await webcrypto.subtle.importKey("pkcs8", der, CURVE, false, ["sign"]);
  return { pem, certificate: new X509Certificate(pem), key };
}

/** Writes `cert.pem`, `key.pem` and `ca.pem` for one process, unless they are there. */
export async function issueIdentity(by: Authority, folder: string, name: string): Promise<void> {
  if (existsSync(join(folder, "cert.pem"))) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: by.certificate.subject,
    publicKey: keys.publicKey as never,
    signingKey: by.key as never,
    signingAlgorithm: CURVE,
    ...validity(),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension(CLIENT_AND_SERVER),
      new SubjectAlternativeNameExtension([{ type: "dns", value: name }]),
    ],
  });
  replaceFile(join(folder, "ca.pem"), by.pem);
  replaceFile(join(folder, "key.pem"), await exportKey(keys.privateKey));
  replaceFile(join(folder, "cert.pem"), certificate.toString("pem"));
}

/** Starts a day early: a clock that is somewhat behind must not refuse its own certificates. */
const validity = (): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() - 24 * 3_600_000),
  notAfter: new Date(Date.now() + YEARS * YEAR_MS),
});

async function exportKey(key: CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/(.{64})(?=.)/g, "$1\n")}\n-----END PRIVATE KEY-----\n`;
}
