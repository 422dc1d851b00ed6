// A stranger's folder, outside the project, with everything that can go wrong there.
import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort, interrupt, TestCluster, until } from "../cluster.ts";
import { mountSmallDisk, onSmallDisk } from "../small-disk.ts";

const SERVER = join(import.meta.dirname, "..", "applications", "probe.js");

describe("in a folder of their own", () => {
  let cluster: TestCluster;
  let port: number;
  beforeEach(async () => {
    port = await freePort();
    cluster = TestCluster.at(mkdtempSync(join(tmpdir(), "my-application-")), port);
    copyFileSync(SERVER, join(cluster.folder, "server.js"));
    writeFileSync(join(cluster.folder, "package.json"), '{"type":"module"}');
  });
  afterEach(async () => {
    expect(await cluster.remove()).toEqual([]);
  });

  const init = async (): Promise<void> => {
    expect((await cluster.run("init")).code).toBe(0);
    cluster.edit((yaml) =>
      yaml
        .replace("port: 8080", `port: ${port}`)
        .replaceAll(/\/health\/(live|ready)/g, "/ready")
        .replace("max: 4", "max: 2"),
    );
  };

  it("goes from init to serving, and to nothing left", async () => {
    await init();
    expect((await cluster.run("init")).stderr).toContain("--force");
    expect((await cluster.run("plan")).code).toBe(0);
    await cluster.up();
    expect(await (await fetch(`${cluster.url}/ready`)).text()).toBe("ready");
    expect((await cluster.run("down")).code).toBe(0);
    expect(cluster.processes()).toEqual([]);
  });

  it("takes a typed holdfast.config.ts instead of YAML", async () => {
    writeFileSync(
      join(cluster.folder, "holdfast.config.ts"),
      `import { defineApplication } from "holdfast";
export default defineApplication({
  apiVersion: "holdfast.dev/v1alpha1", name: "typed",
  objectives: { availability: "99.9%", rto: "30s", rpo: "0s" },
  service: { command: ["node", "server.js"], port: ${port}, health: { live: "/ready", ready: "/ready" } },
  sites: [{ name: "east", platform: "local" }, { name: "west", platform: "local" }],
});
`,
    );
    const plan = await cluster.run("plan", "--json");
    expect(plan.code, plan.stderr).toBe(0);
    writeFileSync(join(cluster.folder, "holdfast.config.ts"), "export default { name: 7 };\n");
    const wrong = await cluster.run("plan");
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("holdfast.config.ts: name");
  });

  it("says within its start time-out that an application never becomes ready", async () => {
    await init();
    cluster.edit((yaml) => yaml.replace("ready: /ready", "ready: /absent\n    startTimeout: 2s"));
    const startedMs = performance.now();
    const ran = await cluster.run("up");
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toMatch(/not ready|never/);
    expect(ran.stderr).toContain("next:");
  });

  it("leaves nothing when the supervisor was killed before down, or hangs", async () => {
    await init();
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      await cluster.up();
      process.kill(cluster.pid("supervisor"), signal);
      const down = await cluster.run("down");
      expect(down.code, down.stderr).toBe(0);
      expect(cluster.processes()).toEqual([]);
    }
  });

  it("comes to the same end however often deploy is interrupted", async () => {
    await init();
    await cluster.up();
    appendFileSync(join(cluster.folder, "server.js"), "\n// another release\n");
    for (const afterMs of [100, 300, 700, 1_500]) {
      await interrupt(cluster.folder, afterMs, "deploy");
      expect((await fetch(`${cluster.url}/ready`)).status).toBe(200);
    }
    expect((await cluster.run("deploy")).code).toBe(0);
    const status = await cluster.whole();
    const releases = new Set(
      Object.values(status.sites).flatMap((site) => site.instances.map((instance) => instance.release)),
    );
    expect([...releases]).toEqual([status.desired!.release]);
    expect(JSON.parse((await cluster.run("apply", "--json")).stdout)).toMatchObject({ changes: [] });
  });
}, 120_000);

onSmallDisk("up on a full disk says so, and works when there is room", async () => {
  const disk = mountSmallDisk(6 * 1024 * 1024);
  const cluster = TestCluster.at(disk.folder, await freePort());
  copyFileSync(SERVER, join(cluster.folder, "server.js"));
  writeFileSync(join(cluster.folder, "package.json"), '{"type":"module"}');
  try {
    await cluster.run("init");
    cluster.edit((yaml) => yaml.replace("8080", String(cluster.port)).replaceAll(/\/health\/(live|ready)/g, "/ready"));
    writeFileSync(join(disk.folder, "weights"), Buffer.alloc(4 * 1024 * 1024));
    const full = await cluster.run("up");
    expect(full.code).toBe(1);
    expect(full.stderr).toContain("free disk space");
    rmSync(join(disk.folder, "weights"));
    await cluster.up();
    await until("a read", async () => (await fetch(`${cluster.url}/ready`)).ok);
  } finally {
    expect(await cluster.stop()).toEqual([]);
    disk.unmount();
  }
});
