import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 20;

/** Held until released, or until its process ends in whatever way. */
export type Lock = { release(): void };

/** Many may hold a shared lock at a time, one an exclusive one, and never both (sqlite.org/lockingv3.html). */
export type LockKind = "shared" | "exclusive";

/** null: not within `boundMs`. */
export async function lock(file: string, kind: LockKind, boundMs: number): Promise<Lock | null> {
  const end = performance.now() + boundMs;
  for (;;) {
    const held = tryLock(file, kind);
    if (held || performance.now() > end) return held;
    await wait(POLL_MS);
  }
}

function tryLock(file: string, kind: LockKind): Lock | null {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    // A file without a table has nothing to read, and nothing to lock by reading.
    db.exec("CREATE TABLE IF NOT EXISTS held (x)");
    db.exec(kind === "shared" ? "BEGIN; SELECT * FROM held" : "BEGIN EXCLUSIVE");
    return { release: () => db.close() };
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode === BUSY) return null;
    throw error;
  }
}

const BUSY = 5;
