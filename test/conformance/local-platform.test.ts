import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalPlatform } from "../../src/adapters/local/index.ts";
import { identify, sendSignal } from "../../src/adapters/local/processes.ts";
import { epoch, orThrow } from "../../src/domain/index.ts";
import type { InstanceSpec } from "../../src/ports/index.ts";
import { until } from "../cluster.ts";

const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;
const SERVER = "require('node:http').createServer((q, s) => s.end('ok')).listen(process.env.PORT)";

describe("Platform: local", () => {
  const before = process.cwd();
  let folder: string;
  let platform: LocalPlatform;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-site-"));
    for (const name of ["run", "logs"]) mkdirSync(join(folder, name));
    // Sockets are named relative to the site's folder, as in an agent.
    process.chdir(folder);
    platform = new LocalPlatform(31_500, () => {});
  });
  afterEach(async () => {
    for (const { spec } of await platform.observe()) await platform.stop(spec.incarnation, 0);
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });

  const spec = (name: string, script = SERVER): InstanceSpec => ({
    incarnation: name,
    slot: 0,
    zone: "a",
    release: "r",
    folder,
    command: ["node", "-e", script],
    env: {},
    cpuMillis: null,
    memoryBytes: null,
  });
  const gone = (pid: number): Promise<unknown> => until(`${pid} is gone`, async () => identify(pid) === null, 10_000);

  it("starts, shows and stops an instance, and reports its exit", async () => {
    const started = orThrow(await platform.start(spec("one"), null));
    expect((await platform.observe()).map((each) => each.pid)).toEqual([started.pid]);
    await platform.stop("one", 1_000);
    expect(identify(started.pid)).toBeNull();
    expect(platform.exits()).toMatchObject([{ incarnation: "one", reason: "stopped" }]);
    expect(await platform.observe()).toEqual([]);
  });

  it("adopts what an earlier agent started", async () => {
    const started = orThrow(await platform.start(spec("two"), null));
    platform.release();
    platform = new LocalPlatform(31_500, () => {});
    await platform.adopt();
    expect((await platform.observe()).map((each) => each.pid)).toEqual([started.pid]);
  });

  it("rule 5: kills an instance whose lease is not renewed, with no agent there", async () => {
    const lease = { epoch: epoch(1), deadlineMs: monotonicMs() + 1_500 };
    const { pid } = orThrow(await platform.start(spec("three"), lease));
    platform.release();
    await gone(pid);
    expect(monotonicMs()).toBeGreaterThanOrEqual(lease.deadlineMs);
    expect(monotonicMs() - lease.deadlineMs).toBeLessThan(500);
  });

  it("keeps an instance whose lease is renewed, and binds one that was free", async () => {
    const { pid } = orThrow(await platform.start(spec("four"), null));
    for (let round = 0; round < 6; round++) {
      expect(await platform.bind("four", { epoch: epoch(2), deadlineMs: monotonicMs() + 600 })).toBe(true);
      const asked = monotonicMs();
      await until("0.3 s passed", async () => monotonicMs() - asked > 300);
      expect(identify(pid)).not.toBeNull();
    }
    await gone(pid);
  });

  it("rule 2: an older epoch does not prolong a newer lease", async () => {
    const { pid } = orThrow(await platform.start(spec("five"), { epoch: epoch(5), deadlineMs: monotonicMs() + 800 }));
    await platform.bind("five", { epoch: epoch(4), deadlineMs: monotonicMs() + 60_000 });
    await gone(pid);
  });

  it("kills an instance whose shim was killed", async () => {
    const { pid } = orThrow(await platform.start(spec("six"), null));
    const shim = Number(/shim":\{"pid":(\d+)/.exec(readFileSync("run/six.pids", "utf8"))?.[1]);
    sendSignal(shim, "SIGKILL");
    await until("the instance is buried", async () => (await platform.observe()).length === 0);
    await gone(pid);
  });

  it("ends the children of an instance with it", async () => {
    const script = `const c = require('node:child_process').spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }); require('node:fs').writeFileSync('child', String(c.pid)); ${SERVER}`;
    orThrow(await platform.start(spec("seven", script), null));
    const child = await until("its child", async () => existsSync("child") && Number(readFileSync("child", "utf8")));
    await platform.stop("seven", 500);
    expect(identify(child)).toBeNull();
  });

  it("says why a program cannot be started", async () => {
    const failed = await platform.start({ ...spec("eight"), command: ["no-such-program"] }, null);
    expect(failed).toMatchObject({ ok: false, error: { message: expect.stringContaining("no-such-program") } });
    await platform.observe();
  });
});
