import { createCipheriv, createDecipheriv, createHash, createHmac, hash, hkdfSync, randomBytes } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** Encrypts the packs of a store for a while. `id` says which one; it is no secret. */
export type DataKey = { readonly id: string; readonly secret: Buffer };

const NONCE = 12;
const TAG = 16;
export const OVERHEAD = NONCE + TAG;

/** Only content whose first part shrinks by a tenth is compressed: weights and pictures mostly do not. */
const SAMPLE = 16 * 1024;
const WORTH = 0.9;
const SMALLEST = 64;
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export const sha256 = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

/** Names, hashes and encrypts chunks under one data key; null: in the clear. */
export class Cipher {
  readonly #encryption: Buffer | null;
  readonly #naming: Buffer | null;

  constructor(key: DataKey | null) {
    this.#encryption = key && derive(key.secret, "encrypt");
    this.#naming = key && derive(key.secret, "name");
  }

  /** Equal content has equal names under one key; without the key a name tells nothing about the content. */
  name(chunk: Uint8Array): Buffer {
    return this.#naming === null
      ? createHash("sha256").update(chunk).digest()
      : createHmac("sha256", this.#naming).update(chunk).digest();
  }

  /** What is stored for a chunk: compressed where that pays, then sealed. */
  pack(chunk: Uint8Array): { readonly parts: readonly Uint8Array[]; readonly size: number; readonly packed: boolean } {
    const squeezed = squeeze(chunk);
    const packed = squeezed !== null;
    const plain = squeezed ?? chunk;
    return { ...this.seal(plain), packed };
  }

  /** AES-256-GCM: nonce, ciphertext, tag. */
  seal(plain: Uint8Array): { readonly parts: readonly Uint8Array[]; readonly size: number } {
    if (this.#encryption === null) return { parts: [plain], size: plain.length };
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv("aes-256-gcm", this.#encryption, nonce);
    const body = cipher.update(plain);
    cipher.final();
    return { parts: [nonce, body, cipher.getAuthTag()], size: plain.length + OVERHEAD };
  }

  /** The chunk again; null: it was changed, or belongs to another key. The caller compares its name. */
  unpack(stored: Buffer, packed: boolean, maxBytes: number): Buffer | null {
    try {
      const plain = this.#encryption === null ? stored : this.#open(this.#encryption, stored);
      return packed ? zstdDecompressSync(plain, { maxOutputLength: maxBytes }) : plain;
    } catch {
      return null;
    }
  }

  #open(key: Buffer, stored: Buffer): Buffer {
    const decipher = createDecipheriv("aes-256-gcm", key, stored.subarray(0, NONCE));
    decipher.setAuthTag(stored.subarray(stored.length - TAG));
    const plain = decipher.update(stored.subarray(NONCE, stored.length - TAG));
    decipher.final();
    return plain;
  }
}

/** The chunk compressed; null: not worth it. */
function squeeze(chunk: Uint8Array): Buffer | null {
  if (chunk.length < SMALLEST) return null;
  const sample = zstdCompressSync(chunk.subarray(0, SAMPLE), LEVEL);
  if (sample.length > WORTH * Math.min(SAMPLE, chunk.length)) return null;
  return chunk.length <= SAMPLE ? sample : zstdCompressSync(chunk, LEVEL);
}

const derive = (secret: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), `holdfast.dev/${purpose}/v1`, 32));
