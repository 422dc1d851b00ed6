/** The parts of an RTO, in order. Each ends where the next begins; together they are the RTO. */
export const RTO_PHASES = [
  "detect",
  "decide",
  "fence",
  "restore",
  "loadModel",
  "moveTraffic",
  "firstCorrectAnswer",
] as const;

export type RtoPhase = (typeof RTO_PHASES)[number];

export const FAULTS = [
  "kill-instance",
  "hang-instance",
  "kill-site",
  "hang-site",
  "kill-agent",
  "kill-gateway",
  "wrong-answers",
] as const;

export type Fault = (typeof FAULTS)[number];

/** What clients saw of one kind of request. */
export type RequestTally = {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** Broken after their first byte had reached the client: nobody can retry these. */
  readonly cutOff: number;
  readonly medianMs: number;
  readonly p99Ms: number;
};

/** The record of one drill: what was declared, injected and measured. Times in `timeline` and `series` count from the fault. */
export type Evidence = {
  readonly kind: "holdfast.dev/drill/v1";
  readonly id: string;
  readonly application: string;
  readonly release: string;
  readonly strategy: string;
  /** Wall time of the fault, ISO 8601. */
  readonly at: string;
  readonly fault: { readonly kind: Fault; readonly target: string; readonly how: string };
  readonly declared: { readonly rtoMs: number; readonly rpoMs: number };
  readonly measured: {
    /** From the fault to the first correct answer; null: none came within the limit. */
    readonly rtoMs: number | null;
    readonly phases: Readonly<Record<RtoPhase, number>>;
    /** Age of the oldest lost write at the fault; 0 when nothing was lost, null when no writes were made. */
    readonly rpoMs: number | null;
    readonly lostWrites: number;
    readonly acknowledgedWrites: number;
    /** Sent, but neither acknowledged nor refused: they may or may not be there, and count as neither. */
    readonly unknownWrites: number;
    /** Until no gateway sent anything more to the instance; null: the fault was not in one instance. */
    readonly outOfRotationMs: number | null;
    readonly reads: RequestTally;
    readonly writes: RequestTally;
  };
  readonly verdict: "met" | "missed";
  readonly missed: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeline: readonly {
    readonly atMs: number;
    readonly kind: string;
    readonly site: string | null;
    readonly text: string;
  }[];
  /** Requests by tenth of a second. */
  readonly series: readonly {
    readonly atMs: number;
    readonly ok: number;
    readonly failed: number;
    readonly medianMs: number;
  }[];
  /** SHA-256 over the ledger of acknowledged writes (one JSON line each), which lies beside the evidence. */
  readonly ledgerSha256: string;
};
