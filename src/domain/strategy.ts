/** The five strategies, from the cheapest to the fastest. */
export const STRATEGIES = [
  "backup-and-restore",
  "pilot-light",
  "warm-standby",
  "hot-standby",
  "active-active",
] as const;

export type Strategy = (typeof STRATEGIES)[number];
