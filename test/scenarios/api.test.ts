// The control plane's HTTP API as a program sees it that knows only its OpenAPI document.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHoldfast, TestCluster, until } from "../cluster.ts";

type OpenApi = {
  openapi: string;
  paths: Record<string, Record<string, { summary: string; requestBody?: unknown; responses: Record<string, unknown> }>>;
  components: { securitySchemes: Record<string, { scheme: string }> };
};

describe("the HTTP API", () => {
  let cluster: TestCluster;
  let at: string;
  let token: string;
  beforeAll(async () => {
    cluster = await TestCluster.make();
    await cluster.up();
    await cluster.whole();
    const state = join(cluster.folder, ".holdfast");
    at = `http://127.0.0.1:${(JSON.parse(readFileSync(join(state, "cluster.json"), "utf8")) as { base: number }).base + 2}`;
    token = readFileSync(join(state, "api-token"), "utf8").trim();
  });
  afterAll(async () => {
    expect(await cluster.remove()).toEqual([]);
  });

  const ask = (path: string, options: { method?: string; body?: unknown; token?: string } = {}): Promise<Response> =>
    fetch(`${at}${path}`, {
      method: options.method ?? "GET",
      headers: {
        authorization: `Bearer ${options.token ?? token}`,
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });

  it("answers nobody without the token, on any path", async () => {
    for (const path of ["/v1/status", "/v1/openapi.json", "/metrics", "/v1/events/stream", "/absent"]) {
      expect((await ask(path, { token: "wrong" })).status, path).toBe(401);
      expect((await fetch(`${at}${path}`)).status, path).toBe(401);
    }
  });

  it("keeps the token from everybody but its owner, and never shows it", async () => {
    const { mode } = await import("node:fs").then((fs) => fs.statSync(join(cluster.folder, ".holdfast", "api-token")));
    expect(mode & 0o077).toBe(0);
    const shown = [
      await cluster.run("status", "--json"),
      await cluster.run("plan", "--json"),
      await cluster.run("logs"),
    ];
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toContain(token);
  });

  it("documents every path that it has, and has every path that it documents", async () => {
    const document = (await (await ask("/v1/openapi.json")).json()) as OpenApi;
    expect(document.openapi).toMatch(/^3\.1/);
    const paths = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(paths.length).toBeGreaterThan(8);
    for (const { path, method, operation } of paths) {
      expect(operation.summary, path).not.toBe("");
      expect(Object.keys(operation.responses).length, path).toBeGreaterThan(0);
      if (path.endsWith("/stream")) continue;
      const body = operation.requestBody === undefined ? {} : { body: { unheard: "of" } };
      const { status } = await ask(path, { method: method.toUpperCase(), ...body });
      expect(status, `${method} ${path}`).not.toBe(404);
    }
    await cluster.whole();
  });

  it.each([
    ["POST", "/v1/scale", { replicas: 0 }],
    ["POST", "/v1/scale", { replicas: "many" }],
    ["POST", "/v1/move", { kind: "sideways" }],
    ["POST", "/v1/move", { kind: "failover", to: "nowhere" }],
    ["POST", "/v1/scale", { replicas: "2" }],
    ["POST", "/v1/apply", { wanted: 7, baseVersion: null }],
    ["POST", "/v1/apply", { wanted: {}, baseVersion: null }],
    ["POST", "/v1/apply", { wanted: { application: { name: "x", sites: [] } }, baseVersion: null }],
  ])("refuses %s %s %j with a reason", async (method, path, body) => {
    const response = await ask(path, { method, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringMatching(/./) } });
  });

  it("takes back what it shows: applying what runs changes nothing", async () => {
    const { desired } = await cluster.status();
    const { application, strategy, release, placement, planDigest } = desired!;
    const wanted = { application, strategy, release, placement, planDigest };
    const response = await ask("/v1/apply", { method: "POST", body: { wanted, baseVersion: null } });
    expect(await response.json()).toMatchObject({ changes: [] });
  });

  it("streams events as they happen", async () => {
    const response = await ask("/v1/events/stream");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = response.body!.getReader();
    let text = "";
    const reading = (async () => {
      for (;;) {
        const part = await reader.read().catch(() => ({ done: true, value: undefined }));
        if (part.done) return;
        text += new TextDecoder().decode(part.value);
      }
    })();
    expect((await ask("/v1/scale", { method: "POST", body: { replicas: 1 } })).status).toBe(200);
    await until("the event", async () => /id: \d+\ndata: \{.*"kind":"scaled".*\}\n\n/.test(text));
    await reader.cancel();
    await reading;
    await cluster.run("scale", "auto");
  });

  it("follows logs with new lines", async () => {
    const child = startHoldfast(cluster.folder, "logs", "east", "-f", "-n", "1");
    let text = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until("the first line", async () => text.includes("east"));
    const before = text.length;
    const { sites } = await cluster.status();
    const { pid } = sites["east"]!.instances[0]!;
    process.kill(pid, "SIGKILL");
    await until("a new line about it", async () => text.slice(before).includes("ended"));
    child.kill("SIGINT");
    await new Promise((resolve) => child.once("exit", resolve));
  });
}, 120_000);
