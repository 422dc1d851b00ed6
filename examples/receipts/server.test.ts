import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Application, copyApplication, picture, removeApplication } from "./testing/application.ts";

const golden = picture("golden.png");
const bakery = picture("samples/bakery.png");

let folder: string;
let application: Application;

beforeAll(async () => {
  folder = copyApplication();
  application = await Application.ready(folder);
});

afterAll(async () => {
  await application.stop("SIGKILL");
  removeApplication(folder);
});

describe("health", () => {
  it("is live and ready, and names the models that can be used", async () => {
    expect(await application.get("/v2/health/live")).toEqual({ status: 200, body: { live: true } });
    expect(await application.get("/v2/health/ready")).toEqual({ status: 200, body: { ready: true } });
    expect(await application.get("/v2/models/ppocr/ready")).toMatchObject({ status: 200, body: { name: "ppocr" } });
    expect(await application.get("/v2/models/tesseract/ready")).toMatchObject({ status: 503, body: { ready: false } });
    expect(await application.get("/v2/models/other/ready")).toMatchObject({ status: 404 });
  });

  it("starts without warnings", () => {
    expect(application.output).not.toMatch(/warning/i);
  });
});

describe("reading", () => {
  it("reads the golden image", async () => {
    const { status, body } = await application.post("/v1/read", golden);
    expect(status).toBe(200);
    expect(body).toMatchObject({ text: "FAILOVER OK", model: "ppocr", lines: [{ text: "FAILOVER OK" }] });
    expect(body.lines[0].confidence).toBeGreaterThan(0.9);
  });

  it.each([
    ["no body", new Uint8Array(0), 422],
    ["a text", new TextEncoder().encode("this is not an image, although it is long enough"), 422],
    ["half a PNG", bakery.slice(0, bakery.length / 2), 422],
    ["an interlaced PNG", changed(golden, 28, 1), 422],
    ["too many pixels", changed(changed(golden, 18, 8), 22, 8), 413],
    ["too many bytes", new Uint8Array(4 * 1024 * 1024 + 1), 413],
  ])("refuses %s", async (_what, body, status) => {
    const refused = await application.post("/v1/read", body);
    expect(refused).toEqual({ status, body: { error: expect.any(String) } });
  });

  it("answers more images than it reads at once, or says that it is busy", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => application.post("/v1/read", golden)));
    const right = answers.filter(({ status, body }) => status === 200 && body.text === "FAILOVER OK");
    expect(right.length).toBeGreaterThanOrEqual(32);
    expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true);
  });
});

describe("receipts", () => {
  it("stores what it read, under the digest of the image", async () => {
    const stored = await application.post("/v1/receipts", bakery);
    expect(stored).toMatchObject({ status: 201, body: { total: 6.1, model: "ppocr" } });
    expect(stored.body.text).toContain("CORNER BAKERY");
    expect(stored.body.id).toBe(stored.body.sha256.slice(0, 32));
    expect(await application.get(`/v1/receipts/${stored.body.id}`)).toEqual({ status: 200, body: stored.body });
  });

  it("stores once what is sent twice with one key, and refuses another image", async () => {
    const before = (await application.get("/v1/receipts")).body.count;
    const key = { "idempotency-key": "twice" };
    const answers = await Promise.all([1, 2, 3].map(() => application.post("/v1/receipts", golden, key)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await application.post("/v1/receipts", bakery, key)).status).toBe(409);
    expect((await application.get("/v1/receipts")).body).toEqual({ count: before + 1 });
  });

  it("lets only one of two images have a key that they want at the same time", async () => {
    const key = { "idempotency-key": "wanted" };
    const answers = await Promise.all([golden, bakery].map((image) => application.post("/v1/receipts", image, key)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  it("refuses keys that are no ids, and does not find what is not there", async () => {
    expect((await application.post("/v1/receipts", golden, { "idempotency-key": "../x" })).status).toBe(400);
    expect((await application.get("/v1/receipts/..%2Fx")).status).toBe(400);
    expect((await application.get("/v1/receipts/missing")).status).toBe(404);
  });

  it("keeps receipts when it is killed, and answers them again even without a model", async () => {
    const key = { "idempotency-key": "kept" };
    const stored = await application.post("/v1/receipts", golden, key);
    await application.stop("SIGKILL");
    await using blind = await Application.listening(folder, {
      RECEIPTS_MODELS: "ppocr",
      RECEIPTS_PPOCR: "models/none",
    });
    await blind.said(/(not ready)/);
    expect((await blind.get("/v2/health/ready")).status).toBe(503);
    expect((await blind.post("/v1/read", golden)).status).toBe(503);
    expect(await blind.get("/v1/receipts/kept")).toEqual({ status: 200, body: stored.body });
    expect(await blind.post("/v1/receipts", golden, key)).toEqual({ status: 200, body: stored.body });
    application = await Application.ready(folder);
  });
});

describe("stopping", () => {
  it("finishes a request in flight and exits with 0", async () => {
    const stopping = await Application.ready(folder);
    const post = request(`${stopping.url}/v1/read`, { method: "POST", headers: { expect: "100-continue" } });
    post.flushHeaders();
    await once(post, "continue"); // the server has begun to handle it
    const exited = stopping.stop();
    await vi.waitFor(() => expect(fetch(stopping.url)).rejects.toThrow(), { interval: 10, timeout: 5_000 });
    post.end(golden);
    const [response] = await once(post, "response");
    expect(JSON.parse(await text(response))).toMatchObject({ text: "FAILOVER OK" });
    expect(await exited).toBe(0);
  });
});

function changed(png: Uint8Array<ArrayBuffer>, at: number, to: number): Uint8Array<ArrayBuffer> {
  return png.with(at, to);
}
