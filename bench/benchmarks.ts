import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { holdfast, TestCluster, until } from "../test/cluster.ts";
import { assessing } from "./assessing.ts";
import type { Figures } from "./figures.ts";
import { planning } from "./planning.ts";

type Say = (text: string) => void;
type Benchmark = {
  readonly what: string;
  readonly rounds: number;
  readonly run: (rounds: number, say: Say) => Promise<Figures>;
};

type Drilled = {
  readonly rto: { readonly measuredMs: number };
  readonly rpo: { readonly lostWrites: number; readonly acknowledgedWrites: number; readonly unknownWrites: number };
  readonly outOfRotationMs: number | null;
  readonly reads: { readonly sent: number; readonly failed: number; readonly cutOff: number };
  readonly writes: { readonly sent: number; readonly failed: number; readonly medianMs: number };
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function withCluster<T>(work: (cluster: TestCluster) => Promise<T>, edit?: (yaml: string) => string): Promise<T> {
  const cluster = await TestCluster.make(edit);
  try {
    await cluster.up();
    return await work(cluster);
  } finally {
    await cluster.remove();
  }
}

async function drill(cluster: TestCluster, ...args: readonly string[]): Promise<Drilled> {
  await cluster.whole();
  const ran = await cluster.run("drill", ...args, "--yes", "--json");
  if (ran.code !== 0 && ran.code !== 3) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout) as Drilled;
}

/** The same drill several times: the worst, the median, and everything that was lost. */
async function drills(
  rounds: number,
  say: Say,
  args: readonly string[],
  edit?: (yaml: string) => string,
): Promise<Figures> {
  return withCluster(async (cluster) => {
    const found: Drilled[] = [];
    for (let round = 0; round < rounds; round++) {
      found.push(await drill(cluster, ...args));
      const last = found[round]!;
      say(
        `${round + 1}/${rounds}: RTO ${last.rto.measuredMs} ms, ${last.rpo.lostWrites} of ${last.rpo.acknowledgedWrites} lost, ${last.reads.failed} reads failed${last.outOfRotationMs === null ? "" : `, out of rotation after ${last.outOfRotationMs} ms`}`,
      );
    }
    const rotation = found.flatMap((each) => (each.outOfRotationMs === null ? [] : [each.outOfRotationMs]));
    const sum = (pick: (each: Drilled) => number): number => found.reduce((total, each) => total + pick(each), 0);
    return {
      rounds,
      rtoMedianMs: median(found.map((each) => each.rto.measuredMs)),
      rtoWorstMs: Math.max(...found.map((each) => each.rto.measuredMs)),
      ...(rotation.length > 0
        ? { outOfRotationMedianMs: median(rotation), outOfRotationWorstMs: Math.max(...rotation) }
        : {}),
      readsSent: sum((each) => each.reads.sent),
      readsFailed: sum((each) => each.reads.failed),
      readsCutOff: sum((each) => each.reads.cutOff),
      writesAcknowledged: sum((each) => each.rpo.acknowledgedWrites),
      writesLost: sum((each) => each.rpo.lostWrites),
      writesUnknown: sum((each) => each.rpo.unknownWrites),
    };
  }, edit);
}

const activeActive = (yaml: string): string => yaml.replace("strategy: hot-standby", "strategy: active-active");

/** Small writes one after another, median of 300, ms. */
async function writeLatency(cluster: TestCluster): Promise<number> {
  const took: number[] = [];
  for (let number = 0; number < 300; number++) {
    const startedMs = performance.now();
    await cluster.put(`n${number % 50}`, `Guten Morgen, Notiz ${number}`);
    took.push(performance.now() - startedMs);
  }
  return median(took);
}

/** With and without the barrier, in turns in the same run. */
async function barrierLatency(rounds: number, say: Say): Promise<Figures> {
  const ratios: number[] = [];
  const added: number[] = [];
  const asynchronous = (yaml: string): string =>
    yaml.replace("replication: barrier", "replication: async").replace("rpo: 0s", "rpo: 5s");
  const inTurns = async (safe: TestCluster, plain: TestCluster): Promise<void> => {
    await safe.whole();
    for (let round = 0; round < rounds; round++) {
      const without = await writeLatency(plain);
      const withBarrier = await writeLatency(safe);
      added.push(withBarrier - without);
      ratios.push(withBarrier / without);
      say(`${round + 1}/${rounds}: without ${without.toFixed(2)} ms, with ${withBarrier.toFixed(2)} ms`);
    }
  };
  await withCluster((safe) => withCluster((plain) => inTurns(safe, plain), asynchronous));
  return { rounds, addedMedianMs: Number(median(added).toFixed(2)), ratio: Number(median(ratios).toFixed(2)) };
}

type Acknowledged = { readonly epoch: number; readonly sentAt: number; readonly endedAt: number; readonly id: string };

/**
 * Random kills, pauses and resumes of the writing site while clients write. Two writers at once would show as
 * acknowledgements of an older epoch for writes that were sent after a newer epoch had acknowledged one.
 */
async function twoWriters(rounds: number, say: Say): Promise<Figures> {
  return withCluster(
    async (cluster) => {
      const found: Acknowledged[] = [];
      let going = true;
      const clients = Array.from({ length: 3 }, async (_, client) => {
        for (let number = 0; going; number++) {
          const id = `c${client}-${number}`;
          const sentAt = performance.now();
          const response = await fetch(`${cluster.url}/v1/notes/${id}`, {
            method: "PUT",
            body: '{"text":"Guten Morgen"}',
          }).catch(() => null);
          await response?.text().catch(() => "");
          const epoch = Number(response?.headers.get("x-holdfast-epoch") ?? 0);
          if (response && response.status < 300) found.push({ epoch, sentAt, endedAt: performance.now(), id });
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      });
      for (let round = 0; round < rounds; round++) {
        await cluster.whole();
        const kind = await breakWriter(cluster);
        say(`${round + 1}/${rounds}: ${kind}; ${found.length} writes acknowledged, epoch ${found.at(-1)?.epoch}`);
      }
      await cluster.whole();
      going = false;
      await Promise.all(clients);
      let lost = 0;
      for (const { id } of found) if (!(await cluster.has(id))) lost += 1;
      return {
        rounds,
        acknowledged: found.length,
        epochs: new Set(found.map((each) => each.epoch)).size,
        underAnOlderEpoch: countOverlaps(found),
        withoutEpoch: found.filter((each) => each.epoch === 0).length,
        lost,
      };
    },
    (yaml) => yaml.replace("maxPerHour: 20", "maxPerHour: 1000"),
  );
}

/** Acknowledgements under an epoch for writes sent after a newer epoch had acknowledged another. */
function countOverlaps(found: readonly Acknowledged[]): number {
  const firstOf = new Map<number, number>();
  for (const { epoch, endedAt } of found)
    firstOf.set(epoch, Math.min(firstOf.get(epoch) ?? Number.POSITIVE_INFINITY, endedAt));
  return found.filter((each) => [...firstOf].some(([epoch, endedAt]) => epoch > each.epoch && endedAt < each.sentAt))
    .length;
}

async function breakWriter(cluster: TestCluster): Promise<string> {
  const { route } = await cluster.status();
  const site = route?.writer ?? "east";
  const processes = JSON.parse(read(join(cluster.folder, ".holdfast", "processes.json"))) as Record<
    string,
    { pid: number }
  >;
  const { pid } = processes[`site-${site}`]!;
  if (Math.random() < 0.4) {
    process.kill(-pid, "SIGKILL");
    return `killed ${site}`;
  }
  const pauseMs = Math.round(200 + Math.random() * 5_000);
  process.kill(-pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  try {
    process.kill(-pid, "SIGCONT");
  } catch {
    return `paused ${site}; it was fenced before it was resumed`;
  }
  return `paused ${site} for ${pauseMs} ms`;
}

async function startUp(rounds: number, say: Say): Promise<Figures> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const cluster = await TestCluster.make();
    const startedMs = performance.now();
    const up = cluster.run("up");
    await until("the first 200", async () => (await cluster.detect().catch(() => 0)) === 200);
    took.push(performance.now() - startedMs);
    say(`${round + 1}/${rounds}: ${Math.round(took[round]!)} ms`);
    await up;
    await cluster.remove();
  }
  return { rounds, firstAnswerMedianMs: Math.round(median(took)), firstAnswerWorstMs: Math.round(Math.max(...took)) };
}

async function help(rounds: number): Promise<Figures> {
  const time = async (work: () => Promise<unknown> | unknown): Promise<number> => {
    const startedMs = performance.now();
    await work();
    return performance.now() - startedMs;
  };
  const ours: number[] = [];
  const bare: number[] = [];
  await holdfast(".", "--help");
  for (let round = 0; round < rounds; round++) {
    bare.push(await time(() => execFileSync(process.execPath, ["-e", "0"])));
    ours.push(await time(() => holdfast(".", "--help")));
  }
  return {
    rounds,
    helpMedianMs: Math.round(median(ours)),
    bareNodeMedianMs: Math.round(median(bare)),
    ratio: Number((median(ours) / median(bare)).toFixed(2)),
  };
}

/** Resident memory of the processes of an idle application, MB. */
function memory(): Promise<Figures> {
  return withCluster(async (cluster) => {
    // The first start compiles; the second is what runs from then on.
    await cluster.run("down");
    await cluster.up();
    await cluster.whole();
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const found: Record<string, number> = {};
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const command = read(join("/proc", pid, "cmdline"))
        .split("\0")
        .join(" ");
      const role = /internal (\w+)/.exec(command)?.[1] ?? (command.includes("shim.ts") ? "shim" : null);
      if (!role || (!read(join("/proc", pid, "environ")).includes(cluster.folder) && !command.includes(cluster.folder)))
        continue;
      const kb = Number(/VmRSS:\s+(\d+)/.exec(read(join("/proc", pid, "status")))?.[1] ?? 0);
      // Every process maps the same program; its share of that is what one more process really costs.
      const shareKb = Number(/^Pss:\s+(\d+)/m.exec(read(join("/proc", pid, "smaps_rollup")))?.[1] ?? 0);
      found[`${role}WorstMb`] = Math.max(found[`${role}WorstMb`] ?? 0, Math.round(kb / 1024));
      found[`${role}ProportionalMb`] = Math.max(found[`${role}ProportionalMb`] ?? 0, Math.round(shareKb / 1024));
    }
    return found;
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  "kill-instance": {
    what: "an instance is killed under 200 requests/s: failed requests (bar 0)",
    rounds: 5,
    run: (rounds, say) => drills(rounds, say, ["kill-instance", "--reads", "200"]),
  },
  "hang-instance": {
    what: "an instance hangs: time until it is out of the rotation (bar 3 s, aim 1 s)",
    rounds: 5,
    run: (rounds, say) => drills(rounds, say, ["hang-instance", "--reads", "100"]),
  },
  "wrong-answers": {
    what: "an instance answers wrongly: time until it is out (bar 10 s, aim 5 s)",
    rounds: 5,
    run: (rounds, say) => drills(rounds, say, ["wrong-answers"]),
  },
  "kill-site-active": {
    what: "a site is killed, active-active: failed requests (bar 0)",
    rounds: 5,
    run: (rounds, say) => drills(rounds, say, ["kill-site"], activeActive),
  },
  "kill-site": {
    what: "the writing site is killed: fault to first correct write, writes lost (bar 6 s, aim 2 s; 0)",
    rounds: 50,
    run: (rounds, say) =>
      drills(rounds, say, ["kill-site", "--warm-up", "1"], (yaml) =>
        yaml.replace("maxPerHour: 20", "maxPerHour: 1000"),
      ),
  },
  "hang-site": {
    what: "the writing site hangs: fault to first correct write (bar 12 s, aim 6 s)",
    rounds: 5,
    run: (rounds, say) => drills(rounds, say, ["hang-site"]),
  },
  "two-writers": {
    what: "random kills, pauses and resumes: writes acknowledged under two epochs at one time (bar 0)",
    rounds: 50,
    run: twoWriters,
  },
  "barrier-latency": {
    what: "a small write with and without the barrier (bar +15 ms, aim +5 ms)",
    rounds: 5,
    run: barrierLatency,
  },
  "start-up": { what: "`up` to the first 200 (bar 5 s, aim 3 s)", rounds: 5, run: startUp },
  help: { what: "`--help` beside a bare node (bar 0.3 s, aim 0.2 s)", rounds: 11, run: help },
  "plan-10x5": {
    what: "a plan for 10 sites of 5 zones, and again with one objective changed (bar 100 ms)",
    rounds: 11,
    run: (rounds, say) => planning(10, 3, rounds, say),
  },
  "plan-30x50": {
    what: "a plan for 30 sites and 50 components (bar 1 s)",
    rounds: 5,
    run: (rounds, say) => planning(30, 50, rounds, say),
  },
  "assess-50mb": {
    what: "50 MB of manifests in one file: time, peak memory (bar 1 GB), against parsing alone",
    rounds: 1,
    run: (_, say) => assessing(say),
  },
  memory: { what: "resident memory of each idle process (bar 100 MB, aim 60 MB)", rounds: 1, run: memory },
};
