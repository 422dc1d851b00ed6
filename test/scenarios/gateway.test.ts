// What clients see of the gateway, with an application that streams, waits and counts.
import { copyFileSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster, until } from "../cluster.ts";

const FILE = (port: number): string => `apiVersion: holdfast.dev/v1alpha1
name: probe
objectives: { availability: 99.9%, rto: 15s, rpo: 0s }
service:
  command: [node, probe.js]
  port: ${port}
  health: { live: /ready, ready: /ready }
  routes: [{ match: POST /echo, effect: read }, { match: "PUT /*", effect: write, idempotent: true }]
  replicas: { required: 2 }
  drainTimeout: 5s
data: [{ name: main, driver: files, path: ./data, replication: barrier }]
sites: [{ name: east, platform: local }, { name: west, platform: local }]
failover: { strategy: hot-standby, maxPerHour: 20 }
`;

describe("through the gateway", () => {
  let cluster: TestCluster;
  const notes = mkdtempSync(join(tmpdir(), "holdfast-notes-"));
  let count = 0;
  /** A file to which the application appends its pid for every request that names it. */
  const noteFile = (): string => join(notes, `note-${count++}`);
  const pidsIn = (file: string): readonly number[] =>
    existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];

  beforeAll(async () => {
    cluster = await TestCluster.make();
    cluster.edit(() => FILE(cluster.port));
    copyFileSync(join(import.meta.dirname, "..", "applications", "probe.js"), join(cluster.folder, "probe.js"));
    await cluster.up();
    await cluster.whole();
  });
  afterAll(async () => {
    expect(await cluster.remove()).toEqual([]);
  });

  /** Sum over the gateways of one of their counters. */
  const counter = async (name: string): Promise<number> => {
    const { base } = JSON.parse(readFileSync(join(cluster.folder, ".holdfast", "cluster.json"), "utf8")) as {
      base: number;
    };
    const token = readFileSync(join(cluster.folder, ".holdfast", "api-token"), "utf8");
    const headers = { authorization: `Bearer ${token}` };
    const text = await (await fetch(`http://127.0.0.1:${base + 2}/metrics`, { headers })).text();
    const lines = text.split("\n").filter((line) => line.startsWith(`holdfast_gateway_${name}_total`));
    expect(lines.length, `${name} in ${text}`).toBeGreaterThan(0);
    return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  };

  it("passes a stream on as it comes", async () => {
    const response = await fetch(`${cluster.url}/stream`);
    const reader = response.body!.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    const receivedAt = Date.now();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read())
      rest += new TextDecoder().decode(part.value);
    const events = (first + rest).split("\n\n").filter((text) => text !== "");
    expect(events).toHaveLength(10);
    const last = JSON.parse(events[9]!.slice(6)) as { at: number };
    expect(receivedAt, "the first part came before the last was sent").toBeLessThan(last.at);
  });

  it("cannot repeat what has begun: the client sees it end, and it is counted apart", async () => {
    const before = await counter("cut_off");
    const response = await fetch(`${cluster.url}/stream`);
    const reader = response.body!.getReader();
    const first = JSON.parse(new TextDecoder().decode((await reader.read()).value).slice(6)) as { pid: number };
    process.kill(first.pid, "SIGKILL");
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow();
    await until("it is counted", async () => (await counter("cut_off")) === before + 1);
    await cluster.whole();
  });

  it("repeats a read elsewhere when its instance dies before it has answered", async () => {
    const note = noteFile();
    const asked = fetch(`${cluster.url}/slow?ms=600&note=${note}`);
    const [pid] = await until("an instance has it", async () => pidsIn(note).length > 0 && pidsIn(note));
    process.kill(pid!, "SIGKILL");
    const response = await asked;
    expect(response.status).toBe(200);
    expect(((await response.json()) as { pid: number }).pid).not.toBe(pid);
    await cluster.whole();
  });

  it("never repeats a write that is not idempotent: its outcome is unknown, and said so", async () => {
    const note = noteFile();
    const asked = fetch(`${cluster.url}/once?ms=600&note=${note}`, { method: "POST", body: "x" });
    const [pid] = await until("an instance has it", async () => pidsIn(note).length > 0 && pidsIn(note));
    process.kill(pid!, "SIGKILL");
    const response = await asked;
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: "outcome-unknown" } });
    expect(pidsIn(note)).toHaveLength(1);
    await cluster.whole();
  });

  it("repeats an idempotent write at another instance", async () => {
    const note = noteFile();
    const asked = fetch(`${cluster.url}/twice?ms=600&note=${note}`, { method: "PUT", body: "kept" });
    const [pid] = await until("an instance has it", async () => pidsIn(note).length > 0 && pidsIn(note));
    process.kill(pid!, "SIGKILL");
    expect((await asked).status).toBe(200);
    expect(await (await fetch(`${cluster.url}/twice`)).text()).toBe("kept");
    await cluster.whole();
  });

  it("bounds its retries by a budget", async () => {
    const note = noteFile();
    const requests = 1_000;
    for (let number = 0; number < requests; number++) {
      const response = await fetch(`${cluster.url}/failing?note=${note}`);
      expect(response.status).toBe(503);
      await response.text();
    }
    const tries = pidsIn(note).length;
    expect(tries).toBeGreaterThan(requests);
    expect(tries, "a fifth more, and 100 that each of two gateways has saved up").toBeLessThanOrEqual(
      requests * 1.2 + 2 * 101,
    );
    await cluster.whole();
    await until("all are trusted again", async () => (await fetch(`${cluster.url}/ready`)).ok);
  });

  it("passes large bodies on without holding them", async () => {
    const bytes = 24 * 1024 * 1024;
    const response = await fetch(`${cluster.url}/echo`, { method: "POST", body: Buffer.alloc(bytes) });
    expect(((await response.json()) as { bytes: number }).bytes).toBe(bytes);
  });

  it("keeps headers of a connection to itself, and tells where a request came from", async () => {
    const seen = await new Promise<Record<string, string>>((resolve, reject) => {
      const sent = httpRequest(
        `${cluster.url}/echo`,
        {
          method: "POST",
          headers: { connection: "x-private", "x-private": "secret", te: "trailers", "x-own": "kept" },
        },
        (response) => {
          let text = "";
          response.on("data", (chunk) => (text += chunk));
          response.on("end", () => resolve((JSON.parse(text) as { headers: Record<string, string> }).headers));
        },
      );
      sent.on("error", reject);
      sent.end();
    });
    expect(seen["x-own"]).toBe("kept");
    expect(seen["x-private"]).toBeUndefined();
    expect(seen["te"]).toBeUndefined();
    expect(seen["x-forwarded-for"]).toBe("127.0.0.1");
    expect(seen["x-forwarded-host"]).toBe(`127.0.0.1:${cluster.port}`);
  });

  it("finishes what is under way when a release is rolled out", async () => {
    const asked = Array.from({ length: 8 }, () => fetch(`${cluster.url}/slow?ms=2500`));
    cluster.edit((yaml) => yaml.replace("command: [node, probe.js]", "command: [node, probe.js, again]"));
    const deployed = await cluster.run("deploy");
    expect(deployed.code, deployed.stderr).toBe(0);
    for (const response of await Promise.all(asked)) expect(response.status).toBe(200);
  });

  it("survives the death of one of two gateways", async () => {
    const before = await cluster.whole();
    const { id, pid } = Object.values(before.gateways)[0]!;
    process.kill(pid, "SIGKILL");
    let served = 0;
    let back = false;
    const clients = (async () => {
      while (!back) {
        // A new connection each time: the kernel gives it to a gateway that lives.
        const response = await fetch(`${cluster.url}/ready`, { headers: { connection: "close" } }).catch(() => null);
        if (response?.ok) served += 1;
        await response?.body?.cancel();
      }
    })();
    await until("it is back", async () => {
      const now = (await cluster.status()).gateways[id];
      return now !== undefined && now.pid !== pid;
    }).finally(() => {
      back = true;
    });
    await clients;
    expect(served).toBeGreaterThan(0);
  });
}, 240_000);
