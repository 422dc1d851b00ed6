import { z } from "zod";
import { ASSUMPTIONS, type AssumptionName, STRATEGIES } from "../domain/index.ts";
import {
  parseBytes,
  parseCpu,
  parseDuration,
  parseMoney,
  parsePercent,
  parseStoragePrice,
  type UnitProblem,
} from "./units.ts";

type Parse = (
  text: string,
) => { readonly ok: true; readonly value: number } | { readonly ok: false; readonly error: UnitProblem };

/** A text with a unit that becomes a number. */
const unit = (parse: Parse, example: string) =>
  z
    .string()
    .transform((text, context) => {
      const parsed = parse(text);
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: "custom", message: parsed.error.message, params: { next: parsed.error.next } });
      return z.NEVER;
    })
    .meta({ example });

const duration = () => unit(parseDuration, "30s");

const size = (example: string) =>
  unit(parseBytes, example)
    .optional()
    .describe("Size, for the plan's storage and restore time; default: the catalogue's.");

const jsonPath = z
  .string()
  .regex(/^\$(\.[A-Za-z_][\w-]*|\[\d+\])*$/, "expected a path such as `$.text` or `$.outputs[0].data`")
  .describe("Where in the JSON answer the value is, such as `$.text` or `$.outputs[0].data`.");
const method = z.string().regex(/^[A-Z]+$/, "expected an HTTP method in capitals, such as POST");
const urlPath = z.string().regex(/^\//, "expected a path that begins with /");
const headers = z.record(z.string(), z.string()).prefault({}).describe("Request headers.");
const body = {
  body: z.string().optional().describe("Request body as text."),
  json: z.unknown().optional().describe("Request body as JSON; sets the content type."),
  bodyFile: z.string().optional().describe("File with the request body, relative to the application folder."),
};

const golden = z.strictObject({
  request: z
    .strictObject({
      method: method.prefault("GET").describe("HTTP method."),
      path: urlPath.describe("Path of the request."),
      headers,
      ...body,
    })
    .describe("The request."),
  expect: z
    .strictObject({ jsonPath, equals: z.union([z.string(), z.number(), z.boolean()]).describe("The right value.") })
    .describe("What its answer must hold."),
  interval: duration().prefault("2s").describe("How often each gateway asks each instance."),
  timeout: duration().prefault("5s").describe("How long the answer may take."),
});

const route = z.strictObject({
  match: z
    .string()
    .regex(/^(\*|[A-Z]+) \/\S*$/, "expected a method and a path, such as `POST /v1/receipts`; `*` is any method")
    .describe("Method and path; `:name` matches one segment, a trailing `*` the rest."),
  effect: z
    .enum(["read", "write"])
    .describe("`write`: goes to the writing site only, and is acknowledged only when safe."),
  idempotent: z.boolean().prefault(false).describe("Doing it twice does no harm, so the gateway may repeat it."),
});

const service = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1)
    .describe("Program and arguments; started with HOST and PORT in its environment, in the application folder."),
  env: z.record(z.string(), z.string()).prefault({}).describe("Environment of the application."),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("Where clients reach the gateway on 127.0.0.1; short for `listen.port`."),
  listen: z
    .strictObject({
      host: z.string().prefault("127.0.0.1").describe("Address of the gateway."),
      port: z.int().min(1).max(65_535).describe("Port of the gateway."),
    })
    .optional()
    .describe("Where clients reach the gateway."),
  gateways: z.int().min(1).max(8).prefault(2).describe("Gateway processes that share the port, so that one may die."),
  health: z
    .strictObject({
      live: urlPath.describe("Answers 2xx while the process works."),
      ready: urlPath.describe("Answers 2xx when requests can be served: the model is loaded and has answered once."),
      interval: duration().prefault("200ms").describe("Time between probes."),
      timeout: duration().prefault("500ms").describe("An instance that answers no probe for this long is hung."),
      startTimeout: duration().prefault("60s").describe("From start to ready, with loading the model."),
    })
    .describe("How to see that an instance is well."),
  golden: z
    .union([golden, z.array(golden)])
    .prefault([])
    .describe("Requests whose right answer is known; they tell a wrong instance from a live one."),
  routes: z
    .array(route)
    .prefault([])
    .describe("Which requests write. Without a rule every method but GET, HEAD and OPTIONS writes."),
  replicas: z
    .strictObject({
      required: z.int().min(1).max(90).prefault(1).describe("Instances that carry the full load of a site."),
      max: z.int().min(1).max(90).optional().describe("Most instances that load may start; default: required."),
      targetInFlight: z.number().positive().prefault(8).describe("Requests in flight that one instance carries well."),
    })
    .prefault({})
    .describe("How many instances each serving site runs."),
  resources: z
    .strictObject({
      cpu: unit(parseCpu, "500m").optional().describe("Processor time of one instance: `500m` is half a processor."),
      memory: unit(parseBytes, "512Mi").optional().describe("Memory of one instance; above it the system ends it."),
    })
    .prefault({})
    .describe("Limits of one instance, where the system allows."),
  drainTimeout: duration().prefault("10s").describe("How long an instance may finish its requests before it is ended."),
});

const site = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, "expected lower-case letters, digits and -, at most 31")
    .describe("Name of the site."),
  platform: z.enum(["local"]).describe("What runs the site; `local`: a process group on this machine."),
  zones: z
    .array(z.string().min(1))
    .min(1)
    .prefault(["a"])
    .describe("Failure domains inside the site; instances are spread over them."),
  region: z
    .string()
    .min(1)
    .optional()
    .describe("Sites of one region may be lost together; default: a region of its own."),
  price: z
    .strictObject({
      site: unit(parseMoney, "20 USD/month").prefault("0 USD/month").describe("Fixed price of the site."),
      instance: unit(parseMoney, "15 USD/month").prefault("0 USD/month").describe("Price of one running instance."),
      storage: unit(parseStoragePrice, "0.10 USD/GB/month")
        .prefault("0 USD/GB/month")
        .describe("Price of stored data."),
    })
    .prefault({})
    .describe("What the site costs; the plan adds it up."),
});

const failover = z
  .strictObject({
    strategy: z
      .enum(["auto", ...STRATEGIES])
      .prefault("auto")
      .describe("`auto`: the cheapest that meets the objectives."),
    failback: z
      .enum(["auto", "manual"])
      .prefault("manual")
      .describe("Whether writing returns to the first site by itself."),
    onPromote: z
      .union([
        z.enum(["start", "restart"]),
        z.strictObject({
          hook: z
            .string()
            .min(1)
            .describe("Command, at most 60 s; HOLDFAST_SITE_NAME and HOLDFAST_EPOCH tell it which promotion."),
        }),
      ])
      .prefault("start")
      .describe(
        "What is done to instances that stood by when their site becomes the writer: nothing more, a restart, or a command.",
      ),
    onRpoExceeded: z
      .enum(["wait", "promote"])
      .prefault("wait")
      .describe("When only a copy is left that may lack more than the RPO allows."),
    sites: z
      .union([z.enum(["all", "auto"]), z.int().min(2)])
      .prefault("all")
      .describe(
        "Which sites are used: `all`, the first and the cheapest others up to a number, or `auto`: those that meet the objectives for the least money, whichever is first.",
      ),
    detection: z
      .union([z.literal("auto"), duration()])
      .prefault("2s")
      .describe(
        "A site silent for this long is lost. At least 1s. `auto`: the plan weighs speed against false alarms.",
      ),
    lease: z
      .union([z.literal("auto"), duration()])
      .prefault("3s")
      .describe(
        "The right to write; a writer that cannot renew it stops within it. At least 2.5s. `auto`: as for detection.",
      ),
    maxPerHour: z.int().min(1).prefault(3).describe("Automatic moves in an hour; more need a person."),
    stable: duration()
      .prefault("30s")
      .describe("The first site must be whole for this long before an automatic failback."),
  })
  .prefault({})
  .describe("How the writing site moves.");

const drill = z.strictObject({
  write: z
    .strictObject({
      method: method.prefault("PUT").describe("HTTP method."),
      path: urlPath.describe("Path; `{id}` is replaced."),
      headers,
      ...body,
    })
    .describe("A write; `{id}` in path, headers and body is new for every request."),
  verify: z
    .strictObject({
      path: urlPath.describe("Path to read it back; `{id}` is replaced."),
      expect: z
        .strictObject({ jsonPath, equals: z.string().describe("The right value; `{id}` is replaced.") })
        .describe("What its answer must hold."),
    })
    .describe("How to see afterwards that the write is there."),
  writes: z.number().positive().max(500).prefault(10).describe("Writes a second."),
  reads: z.number().positive().max(500).prefault(20).describe("Golden requests a second beside them."),
});

const figure = {
  s: () => unit(parseDuration, "4h"),
  share: () => unit(parsePercent, "1%"),
  GB: () => z.number().positive(),
  "GB/s": () => z.number().positive(),
};

/** One optional field for each figure of the catalogue. */
const assumptions = z.strictObject(
  Object.fromEntries(
    Object.entries(ASSUMPTIONS).map(([name, { unit: kind, meaning }]) => [
      name,
      figure[kind]()
        .optional()
        .describe(`${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}${kind.startsWith("GB") ? `, ${kind}` : ""}.`),
    ]),
  ) as unknown as Record<AssumptionName, z.ZodOptional<z.ZodType<number, string | number>>>,
);

/** The application file. Strict: a key that is not here is an error. */
export const applicationSchema = z.strictObject({
  apiVersion: z.literal("holdfast.dev/v1alpha1").describe("Version of this format."),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, "expected lower-case letters, digits and -, at most 40")
    .describe("Name of the application."),
  objectives: z
    .strictObject({
      availability: unit(parsePercent, "99.95%").describe("Share of time in which it answers correctly."),
      rto: duration().describe("Recovery time objective: from the fault to the first correct answer."),
      rpo: duration().describe("Recovery point objective: acknowledged writes that may be lost, as time. `0s`: none."),
      budget: unit(parseMoney, "400 USD/month").optional().describe("What it may cost; without it any price will do."),
    })
    .describe("What must hold."),
  service: service.describe("The program that answers requests."),
  models: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9][a-z0-9._-]*$/i, "expected letters, digits, . _ and -")
          .describe("Name of the model; its files lie in `models/<name>` when the application starts."),
        source: z.string().min(1).describe("File or folder with the weights, relative to the application folder."),
        size: size("2Gi"),
        role: z
          .enum(["primary", "fallback"])
          .prefault("primary")
          .describe("`fallback`: another family that answers when the primary cannot."),
      }),
    )
    .prefault([])
    .describe("Model weights; part of every release."),
  data: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9][a-z0-9-]*$/, "expected lower-case letters, digits and -")
          .describe("Name of the data set."),
        driver: z.enum(["files"]).describe("`files`: a folder whose files are each replaced as a whole."),
        path: z.string().min(1).describe("Folder that the application writes to, inside the application folder."),
        replication: z
          .enum(["auto", "barrier", "async"])
          .prefault("auto")
          .describe(
            "`barrier`: a write is acknowledged when a standby has it (RPO 0); `async`: at once, with a measured lag; `auto`: what the RPO needs.",
          ),
        size: size("20Gi"),
      }),
    )
    .prefault([])
    .describe("What the application writes and must not lose."),
  sites: z.array(site).min(1).describe("Independent places that can run the application; the first one is preferred."),
  witness: z
    .union([
      z.strictObject({
        store: z.enum(["sqlite"]).describe("What keeps its vote; `sqlite`: a process outside all sites."),
      }),
      z.literal("none"),
    ])
    .prefault({ store: "sqlite" })
    .describe("The vote outside all sites. `none`: failover by hand only."),
  failover,
  stakeholders: z
    .array(
      z.strictObject({
        audience: z.string().min(1).describe("Who is told."),
        channel: z.string().min(1).describe("Where they are told."),
        owner: z.string().min(1).describe("Who tells them."),
        cadence: duration().describe("How often, while it lasts."),
      }),
    )
    .prefault([])
    .describe("Who is told what during a disaster."),
  drill: drill.optional().describe("How a drill writes and reads back, to count what was lost."),
  assumptions: assumptions
    .prefault({})
    .describe("Figures that the plan rests on, in place of the catalogue's; `holdfast plan --assumptions` shows all."),
});

export type ParsedFile = z.output<typeof applicationSchema>;

/** What `defineApplication` takes: the application file as a typed value. */
export type ApplicationDefinition = z.input<typeof applicationSchema>;

/** Typed help for `holdfast.config.ts`; returns what it is given. */
export const defineApplication = (definition: ApplicationDefinition): ApplicationDefinition => definition;
