import { GATEWAY_COUNTERS, type GatewayCounter } from "../domain/index.ts";

const BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000];

/** Counters of one gateway since it started. */
export class Metrics {
  readonly #counters = Object.fromEntries(Object.keys(GATEWAY_COUNTERS).map((name) => [name, 0])) as Record<
    GatewayCounter,
    number
  >;
  readonly #buckets = BOUNDS_MS.map(() => 0);
  #sumMs = 0;
  #count = 0;

  count(name: GatewayCounter, by = 1): void {
    this.#counters[name] += by;
  }

  took(ms: number): void {
    this.#sumMs += ms;
    this.#count += 1;
    const bucket = BOUNDS_MS.findIndex((bound) => ms <= bound);
    if (bucket >= 0) this.#buckets[bucket]! += 1;
  }

  /** `durations`: requests per bucket, the upper bounds in ms beside them. */
  read(): {
    readonly counters: Readonly<Record<GatewayCounter, number>>;
    readonly durations: { boundsMs: number[]; counts: number[]; sumMs: number; count: number };
  } {
    return {
      counters: { ...this.#counters },
      durations: { boundsMs: BOUNDS_MS, counts: this.#buckets, sumMs: this.#sumMs, count: this.#count },
    };
  }
}
