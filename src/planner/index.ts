export { siteDown, tooFewInstances } from "./causes.ts";
export type { Deployment, Design, ModelPlacement, Protection, Timing } from "./design.ts";
export { figuresFor } from "./figures.ts";
export type { ShadowPrice } from "./front.ts";
export type { History } from "./history.ts";
export { type Neighbour, neighboursOf } from "./neighbours.ts";
export { type Cause, type CostItem, evaluate, type Level, type Option, p95Of, type Span } from "./option.ts";
export { decide, type Judged, type Miss, missesOf, type PlanResult, plan, type Relaxation } from "./plan.ts";
export { search } from "./search.ts";
