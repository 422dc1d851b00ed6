import type { Assessed } from "./assessment.ts";
import type { Starter } from "./component.ts";

/** Marks in the file what nobody could infer. */
export const TODO = "TODO(holdfast)";

const SECRET = /pass(word|wd)?|secret|token|key|credential|dsn|url$/i;

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "") || "application";

/** A YAML value on one line. */
const inline = (value: unknown): string => JSON.stringify(value);

/**
 * An application file for what was found: the workload with the most to lose is the service, the others are named.
 * What could not be inferred is marked and has a value with which the file is read. null: nothing to start from.
 */
export function startFrom({ starters, prediction }: Pick<Assessed, "starters" | "prediction">): string | null {
  const [main, ...others] = [...starters].sort((a, b) => rank(b) - rank(a));
  if (!main) return null;
  const lines = [
    `# From ${main.place.file}:${main.place.line}. What could not be inferred is marked with ${TODO}.`,
    "apiVersion: holdfast.dev/v1alpha1",
    `name: ${slug(main.name)}`,
    "",
    ...objectives(prediction.availability),
    "",
    "service:",
    ...command(main),
    `  port: ${main.port ?? 8080}${main.port ? "" : `   # ${TODO}: no port was declared`}`,
    ...environment(main),
    ...health(main),
    `  # ${TODO}: a request whose right answer is known tells a wrong model from a live one.`,
    "  # golden:",
    "  #   request: { method: POST, path: /v1/read, json: { text: hello } }",
    "  #   expect: { jsonPath: $.language, equals: en }",
    `  # ${TODO}: name the routes that only read; without a rule every method but GET, HEAD and OPTIONS writes.`,
    "  # routes:",
    "  #   - { match: POST /v1/read, effect: read, idempotent: true }",
    `  replicas: { required: ${main.required}, max: ${Math.max(main.max, main.required)} }`,
    ...resources(main),
    ...(main.graceS ? [`  drainTimeout: ${main.graceS}s`] : []),
    "",
    `# ${TODO}: models are not visible in manifests. Name them, so that recovery points hold them.`,
    "# models:",
    "#   - { name: ocr, source: ./models/ocr }",
    "",
    ...data(main),
    "",
    ...sites(main),
    "",
    `# ${TODO}: how a drill writes, and sees afterwards what was lost.`,
    "# drill:",
    '#   write: { method: PUT, path: "/v1/notes/{id}", json: { text: "note {id}" } }',
    '#   verify: { path: "/v1/notes/{id}", expect: { jsonPath: $.id, equals: "{id}" } }',
  ];
  if (others.length > 0)
    lines.push(
      "",
      "# Also found, each an application of its own or something that this one uses:",
      ...others
        .slice(0, 50)
        .map(
          (each) =>
            `#   ${each.name} (${each.place.file}:${each.place.line})${each.image ? `, ${withoutCredentials(each.image)}` : ""}`,
        ),
    );
  return `${lines.join("\n")}\n`;
}

/** Something that answers requests before something that only keeps files. */
const rank = (starter: Starter): number =>
  (starter.ready ? 4 : 0) +
  (starter.port ? 2 : 0) +
  (starter.folders.length > 0 ? 0 : 1) +
  Math.min(starter.max, 9) / 10;

const withoutCredentials = (image: string): string => image.replace(/^[^/@]*@/, "");

const objectives = (availability: number | null): readonly string[] => [
  `# ${TODO}: what must hold is for you to say; these are common values.`,
  ...(availability === null
    ? []
    : [`# Predicted for what was found: availability ${Number((availability * 100).toPrecision(6))}%.`]),
  "objectives:",
  "  availability: 99.9%",
  "  rto: 15m",
  "  rpo: 5m",
];

function command({ command: found, image }: Starter): readonly string[] {
  const from = image ? `the image ${withoutCredentials(image)}` : "what is built";
  if (found)
    return [
      `  command: ${inline(found)}`,
      `  # ${TODO}: this is the command inside ${from}; it has to run in this folder.`,
    ];
  return [`  command: [node, server.js]   # ${TODO}: what ${from} starts; it has to run in this folder`];
}

function environment({ env }: Starter): readonly string[] {
  const names = Object.keys(env);
  if (names.length === 0) return [];
  const plain = names.filter((name) => env[name] !== null && !SECRET.test(name));
  const hidden = names.filter((name) => !plain.includes(name));
  return [
    ...(plain.length > 0
      ? [
          "  env:",
          ...plain.map((name) => `    ${/^[A-Za-z_]\w*$/.test(name) ? name : inline(name)}: ${inline(env[name])}`),
        ]
      : []),
    ...(hidden.length > 0 ? [`  # ${TODO}: values that are secret or come from elsewhere: ${hidden.join(", ")}`] : []),
  ];
}

function health({ live, ready }: Starter): readonly string[] {
  const mark = (found: string | null): string => (found ? "" : `   # ${TODO}: no path was declared`);
  return [
    "  health:",
    `    live: ${inline(live ?? ready ?? "/health/live")}${mark(live ?? ready)}`,
    `    ready: ${inline(ready ?? "/health/ready")}${mark(ready)}`,
  ];
}

function resources({ cpu, memory }: Starter): readonly string[] {
  const cpuText = cpu && /^(\d+m|\d+(\.\d+)?)$/.test(cpu) ? `cpu: ${inline(cpu)}` : null;
  const bytes = memory && /^\d+(\.\d+)?(Ki|Mi|Gi|k|M|G)$/.test(memory) ? `memory: ${memory}` : null;
  const known = [cpuText, bytes].filter((each) => each !== null);
  return known.length > 0 ? [`  resources: { ${known.join(", ")} }`] : [];
}

function data({ folders }: Starter): readonly string[] {
  if (folders.length === 0)
    return [
      `# ${TODO}: no folder that is kept was found; name one if there is.`,
      "# data:",
      "#   - { name: main, driver: files, path: ./data }",
    ];
  return [
    `# ${TODO}: paths are those inside the container; give the folder here.`,
    "data:",
    ...folders.map(({ name, path, size }) => {
      const gigabytes = size && /^\d+(Mi|Gi|M|G)$/.test(size) ? `, size: ${size}` : "";
      return `  - { name: ${slug(name)}, driver: files, path: ./data/${slug(name)}${gigabytes} }   # ${path}`;
    }),
  ];
}

const sites = ({ zones }: Starter): readonly string[] => {
  const names = zones.length > 0 ? zones.map(slug) : ["a", "b"];
  return [
    `# ${TODO}: a second site is what survives the loss of the first; prices let the plan compare.`,
    "sites:",
    `  - { name: first, platform: local, zones: [${names.join(", ")}] }`,
    `  - { name: second, platform: local, zones: [${names.join(", ")}] }`,
  ];
};
