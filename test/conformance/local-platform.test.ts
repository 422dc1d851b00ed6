import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LocalPlatform } from "../../src/adapters/local/index.ts";
import { identify, sendSignal } from "../../src/adapters/local/processes.ts";
import { orThrow } from "../../src/domain/index.ts";
import type { InstanceSpec } from "../../src/ports/index.ts";
import { until } from "../cluster.ts";
import { type PlatformUnderTest, platformConformance } from "./platform.ts";

const SERVER = "require('node:http').createServer((q, s) => s.end('ok')).listen(process.env.PORT)";
const PORTS = 31_500;

type LocalUnderTest = PlatformUnderTest & { readonly run: (incarnation: string, script: string) => InstanceSpec };

function make(): LocalUnderTest {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "holdfast-site-"));
  for (const name of ["run", "logs"]) mkdirSync(join(folder, name));
  // Sockets are named relative to the site's folder, as in an agent.
  process.chdir(folder);
  let platform = new LocalPlatform(PORTS, () => {});
  const run = (incarnation: string, script: string): InstanceSpec => ({
    incarnation,
    slot: 0,
    zone: "a",
    release: "r",
    folder,
    command: ["node", "-e", script],
    env: {},
    cpuMillis: null,
    memoryBytes: null,
  });
  return {
    platform,
    run,
    spec: (incarnation) => run(incarnation, SERVER),
    runs: ({ pid }) => identify(pid) !== null,
    agentDies: () => platform.release(),
    agentReturns: async () => {
      platform = new LocalPlatform(PORTS, () => {});
      await platform.adopt();
      return platform;
    },
    killShim: (incarnation) => {
      const record = readFileSync(`run/${incarnation}.pids`, "utf8");
      sendSignal(Number(/shim":\{"pid":(\d+)/.exec(record)?.[1]), "SIGKILL");
    },
    close: async () => {
      for (const { spec } of await platform.observe()) await platform.stop(spec.incarnation, 0);
      process.chdir(before);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

platformConformance("local", make);

it("limits memory and processor time where the system allows, and says what it really enforces", async () => {
  const { platform, run, close } = make();
  const script = "const held = []; setInterval(() => held.push(Buffer.alloc(16 * 1024 * 1024, 1)), 10);";
  const limited = { ...run("hungry", script), memoryBytes: 96 * 1024 * 1024, cpuMillis: 500 };
  const started = orThrow(await platform.start(limited, null));
  if (started.limits.includes("not limited")) {
    expect(started.limits, "says so, with the reason").toMatch(/memory not limited \(.+\)/);
  } else {
    expect(started.limits).toMatch(/memory limited by cgroup v[12], cpu limited by cgroup v[12]/);
    const exit = await until("the system ends it", async () => {
      await platform.observe();
      return platform.exits()[0];
    });
    expect(exit.reason).toContain("SIGKILL");
  }
  await close();
});

it("ends the children of an instance with it", async () => {
  const { platform, run, close } = make();
  const script = `const c = require('node:child_process').spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }); require('node:fs').writeFileSync('child', String(c.pid)); ${SERVER}`;
  orThrow(await platform.start(run("seven", script), null));
  const child = await until("its child", async () => existsSync("child") && Number(readFileSync("child", "utf8")));
  await platform.stop("seven", 500);
  expect(identify(child)).toBeNull();
  await close();
});
