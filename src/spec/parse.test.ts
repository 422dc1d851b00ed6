import { describe, expect, it } from "vitest";
import type { Application, Problem } from "../domain/index.ts";
import { applicationJsonSchema, defineApplication, explainField, parseApplication, parseDefinition } from "./index.ts";
import { starter } from "./starter.ts";

const WHOLE = `apiVersion: holdfast.dev/v1alpha1
name: receipts
objectives: { availability: 99.95%, rto: 30s, rpo: 5s, budget: 400 USD/month }
service:
  command: [node, server.js]
  port: 8080
  health: { live: /live, ready: /ready }
  routes: [{ match: POST /v1/receipts, effect: write, idempotent: true }]
models:
  - { name: ppocr, source: ./models/ppocr }
data:
  - { name: receipts, driver: files, path: ./data, replication: barrier }
sites:
  - { name: east, platform: local }
  - { name: west, platform: local }
`;

const FILES = { exists: (path: string) => path === "./models/ppocr", readBase64: () => null };

const parse = (text: string) => parseApplication(text, "holdfast.yaml", FILES);

function problems(text: string): readonly Problem[] {
  const parsed = parse(text);
  if (parsed.ok) throw new Error("it was accepted");
  return parsed.error;
}

function only(text: string): Problem {
  const found = problems(text);
  expect(found.map((each) => each.message)).toHaveLength(1);
  return found[0]!;
}

function accepted(text: string): Application {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.error.map((each) => `${each.at} ${each.message}`).join("\n"));
  return parsed.value;
}

describe("the application file", () => {
  it("becomes an Application with units resolved and defaults filled in", () => {
    expect(accepted(WHOLE)).toMatchObject({
      name: "receipts",
      objectives: { availability: 0.9995, rtoMs: 30_000, rpoMs: 5_000, budgetUsdPerMonth: 400 },
      service: { listen: { host: "127.0.0.1", port: 8080 }, gateways: 2, replicas: { required: 1, max: 1 } },
      data: [{ path: "data", replication: "barrier" }],
      witness: { store: "sqlite" },
      failover: { strategy: "auto", leaseMs: 3_000 },
    });
  });

  it("accepts the starter as it is written", () => {
    expect(accepted(starter("first")).name).toBe("first");
  });

  it.each([
    ["rto: 30s", "rto: 30 sec", "3:42", "`30 sec` is not a duration", "write `30s`"],
    ["rto: 30s", "rto: 1h30m", "3:42", "`1h30m` is not a duration", "write `90m`"],
    ["availability: 99.95%", "availability: '99,95 %'", "3:29", "`99,95 %` is not a share", "write `99.95%`"],
    ["availability: 99.95%", "availability: '0.9995'", "3:29", "is not a share", "write `99.95%`"],
    ["availability: 99.95%", "availability: 101%", "3:29", "is not a share", "up to 100"],
    ["rto: 30s", "rto: 30", "3:42", "expected a text, found `30`", "write a unit, such as `30s`"],
    ["400 USD/month", "400", "3:64", "expected a text", "400 USD/month"],
    ["400 USD/month", "400 EUR", "3:64", "is not a price", "write `400 USD/month`"],
    ["rpo: 5s", "rpo: soon", "3:52", "`soon` is not a duration", "such as `30s`"],
  ])("%s → %s: says where and what to write", (right, wrong, place, message, next) => {
    const found = only(WHOLE.replace(right, wrong));
    expect(found.at).toBe(`holdfast.yaml:${place}`);
    expect(found.message).toContain(message);
    expect(found.next).toContain(next);
  });

  it.each([
    ["service:", "servise:", "did you mean `service`?"],
    ["command:", "comand:", "did you mean `command`?"],
    ["replication: barrier", "replicaton: barrier", "did you mean `replication`?"],
  ])("suggests the field that was meant: %s → %s", (right, wrong, suggestion) => {
    const found = problems(WHOLE.replace(right, wrong));
    expect(found.some((each) => each.message.includes(suggestion))).toBe(true);
    expect(found.every((each) => /^holdfast\.yaml:\d+:\d+$/.test(each.at ?? ""))).toBe(true);
  });

  it("names a missing field with its meaning and an example", () => {
    const found = only(WHOLE.replace("rto: 30s, ", ""));
    expect(found.message).toContain("`rto` is missing in objectives: recovery time objective");
    expect(found.next).toBe("add `rto: 30s`");
    expect(only(WHOLE.replace("  port: 8080\n", "")).next).toBe("add `port: 8080`");
  });

  it("names a model path that is not there, with its place", () => {
    const found = only(WHOLE.replace("./models/ppocr }", "./models/absent }"));
    expect(found.at).toBe("holdfast.yaml:10:28");
    expect(found.message).toContain("there is no model at ./models/absent");
  });

  it("reports every problem at once, in the order of the file", () => {
    const found = problems(WHOLE.replace("rto: 30s", "rto: 30 sec").replace("ready: /ready", "ready: ready"));
    expect(found.map((each) => each.at)).toEqual(["holdfast.yaml:3:42", "holdfast.yaml:7:33"]);
  });

  it.each([
    ["files driver path outside", WHOLE.replace("./data", "../elsewhere"), "not inside the application folder"],
    ["a data path that is the folder itself", WHOLE.replace("./data", "./"), "not inside the application folder"],
    ["two sites of one name", WHOLE.replace("name: west", "name: east"), "another site named east"],
    ["a lease that cannot be kept", `${WHOLE}failover: { lease: 1s }\n`, "cannot be renewed safely"],
    ["detection below the heartbeat", `${WHOLE}failover: { detection: 100ms }\n`, "looks like a lost one"],
    ["fewer at most than required", WHOLE.replace("  port", "  replicas: { required: 3, max: 2 }\n  port"), "below"],
    ["a driver of later versions", WHOLE.replace("driver: files", "driver: postgres"), "not part of this version"],
    ["no site", WHOLE.replace(/sites:[\s\S]*/, "sites: []\n"), "sites"],
    ["a route without a method", WHOLE.replace("POST /v1/receipts", "/v1/receipts"), "expected a method and a path"],
    ["a number as command", WHOLE.replace("[node, server.js]", "[node, 7]"), "expected a text"],
  ])("refuses %s", (_what, text, message) => {
    expect(only(text).message).toContain(message);
  });

  it.each([
    ["nothing", "", "the file is empty"],
    ["a list", "- a\n- b\n", "not a list of fields"],
    ["broken YAML", "name: [a\nsites: b\n", ""],
    ["tabs", "service:\n\tport: 1\n", ""],
    ["a key twice", `${WHOLE}name: again\n`, ""],
    ["something enormous", "x".repeat(1024 * 1024 + 1), "more than"],
  ])("refuses %s with a place and a next action", (_what, text, message) => {
    const [found] = problems(text);
    expect(found!.at).toContain("holdfast.yaml");
    expect(found!.message).toContain(message);
    expect(found!.next).toBeTruthy();
  });
});

describe("holdfast.config.ts", () => {
  const definition = defineApplication({
    apiVersion: "holdfast.dev/v1alpha1",
    name: "typed",
    objectives: { availability: "99.9%", rto: "30s", rpo: "0s" },
    service: { command: ["node", "server.js"], port: 8080, health: { live: "/l", ready: "/r" } },
    sites: [{ name: "east", platform: "local" }],
  });

  it("gives the same Application as YAML", () => {
    const parsed = parseDefinition(definition, "holdfast.config.ts", FILES);
    expect(parsed.ok && parsed.value.objectives.rtoMs).toBe(30_000);
  });

  it("names the path of a wrong value", () => {
    const wrong = { ...definition, objectives: { ...definition.objectives, rto: "30 sec" } };
    const parsed = parseDefinition(wrong, "holdfast.config.ts", FILES);
    expect(!parsed.ok && parsed.error[0]).toMatchObject({
      at: "holdfast.config.ts: objectives.rto",
      next: "write `30s`",
    });
  });
});

describe("what documents the file", () => {
  it("explains every field that the schema has, each with a sentence", () => {
    const walk = (path: string): number => {
      const found = explainField(path);
      if (!found.ok) throw new Error(found.error.message);
      for (const field of found.value.inside) expect(field.description, field.path).not.toBe("");
      return found.value.inside.reduce((sum, field) => sum + 1 + walk(field.path), 0);
    };
    expect(walk("")).toBeGreaterThan(60);
  });

  it("suggests the field that was meant", () => {
    const found = explainField("objectives.rt");
    expect(!found.ok && found.error.next).toContain("holdfast explain objectives.rto");
  });

  it("is a JSON Schema that asks for what the parser asks for", () => {
    const schema = applicationJsonSchema() as { required: string[]; additionalProperties: boolean; $schema: string };
    expect(schema.$schema).toContain("2020-12");
    expect(schema.required).toEqual(expect.arrayContaining(["apiVersion", "name", "objectives", "service", "sites"]));
    expect(schema.additionalProperties).toBe(false);
  });
});
