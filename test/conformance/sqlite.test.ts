import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { authority, issueIdentity } from "../../src/adapters/local/certificates.ts";
import { STORE_PEER, StoreServer, storeClient } from "../../src/adapters/sqlite/index.ts";
import { linkClient, readIdentity, serveLink } from "../../src/link/index.ts";
import { type StoreUnderTest, storeConformance } from "./store.ts";

async function make(): Promise<StoreUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-store-"));
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

storeConformance("SQLite over mutual TLS", make);

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
