export { ASSUMPTIONS, type Assumption, type Assumptions } from "./assumptions.ts";
export { type CostItem, evaluate, type Option, placementFor, type Span } from "./option.ts";
export { type Judged, type Miss, missesOf, type PlanResult, plan, type Relaxation } from "./plan.ts";
