/** Ends of life of common images, from the projects' own calendars as of 2026-11: name, beginning of the tag, last day. */
const ENDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  node: {
    "10": "2021-04-30",
    "12": "2022-04-30",
    "14": "2023-04-30",
    "16": "2023-09-11",
    "18": "2025-04-30",
    "19": "2023-06-01",
    "20": "2026-04-30",
    "21": "2024-06-01",
    "23": "2025-06-01",
  },
  python: {
    "2.7": "2020-01-01",
    "3.6": "2021-12-23",
    "3.7": "2023-06-27",
    "3.8": "2024-10-07",
    "3.9": "2025-10-31",
  },
  debian: {
    "8": "2020-06-30",
    jessie: "2020-06-30",
    "9": "2022-06-30",
    stretch: "2022-06-30",
    "10": "2024-06-30",
    buster: "2024-06-30",
    "11": "2026-08-31",
    bullseye: "2026-08-31",
  },
  ubuntu: {
    "14.04": "2019-04-25",
    trusty: "2019-04-25",
    "16.04": "2021-04-30",
    xenial: "2021-04-30",
    "18.04": "2023-05-31",
    bionic: "2023-05-31",
    "20.04": "2025-05-31",
    focal: "2025-05-31",
  },
  alpine: {
    "3.15": "2023-11-01",
    "3.16": "2024-05-23",
    "3.17": "2024-11-22",
    "3.18": "2025-05-09",
    "3.19": "2025-11-01",
    "3.20": "2026-04-01",
    "3.21": "2026-11-01",
  },
  centos: { "6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31" },
  postgres: {
    "9": "2021-11-11",
    "10": "2022-11-10",
    "11": "2023-11-09",
    "12": "2024-11-21",
    "13": "2025-11-13",
  },
  mysql: { "5.6": "2021-02-05", "5.7": "2023-10-31", "8.0": "2026-04-30" },
  mariadb: { "10.3": "2023-05-25", "10.4": "2024-06-18", "10.5": "2025-06-24", "10.6": "2026-07-06" },
  mongo: { "4.2": "2023-04-30", "4.4": "2024-02-29", "5.0": "2024-10-31", "6.0": "2025-07-31" },
  redis: { "5": "2022-04-27", "6.0": "2022-04-27", "7.0": "2024-07-29" },
  php: { "7.4": "2022-11-28", "8.0": "2023-11-26", "8.1": "2025-12-31" },
  ruby: { "2.7": "2023-03-31", "3.0": "2024-04-23", "3.1": "2025-03-26" },
};

export type Image = { readonly name: string; readonly tag: string | null; readonly digest: string | null };

/** `registry:5000/team/app:1.2@sha256:…` in its parts. */
export function parseImage(text: string): Image {
  const [rest, digest] = text.split("@", 2) as [string, string | undefined];
  const colon = rest.lastIndexOf(":");
  const tagged = colon > rest.lastIndexOf("/");
  return {
    name: tagged ? rest.slice(0, colon) : rest,
    tag: tagged ? rest.slice(colon + 1) : null,
    digest: digest ?? null,
  };
}

/** The last day on which an image was looked after, when that is over. */
export function endOfLife({ name, tag }: Image, today: string): string | null {
  const official = name.replace(/^(docker\.io\/)?(library\/)?/, "");
  const ends = ENDS[official];
  if (!ends || !tag) return null;
  const found = Object.keys(ends).find(
    (version) => tag === version || (/^[.-]/.test(tag.slice(version.length)) && tag.startsWith(version)),
  );
  const day = found === undefined ? null : ends[found]!;
  return day !== null && day < today ? day : null;
}

/** Programs whose files are worth a backup wherever they run. */
export const isDatabase = (image: string): boolean =>
  /(^|\/)(postgres(ql)?|mysql|mariadb|mongo(db)?|redis|valkey|elasticsearch|opensearch|cassandra|minio|qdrant|weaviate|milvus|chroma|influxdb|clickhouse(-server)?|etcd|neo4j|couchdb|rabbitmq)$/.test(
    parseImage(image).name,
  );
