export { figuresFor } from "./figures.ts";
export type { ShadowPrice } from "./front.ts";
export { type Cause, type CostItem, evaluate, type Option, p95Of, placementFor, type Span } from "./option.ts";
export { everyOption, type Judged, type Miss, missesOf, type PlanResult, plan, type Relaxation } from "./plan.ts";
