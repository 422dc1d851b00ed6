import { DatabaseSync, type StatementSync } from "node:sqlite";
import { fail, ok, type Problem, problem, type Result } from "../../domain/index.ts";
import type { Changes, Entry, PutResult } from "../../ports/index.ts";

/** Of the tables below. A file of a newer version is refused, never touched. */
const SCHEMA_VERSION = 1;
const LIST_LIMIT = 20_000;
const MAX_VALUE_BYTES = 1024 * 1024;
const MAX_KEY_CHARS = 200;

type Row = { readonly key: string; readonly value: string | null; readonly version: number };

/** The register in one SQLite file. Synchronous, for the one process that owns the file. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #byKey: StatementSync;
  readonly #upsert: StatementSync;
  readonly #after: StatementSync;
  #revision: number;

  private constructor(db: DatabaseSync) {
    this.#db = db;
    this.#byKey = db.prepare("SELECT key, value, version FROM register WHERE key = ?");
    this.#upsert = db.prepare(
      "INSERT INTO register (key, value, version) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version",
    );
    this.#after = db.prepare(
      `SELECT key, value, version FROM register WHERE key >= ? AND key < ? AND version > ? ORDER BY version LIMIT ${LIST_LIMIT}`,
    );
    const row = db.prepare("SELECT max(version) AS newest FROM register").get() as { newest: number | null };
    this.#revision = row.newest ?? 0;
  }

  /** Opens or makes the file; says what to do when it is locked, corrupted or of a newer version. */
  static open(file: string): Result<Database> {
    try {
      const db = new DatabaseSync(file, { timeout: 500 });
      const refused = prepare(db, file);
      if (refused) {
        db.close();
        return fail(refused);
      }
      return ok(new Database(db));
    } catch (error) {
      return fail(explain(error, file));
    }
  }

  get revision(): number {
    return this.#revision;
  }

  get(key: string): Entry {
    return toEntry(key, this.#byKey.get(key) as Row | undefined);
  }

  put(key: string, value: unknown, expectedVersion: number): PutResult {
    if (key.length === 0 || key.length > MAX_KEY_CHARS)
      throw new RangeError(`a key has 1 to ${MAX_KEY_CHARS} characters`);
    const text = value === null ? null : JSON.stringify(value);
    if (text !== null && Buffer.byteLength(text) > MAX_VALUE_BYTES)
      throw new RangeError(`a value has at most ${MAX_VALUE_BYTES} bytes`);
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const current = this.get(key);
      if (current.version !== expectedVersion) {
        this.#db.exec("ROLLBACK");
        return { kind: "conflict", current };
      }
      const version = this.#revision + 1;
      this.#upsert.run(key, text, version);
      this.#db.exec("COMMIT");
      this.#revision = version;
      return { kind: "ok", version };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Entries of a prefix with a version above `since`, oldest change first. */
  changes(prefix: string, since: number): Changes {
    const rows = this.#after.all(prefix, `${prefix}\u{10ffff}`, since) as Row[];
    const revision = rows.length < LIST_LIMIT ? this.#revision : rows[rows.length - 1]!.version;
    return { entries: rows.map((row) => toEntry(row.key, row)), revision };
  }

  close(): void {
    this.#db.close();
  }
}

const toEntry = (key: string, row: Row | undefined): Entry =>
  row
    ? { key, value: row.value === null ? null : (JSON.parse(row.value) as unknown), version: row.version }
    : { key, value: null, version: 0 };

/** FULL: a commit has reached the disk before it is answered (sqlite.org/pragma.html#pragma_synchronous). */
function prepare(db: DatabaseSync, file: string): Problem | null {
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > SCHEMA_VERSION) {
    return problem(
      "store-newer",
      `${file} was written by a newer Holdfast (format ${version}; this one knows ${SCHEMA_VERSION})`,
      "use that newer version, or restore the file from a copy of the older one",
    );
  }
  const check = db.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
  if (check.quick_check !== "ok") return corrupted(file, check.quick_check);
  db.exec(`BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS register (key TEXT PRIMARY KEY, value TEXT, version INTEGER NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;`);
  return null;
}

const corrupted = (file: string, detail: string): Problem =>
  problem(
    "store-corrupted",
    `${file} is damaged: ${detail}`,
    "stop with `holdfast down`, move the file away (keep it), and run `holdfast up` again; the application's data and releases are not in it",
  );

/** SQLite's primary result codes: sqlite.org/rescode.html. */
export function explain(error: unknown, file: string): Problem {
  const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  const text = error instanceof Error ? error.message : String(error);
  if (code === 5 || code === 6) {
    return problem(
      "store-locked",
      `${file} is locked by another process`,
      "end the process that has it open (see `lsof` on the file), then try again",
    );
  }
  if (code === 11 || code === 26) return corrupted(file, text);
  if (code === 13 || code === 10) {
    return problem(
      "store-disk",
      `${file} cannot be written: ${text}`,
      "free space on its disk; serving goes on meanwhile, changes do not",
    );
  }
  return problem("store", `${file}: ${text}`, "check that the folder exists and may be written");
}
