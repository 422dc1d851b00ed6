import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Desired, PowerRecord, RouteIntent, SiteRecord } from "../domain/index.ts";
import { epoch } from "../domain/index.ts";
import { Backends } from "./backends.ts";
import type { EpochLease } from "./epoch-lease.ts";
import { receive } from "./incoming.ts";
import { Metrics } from "./metrics.ts";
import { WaitingRoom } from "./waiting-room.ts";
import { WritePath } from "./write-path.ts";

const ROUTE: RouteIntent = { number: 1, epoch: epoch(1), writer: "east", weights: { east: 1 }, mode: "serve" };
const DESIRED = { application: { service: { golden: [] } } } as unknown as Desired;

describe("a write on its way through the gateway", () => {
  let instance: Server;
  let front: Server;
  let backends: Backends;
  let room: WaitingRoom;
  let route: RouteIntent | null;
  let covers: boolean;
  /** What happens while the gateway waits for the standby; its answer. */
  let barrier: () => Promise<boolean>;
  let seen: number;
  let url: string;
  const metrics = new Metrics();

  const listen = (handler: RequestListener): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer(handler).listen(0, "127.0.0.1", () => resolve(server));
    });
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;

  beforeEach(async () => {
    [route, covers, barrier, seen] = [ROUTE, true, async () => true, 0];
    instance = await listen((_request, response) => {
      seen += 1;
      response.end("stored");
    });
    room = new WaitingRoom(10);
    backends = new Backends(() => room.changed());
    const site = {
      site: "east",
      instances: [{ incarnation: "i", host: "127.0.0.1", port: portOf(instance), state: "ready", writes: true }],
    };
    const power = { east: { state: "on" } as PowerRecord };
    backends.update(DESIRED, { east: site as unknown as SiteRecord }, power);
    for (const backend of backends.all()) backends.probed(backend, true);
    const lease = { covers: () => covers } as unknown as EpochLease;
    const writes = new WritePath({ backends, room, metrics, lease, route: () => route, barrier: () => barrier() });
    front = await listen(async (request, response) => {
      const incoming = await receive(request, response, { effect: "write", idempotent: false });
      if (incoming) await writes.serve(incoming);
    });
    url = `http://127.0.0.1:${portOf(front)}/note`;
  });
  afterEach(async () => {
    await backends.close();
    for (const server of [instance, front]) {
      server.closeAllConnections();
      server.close();
    }
  });

  const write = (): Promise<Response> => fetch(url, { method: "POST", body: "x" });

  it("is acknowledged with the epoch under which it is safe", async () => {
    const response = await write();
    expect([response.status, await response.text()]).toEqual([200, "stored"]);
    expect(response.headers.get("x-holdfast-epoch")).toBe("1");
  });

  it.each<[string, () => void]>([
    ["the lease ran out", () => (covers = false)],
    ["another site writes", () => (route = { ...ROUTE, number: 2, epoch: epoch(2), writer: "west" })],
    ["the epoch rose", () => (route = { ...ROUTE, number: 2, epoch: epoch(2) })],
    ["writes are held", () => (route = { ...ROUTE, number: 2, writer: null, mode: "hold" })],
  ])("rule 6: is not acknowledged when %s while the standby was waited for", async (_what, change) => {
    barrier = async () => {
      change();
      return true;
    };
    const response = await write();
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: "outcome-unknown" } });
    expect(seen).toBe(1);
  });

  it("is not acknowledged when no standby confirmed it", async () => {
    barrier = async () => false;
    expect((await write()).status).toBe(504);
  });

  it("rule 5: is not sent to an instance that is not bound to the lease yet", async () => {
    const unbound = { incarnation: "j", host: "127.0.0.1", port: portOf(instance), state: "ready", writes: false };
    backends.update(DESIRED, { east: { site: "east", instances: [unbound] } as unknown as SiteRecord }, {});
    for (const backend of backends.all()) backends.probed(backend, true);
    expect(backends.choose(ROUTE, "east", new Set()), "for a write").toBeNull();
    expect(backends.choose(ROUTE, null, new Set()), "for a read").not.toBeNull();
  });

  it("is not sent anywhere without the right to write", async () => {
    covers = false;
    const waiting = write();
    const answered = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300, "waits"))]);
    expect(answered).toBe("waits");
    expect(seen).toBe(0);
    covers = true;
    room.changed();
    expect((await waiting).status, "and goes on as soon as there is one").toBe(200);
  });
});
