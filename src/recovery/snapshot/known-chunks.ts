const NAME_WORDS = 8;

/**
 * Names of the chunks that a store has already, in memory that all workers share: open addressing, half full, 32 bytes
 * a slot. Filled before the workers begin, and only read after that.
 */
export class KnownChunks {
  readonly #words: Uint32Array;
  readonly #mask: number;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Uint32Array(memory);
    this.#mask = this.#words.length / NAME_WORDS - 1;
  }

  /** Memory for up to `count` names. */
  static memoryFor(count: number): SharedArrayBuffer {
    let slots = 2;
    while (slots < 2 * count + 2) slots *= 2;
    return new SharedArrayBuffer(slots * NAME_WORDS * 4);
  }

  add(name: Buffer): void {
    const { slot, found } = this.#find(name);
    if (!found) for (let word = 0; word < NAME_WORDS; word++) this.#words[slot + word] = name.readUInt32LE(4 * word);
  }

  has(name: Buffer): boolean {
    return this.#find(name).found;
  }

  /** A name of zeros means an empty slot; no content has it in practice. */
  #find(name: Buffer): { readonly slot: number; readonly found: boolean } {
    for (let index = name.readUInt32LE(0) & this.#mask; ; index = (index + 1) & this.#mask) {
      const slot = index * NAME_WORDS;
      let empty = true;
      let same = true;
      for (let word = 0; word < NAME_WORDS; word++) {
        const value = this.#words[slot + word]!;
        if (value !== 0) empty = false;
        if (value !== name.readUInt32LE(4 * word)) same = false;
      }
      if (empty || same) return { slot, found: same };
    }
  }
}
