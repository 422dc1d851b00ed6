const SQLITE = Buffer.from("SQLite format 3\0");
const NAMES: Readonly<Record<string, string>> = {
  PG_VERSION: "postgres",
  "data.mdb": "restic (LMDB, with the application stopped)",
  ibdata1: "restic (MySQL, with the application stopped)",
};

/** The driver to use instead, when a file belongs to a live database; copying one file by file gives a broken copy. */
export function databaseDriverFor(path: string, content: Buffer): string | null {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (content.subarray(0, SQLITE.length).equals(SQLITE)) return "sqlite";
  return NAMES[name] ?? null;
}
