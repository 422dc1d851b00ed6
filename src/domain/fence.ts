import type { Epoch } from "./quantity.ts";

/**
 * Proof that the old writer cannot write. `confirmed-dead`: every process was seen gone. `lease-expired`: the full
 * lease ran out under an independent shim. Nothing else is a receipt; "unknown" is not fenced.
 */
export type FenceReceipt =
  | { readonly kind: "confirmed-dead"; readonly site: string; readonly epoch: Epoch; readonly by: string }
  | { readonly kind: "lease-expired"; readonly site: string; readonly epoch: Epoch; readonly waitedMs: number };
