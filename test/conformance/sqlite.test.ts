import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { authority, issueIdentity } from "../../src/adapters/local/certificates.ts";
import { STORE_PEER, StoreServer, storeClient } from "../../src/adapters/sqlite/index.ts";
import { orThrow } from "../../src/domain/index.ts";
import { linkClient, readIdentity, serveLink } from "../../src/link/index.ts";
import { mountSmallDisk, onSmallDisk } from "../small-disk.ts";
import { type StoreUnderTest, storeConformance } from "./store.ts";

async function make(folder = mkdtempSync(join(tmpdir(), "holdfast-store-"))): Promise<StoreUnderTest> {
  const ca = await authority(join(folder, "ca"));
  await issueIdentity(ca, join(folder, "store"), STORE_PEER);
  await issueIdentity(ca, join(folder, "cli"), "cli.holdfast");
  const client = linkClient(readIdentity(join(folder, "cli"), "cli.holdfast"));
  const open = async () => {
    const server = new StoreServer(join(folder, "store.db"));
    const link = await serveLink(
      readIdentity(join(folder, "store"), STORE_PEER),
      { host: "127.0.0.1", port: 0 },
      server.handle,
    );
    return { server, link };
  };
  let running = await open();
  const store = storeClient(client, () => running.link);
  const stop = async (): Promise<void> => {
    running.server.close();
    await running.link.close();
  };
  return {
    store,
    restart: async () => {
      await stop();
      running = await open();
      return store;
    },
    close: async () => {
      await stop();
      client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

storeConformance("SQLite over mutual TLS", () => make());

it("has an unknown outcome when nobody answers, instead of throwing", async () => {
  const made = await make();
  await made.close();
  expect((await made.store.put("a", 1, 0)).kind).toBe("unknown");
});

it("answers nobody without a certificate of the application's own authority", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-stranger-"));
  await issueIdentity(await authority(join(folder, "ours")), join(folder, "store"), STORE_PEER);
  await issueIdentity(await authority(join(folder, "theirs")), join(folder, "cli"), "cli.holdfast");
  let asked = 0;
  const link = await serveLink(readIdentity(join(folder, "store"), STORE_PEER), { host: "127.0.0.1", port: 0 }, () => {
    asked += 1;
    return { status: 200, json: {} };
  });
  const stranger = linkClient(readIdentity(join(folder, "cli"), "cli.holdfast"));
  const answer = await stranger.call({ to: link, peer: STORE_PEER, method: "GET", path: "/", timeoutMs: 2_000 });
  expect(answer.ok).toBe(false);
  expect(asked).toBe(0);
  stranger.close();
  await link.close();
  rmSync(folder, { recursive: true, force: true });
});

onSmallDisk(
  "refuses changes while its disk is full, keeps what it acknowledged, and goes on when there is room",
  async () => {
    const disk = mountSmallDisk(1024 * 1024);
    const { store, close } = await make(join(disk.folder, "store"));
    writeFileSync(join(disk.folder, "ballast"), Buffer.alloc(400 * 1024));
    const acknowledged: string[] = [];
    let refused: string | null = null;
    for (let number = 0; number < 100 && refused === null; number++) {
      const put = await store.put(`key/${number}`, "x".repeat(20_000), 0);
      if (put.kind === "ok") acknowledged.push(`key/${number}`);
      else refused = put.kind === "unknown" ? put.message : put.kind;
    }
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(refused).toContain("cannot be written");
    for (const key of acknowledged) expect(orThrow(await store.get(key)).value).toHaveLength(20_000);
    disk.clear(/ballast/);
    expect((await store.put("after", 1, 0)).kind).toBe("ok");
    await close();
    disk.unmount();
  },
);
