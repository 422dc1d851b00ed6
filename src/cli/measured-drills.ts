import type { Evidence } from "../domain/index.ts";
import type { Deployment } from "./deployment.ts";

const NEWEST = 50;

/** The newest drills of this application whose evidence is genuine; what is not counts for nothing. */
export async function measuredDrills(deployment: Deployment, application: string): Promise<readonly Evidence[]> {
  const { existsSync, readdirSync, readFileSync } = await import("node:fs");
  const { join } = await import("node:path");
  const key = join(deployment.keys, "evidence.pub");
  if (!existsSync(key) || !existsSync(deployment.evidence)) return [];
  const { verifyFolder } = await import("../drill/index.ts");
  const pem = readFileSync(key, "utf8");
  return readdirSync(deployment.evidence)
    .sort()
    .slice(-NEWEST)
    .flatMap((folder) => {
      const file = join(deployment.evidence, folder, "evidence.json");
      const found = existsSync(file) ? verifyFolder(file, pem) : null;
      return found?.ok && found.value.application === application ? [found.value] : [];
    });
}
