// The processes that `up` starts. Part of the composition root.
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";

/** Runs one internal process to its end. */
export async function runRole(entry: string, role: string, args: readonly string[]): Promise<void> {
  process.on("SIGHUP", () => {});
  process.on("SIGINT", () => {});
  switch (role) {
    case "supervisor":
      return supervisor(entry, args[0]!);
    case "store":
      return store(args[0]!);
    case "api":
      return api(args[0]!);
    case "gateway":
      return gateway(args[0]!, args[1]!);
    case "holder":
      return holder(entry, args[0]!);
    case "agent":
      return agent(args[0]!, Number(args[1]));
    default:
      throw new Error(`no internal role ${role}`);
  }
}

async function supervisor(entry: string, state: string): Promise<void> {
  const { lockSupervisor, Supervisor } = await import("../adapters/local/index.ts");
  const { storeClient } = await import("../adapters/sqlite/client.ts");
  const lock = lockSupervisor(state);
  if (!lock) {
    console.error(`another supervisor runs for ${state}`);
    process.exit(1);
  }
  await new Supervisor(state, entry, (link, at) => storeClient(link, () => at)).run();
  lock.release();
  process.exit(0);
}

async function store(state: string): Promise<void> {
  const { addresses, layout, readCluster } = await import("../adapters/local/layout.ts");
  const { STORE_PEER, StoreServer } = await import("../adapters/sqlite/index.ts");
  const { readIdentity, serveLink } = await import("../link/index.ts");
  const { ProblemError } = await import("../domain/index.ts");
  try {
    const server = new StoreServer(layout(state).store);
    const at = addresses(readCluster(state)!).store;
    const link = await serveLink(readIdentity(layout(state).identity("store"), STORE_PEER), at, (request) =>
      request.path === "/v1/alive" ? { status: 200, json: {} } : server.handle(request),
    );
    process.on("SIGTERM", () => {
      void link.close().then(() => {
        server.close();
        process.exit(0);
      });
    });
    rmSync(`${layout(state).store}.problem`, { force: true });
  } catch (error) {
    // `up` and `status` read it from here: the store itself cannot be asked.
    if (error instanceof ProblemError) {
      const { replaceJson } = await import("../adapters/local/durable.ts");
      replaceJson(`${layout(state).store}.problem`, error.problem);
      console.error(error.problem.message);
      process.exit(1);
    }
    throw error;
  }
}

async function gateway(state: string, id: string): Promise<void> {
  const { addresses, agentPeer, gatewayPeer, layout, readCluster } = await import("../adapters/local/layout.ts");
  const { storeClient } = await import("../adapters/sqlite/client.ts");
  const { Gateway } = await import("../gateway/index.ts");
  const { linkClient, readIdentity, serveLink } = await import("../link/index.ts");
  const at = addresses(readCluster(state)!);
  const identity = readIdentity(layout(state).identity(id), gatewayPeer(id));
  const link = linkClient(identity);
  const address = at.gateway(Number(id.split("-")[1]));
  const running = new Gateway({
    id,
    incarnation: process.env["HOLDFAST_START"] ?? randomUUID(),
    address,
    store: storeClient(link, () => at.store),
    askAgent: async (site, to, path, json, timeoutMs) => {
      const answer = await link.call({ to, peer: agentPeer(site), method: "POST", path, json, timeoutMs });
      return answer.ok ? { status: answer.value.status, json: answer.value.json<unknown>() } : null;
    },
    log: (text) => console.log(`${new Date().toISOString()} ${text}`),
  });
  const server = await serveLink(identity, address, running.handle);
  process.on("SIGTERM", () => {
    void running.shutDown().then(async () => {
      await server.close();
      process.exit(0);
    });
  });
  await running.run();
}

async function api(state: string): Promise<void> {
  const { readFileSync } = await import("node:fs");
  const { API_PEER, addresses, agentPeer, gatewayPeer, layout, readCluster, SUPERVISOR_PEER } = await import(
    "../adapters/local/layout.ts"
  );
  const { storeClient } = await import("../adapters/sqlite/client.ts");
  const { serveApi } = await import("../api/index.ts");
  const { KEYS } = await import("../domain/index.ts");
  const { linkClient, readIdentity } = await import("../link/index.ts");
  const { Mirror } = await import("../register/index.ts");
  type GatewayRecord = import("../domain/index.ts").GatewayRecord;
  type SiteRecord = import("../domain/index.ts").SiteRecord;
  const at = addresses(readCluster(state)!);
  const link = linkClient(readIdentity(layout(state).identity("api"), API_PEER));
  const store = storeClient(link, () => at.store);
  const mirror = new Mirror(store);
  const starting = mirror.start();
  const server = await serveApi(at.api, readFileSync(layout(state).token, "utf8").trim(), {
    store,
    mirror,
    callAgent: async (site, method, path, json) => {
      const record = mirror.value<SiteRecord>(KEYS.site(site));
      if (!record) return null;
      const answer = await link.call({ to: record.agent, peer: agentPeer(site), method, path, json, timeoutMs: 2_000 });
      return answer.ok ? { status: answer.value.status, json: answer.value.json<unknown>() } : null;
    },
    processes: async () => {
      const answer = await link.call({
        to: at.supervisor,
        peer: SUPERVISOR_PEER,
        method: "GET",
        path: "/v1/processes",
        timeoutMs: 1_000,
      });
      return answer.ok ? answer.value.json<Record<string, { pid: number } | null>>() : null;
    },
    gatewayMetrics: async () => {
      const gateways = Object.values(mirror.below<GatewayRecord>("gateway/"));
      const answers = await Promise.all(
        gateways.map(async (each) => {
          const answer = await link.call({
            to: each.address,
            peer: gatewayPeer(each.id),
            method: "GET",
            path: "/v1/metrics",
            timeoutMs: 1_000,
          });
          return answer.ok ? [[each.id, answer.value.json<unknown>()] as const] : [];
        }),
      );
      return Object.fromEntries(answers.flat());
    },
  });
  process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));
  await starting;
}

async function holder(entry: string, folder: string): Promise<void> {
  const { Holder } = await import("../adapters/local/holder.ts");
  process.chdir(folder);
  await new Holder(entry).run();
}

async function agent(folder: string, portBase: number): Promise<void> {
  const { readJson } = await import("../adapters/local/durable.ts");
  const { agentPeer, SUPERVISOR_PEER } = await import("../adapters/local/layout.ts");
  const { LocalPlatform } = await import("../adapters/local/platform.ts");
  const { BLOCK_SIZE } = await import("../adapters/local/port-block.ts");
  const { storeClient } = await import("../adapters/sqlite/client.ts");
  const { FilesDriver } = await import("../adapters/files/index.ts");
  const { linkClient, readIdentity, serveLink } = await import("../link/index.ts");
  const { Agent, agentHandler } = await import("../runtime/index.ts");
  const { fail, KEYS, ok } = await import("../domain/index.ts");
  type SiteFile = import("../adapters/local/layout.ts").SiteFile;
  type FromStandby = import("../adapters/files/index.ts").FromStandby;
  type FenceReceipt = import("../domain/index.ts").FenceReceipt;
  type SiteRecord = import("../domain/index.ts").SiteRecord;
  const site = readJson<SiteFile>(`${folder}/identity/site.json`)!;
  const identity = readIdentity(`${folder}/identity`, agentPeer(site.site));
  const link = linkClient(identity);
  const store = storeClient(link, () => site.store);
  const toSupervisor = { to: site.supervisor, peer: SUPERVISOR_PEER } as const;
  const askPeer = async (name: string, path: string, body: { json?: unknown; bytes?: Buffer }, timeoutMs: number) => {
    const record = running.mirror.value<SiteRecord>(KEYS.site(name));
    if (!record) return null;
    const answer = await link.call({
      to: record.agent,
      peer: agentPeer(name),
      method: "POST",
      path,
      timeoutMs,
      ...body,
    });
    return answer.ok && answer.value.status === 200 ? answer.value : null;
  };
  const platform = new LocalPlatform(portBase, () => {});
  await platform.adopt();
  const address = { host: "127.0.0.1", port: portBase + BLOCK_SIZE - 1 };
  const running = new Agent({
    site: site.site,
    incarnation: randomUUID(),
    folder,
    address,
    store,
    platform,
    power: {
      fence: async (name, epoch) => {
        const answer = await link.call({
          ...toSupervisor,
          method: "POST",
          path: "/v1/fence",
          json: { site: name, epoch },
          timeoutMs: 6_000,
        });
        return answer.ok ? answer.value.json<{ receipt: FenceReceipt | null }>().receipt : null;
      },
    },
    makeDriver: (options) =>
      new FilesDriver({
        ...options,
        site: folder,
        send: async (name, frame) =>
          (await askPeer(name, `/v1/data/${options.name}`, { bytes: frame }, 2_000))?.json<FromStandby>() ?? null,
      }),
    fetchBlob: async (hex, file) => {
      const answer = await link.download({ ...toSupervisor, path: `/v1/blobs/${hex}`, file });
      return answer.ok ? ok(answer.value) : fail(answer.error);
    },
    askAgreement: async (name, epoch) =>
      (await askPeer(name, "/v1/agree", { json: { writer: site.site, epoch } }, 500))?.json<{ agrees: boolean }>()
        .agrees ?? false,
  });
  await serveLink(identity, address, agentHandler(running, platform));
  setInterval(() => process.send?.("alive"), 250);
  process.on("SIGTERM", () => {
    void running.shutDown().then(() => process.exit(0));
  });
  await running.run();
}
