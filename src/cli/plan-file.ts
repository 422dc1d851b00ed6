import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, problem, type Result } from "../domain/index.ts";
import type { Wanted } from "../sdk/index.ts";

/** What `plan --out` writes and `apply FILE` applies: exactly what was shown. */
export type PlanFile = {
  readonly kind: "holdfast.dev/plan/v1";
  /** SHA-256 over the rest; an edited plan is refused. */
  readonly digest: string;
  readonly wanted: Wanted;
  /** Version of what ran when the plan was made; 0: nothing did. */
  readonly baseVersion: number;
};

const digestOf = (plan: Omit<PlanFile, "digest" | "kind">): string =>
  createHash("sha256")
    .update(JSON.stringify([plan.wanted, plan.baseVersion]))
    .digest("hex");

export const makePlanFile = (wanted: Wanted, baseVersion: number): PlanFile => ({
  kind: "holdfast.dev/plan/v1",
  digest: digestOf({ wanted, baseVersion }),
  wanted,
  baseVersion,
});

export function readPlanFile(path: string, artifacts: string): Result<PlanFile> {
  if (!existsSync(path))
    return fail(problem("no-plan", `there is no plan file ${path}`, "make one with `holdfast plan --out FILE`"));
  const again = "make a new one with `holdfast plan --out FILE`";
  let plan: PlanFile;
  try {
    plan = JSON.parse(readFileSync(path, "utf8")) as PlanFile;
  } catch {
    return fail(problem("plan-unreadable", `${path} is not a plan file`, again));
  }
  if (plan.kind !== "holdfast.dev/plan/v1")
    return fail(problem("plan-unreadable", `${path} is not a plan of this version`, again));
  if (plan.digest !== digestOf(plan))
    return fail(
      problem(
        "plan-edited",
        `${path} was changed after it was made`,
        `${again}; what is to change belongs into the application file`,
      ),
    );
  const blob = join(artifacts, "blobs", "sha256", plan.wanted.release.replace("sha256:", ""));
  if (!existsSync(blob)) return fail(problem("plan-release", `the release of ${path} is not in ${artifacts}`, again));
  return ok(plan);
}
