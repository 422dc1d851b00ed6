/** Retries may add this share to the load, so that the cure never keeps an outage alive. */
const SHARE = 0.2;
/** ... and this many more, for small loads and for the moment in which a whole site is lost. */
const RESERVE = 100;

export type RetryBudget = { readonly tokens: number };

export const fullBudget: RetryBudget = { tokens: RESERVE };

export const earn = (budget: RetryBudget): RetryBudget => ({ tokens: Math.min(RESERVE, budget.tokens + SHARE) });

export const spend = (budget: RetryBudget): RetryBudget | null =>
  budget.tokens >= 1 ? { tokens: budget.tokens - 1 } : null;
