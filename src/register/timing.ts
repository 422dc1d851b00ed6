/** Times of the protocol, in ms. Leases come from the application file; what is here is the same everywhere. */
export const TIMING = {
  /** A sign of life of each agent. */
  heartbeat: 250,
  /** The right to lead. */
  leaderLease: 2_000,
  leaderRenew: 500,
  /** The right of a gateway to pass on writes. */
  gatewayLease: 2_000,
  gatewayRenew: 500,
  /** A writer renews this often; loop + 2 × retry ≤ lease (safety rule 5). */
  writerRenew: 500,
  /** A writer that could not renew stops its instances this long before the deadline. */
  writerStopsBefore: 400,
  /** Scheduling and clock granularity between two processes. */
  margin: 200,
  /** A copy that was whole within this time is being followed. */
  following: 2_000,
  /** Looking again although nothing was heard. */
  tick: 100,
} as const;

/** The machine's monotonic clock in ms: the same for every process on it, and it never jumps. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;
