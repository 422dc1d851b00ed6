import type { Calculator } from "./calculator.ts";
import { OPERATION } from "./operation.ts";
import { PARTS } from "./parts.ts";

export const CALCULATORS: readonly Calculator[] = [...PARTS, ...OPERATION];
