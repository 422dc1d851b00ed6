/** What each gateway counts since it started, with what it means to an operator. */
export const GATEWAY_COUNTERS = {
  reads: "Requests that read.",
  writes: "Requests that write.",
  failed: "Requests that ended without an answer of the application.",
  retries: "Reads that were sent again.",
  retry_budget_empty: "Reads that were not sent again because retries would have been too large a share.",
  cut_off: "Answers that broke after their first byte had reached the client; nobody can retry these.",
  writes_acknowledged: "Writes whose answer was passed on, safe.",
  writes_rejected: "Writes that the application refused.",
  writes_refused: "Writes for which no site might write within the waiting time; nothing was done.",
  writes_unknown: "Writes whose outcome nobody knows.",
  write_retries: "Idempotent writes that were sent again.",
  barriers: "Waits until a standby had confirmed the data behind a write.",
  barrier_seconds: "Time spent in these waits.",
} as const;

export type GatewayCounter = keyof typeof GATEWAY_COUNTERS;
