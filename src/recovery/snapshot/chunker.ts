/** No cut before this: half of what is hashed is skipped, and small files stay whole. */
export const MIN_CHUNK = 512 * 1024;
export const MAX_CHUNK = 4 * 1024 * 1024;
/** With a cut every 2^20 bytes after the minimum, chunks have 1.5 MiB on average. */
const MASK = 0xfffff << 12;

/** One random word for each byte value, from a fixed seed (splitmix32): chunks of all times must meet. */
const GEAR = (() => {
  const words = new Int32Array(256);
  let state = 0x9e3779b9;
  for (let index = 0; index < 256; index++) {
    state = (state + 0x9e3779b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    words[index] = word ^ (word >>> 15);
  }
  return words;
})();

/**
 * Where the chunk that begins at `from` ends, at most `end`. Boundaries depend on the content of the 32 bytes before
 * them only, so that an insertion moves one boundary and not all that follow (gear hash with a minimum: Xia et al.,
 * FastCDC, USENIX ATC 2016).
 */
export function cutAfter(bytes: Uint8Array, from: number, end: number): number {
  const last = Math.min(end, from + MAX_CHUNK);
  let hash = 0;
  for (let at = Math.min(last, from + MIN_CHUNK); at < last; at++) {
    hash = ((hash << 1) + GEAR[bytes[at]!]!) | 0;
    if ((hash & MASK) === 0) return at + 1;
  }
  return last;
}
