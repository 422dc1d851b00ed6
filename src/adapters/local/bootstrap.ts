import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fail, ok, problem, type Result } from "../../domain/index.ts";
import { replaceFile, replaceJson } from "./durable.ts";
import { API_PEER, CLI_PEER, type Cluster, gatewayPeer, layout, readCluster, SUPERVISOR_PEER } from "./layout.ts";
import { reserveBlock } from "./port-block.ts";

export const MAX_GATEWAYS = 8;
const BOOTSTRAP_WAIT_MS = 20_000;

/** Makes `.holdfast/` ready: identity of the application, ports, certificates, token. Nothing is made twice. */
export async function bootstrap(state: string): Promise<Result<Cluster>> {
  const places = layout(state);
  for (const folder of [
    state,
    places.logs,
    dirname(places.store),
    places.artifacts,
    places.evidence,
    places.evidenceKeys,
  ]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const lock = await lockFor(join(state, "bootstrap.lock"), BOOTSTRAP_WAIT_MS);
  if (!lock)
    return fail(
      problem("busy", "another `holdfast up` is preparing the same folder", "wait until it is done, then try again"),
    );
  try {
    return await prepare(state, places);
  } finally {
    lock.release();
  }
}

async function prepare(state: string, places: ReturnType<typeof layout>): Promise<Result<Cluster>> {
  const existing = readCluster(state);
  const cluster = existing ?? (await newCluster());
  if (!cluster)
    return fail(problem("ports", "no block of 100 free ports between 20000 and 32000", "end what listens there"));
  const wanted: [string, string][] = [
    ["supervisor", SUPERVISOR_PEER],
    ["store", "store.holdfast"],
    ["api", API_PEER],
    ["cli", CLI_PEER],
    ...Array.from({ length: MAX_GATEWAYS }, (_, number): [string, string] => [
      `gateway-${number}`,
      gatewayPeer(`gateway-${number}`),
    ]),
  ];
  if (wanted.some(([name]) => !existsSync(`${places.identity(name)}/cert.pem`))) {
    const { authority, issueIdentity } = await import("./certificates.ts");
    const ca = await authority(places.authority);
    for (const [name, peer] of wanted) await issueIdentity(ca, places.identity(name), peer);
  }
  if (!existsSync(places.token)) replaceFile(places.token, randomBytes(32).toString("hex"));
  if (!existing) replaceJson(places.cluster, cluster);
  return ok(cluster);
}

async function newCluster(): Promise<Cluster | null> {
  const block = await reserveBlock(null, Math.random);
  if (!block) return null;
  await new Promise((resolve) => block.sentinel.close(resolve));
  return { id: randomBytes(8).toString("hex"), base: block.base, provisioned: [] };
}

export type Lock = { release(): void };

/** Held by the supervisor while it lives. */
export const lockSupervisor = (state: string): Lock | null => tryLock(layout(state).lock);

/** An SQLite lock: the system releases it however its holder ends. */
function tryLock(file: string): Lock | null {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    db.exec(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (x); COMMIT;",
    );
    return { release: () => db.close() };
  } catch {
    db.close();
    return null;
  }
}

async function lockFor(file: string, waitMs: number): Promise<Lock | null> {
  const end = performance.now() + waitMs;
  for (;;) {
    const lock = tryLock(file);
    if (lock || performance.now() > end) return lock;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
