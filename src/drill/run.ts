import { createHash, randomUUID } from "node:crypto";
import { cpus, totalmem } from "node:os";
import { type Desired, type Evidence, type Fault, invariant, type LogEvent, type Status } from "../domain/index.ts";
import { Load, type Sample } from "./load.ts";
import { firstCorrectAt, phasesOf, rpoOf, seriesOf, tally } from "./measure.ts";
import { closeConnections } from "./request.ts";
import { findLost } from "./verify-writes.ts";

/** What a fault did, and how to take it back. */
export type Injected = {
  readonly target: string;
  readonly how: string;
  readonly at: number;
  readonly incarnation: string | null;
  undo(): Promise<void>;
};

/** The drill's hands and eyes; one for each platform. */
export type DrillGround = {
  status(): Promise<Status>;
  events(): Promise<readonly LogEvent[]>;
  /** `target`: a site or an instance; null: the writing site, or its first instance. */
  inject(fault: Fault, target: string | null, status: Status): Promise<Injected>;
  /** Gateways that still send to the instance. */
  inRotation(incarnation: string): Promise<boolean>;
};

export type DrillOptions = {
  readonly fault: Fault;
  readonly target: string | null;
  readonly ground: DrillGround;
  readonly warmUpMs: number;
  readonly limitMs: number;
  readonly readsPerSecond: number | null;
  readonly writesPerSecond: number | null;
  readonly progress: (text: string) => void;
};

export type DrillResult = { readonly evidence: Evidence; readonly ledger: readonly string[] };

const LOOK_MS = 50;
const AFTERWARDS_MS = 1_500;

/** Loads the application, breaks it, and measures what clients saw. */
export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const { ground, progress } = options;
  const before = await ground.status();
  invariant(before.desired, "a drill needs something that runs");
  const { application } = before.desired;
  const load = new Load({
    target: application.service.listen,
    golden: application.service.golden,
    writes: application.drill,
    readsPerSecond: options.readsPerSecond ?? application.drill?.readsPerSecond ?? 20,
    writesPerSecond: options.writesPerSecond ?? application.drill?.writesPerSecond ?? 10,
  });
  load.start();
  let injected: Injected | null = null;
  try {
    progress("traffic runs");
    await pause(options.warmUpMs);
    injected = await ground.inject(options.fault, options.target, before);
    progress(`${injected.how}`);
    const kinds = kindsOf(before.desired);
    const outOfRotationMs = await watch(options, load, injected, kinds);
    await pause(AFTERWARDS_MS);
    await load.stop();
    const acknowledged = load.samples.filter((sample) => sample.kind === "write" && sample.outcome === "ok");
    progress(`reading back ${acknowledged.length} acknowledged writes`);
    const lost = application.drill
      ? await findLost(application.service.listen, application.drill.verify, acknowledged)
      : [];
    const events = (await ground.events()).filter((event) => event.at >= injected!.at - options.warmUpMs);
    return conclude({
      options,
      desired: before.desired,
      injected,
      samples: load.samples,
      lost,
      events,
      outOfRotationMs,
      kinds,
    });
  } finally {
    await load.stop();
    await injected?.undo();
    closeConnections();
  }
}

const kindsOf = ({ application }: Desired): readonly Sample["kind"][] => [
  ...(application.service.golden.length > 0 ? (["read"] as const) : []),
  ...(application.drill ? (["write"] as const) : []),
];

/** Until clients get correct answers again, the failover is over, and a broken instance is out of the rotation. */
async function watch(
  options: DrillOptions,
  load: Load,
  injected: Injected,
  kinds: readonly Sample["kind"][],
): Promise<number | null> {
  const end = Date.now() + options.limitMs;
  let outAt: number | null = null;
  let told = 0;
  while (Date.now() < end) {
    if (injected.incarnation && outAt === null && !(await options.ground.inRotation(injected.incarnation)))
      outAt = Date.now();
    const events = (await options.ground.events()).filter((event) => event.at >= injected.at);
    for (const event of events.slice(told)) options.progress(`+${event.at - injected.at} ms  ${event.text}`);
    told = events.length;
    const status = await options.ground.status();
    const settled = ["steady", "degraded"].includes(status.failover?.phase.kind ?? "");
    const correct = firstCorrectAt(load.samples, injected.at, kinds) !== null;
    if (correct && settled && (injected.incarnation === null || outAt !== null)) break;
    await pause(LOOK_MS);
  }
  return outAt === null ? null : outAt - injected.at;
}

type Conclusion = {
  readonly options: DrillOptions;
  readonly desired: Desired;
  readonly injected: Injected;
  readonly samples: readonly Sample[];
  readonly lost: readonly Sample[];
  readonly events: readonly LogEvent[];
  readonly outOfRotationMs: number | null;
  readonly kinds: readonly Sample["kind"][];
};

function conclude(found: Conclusion): DrillResult {
  const { desired, injected, samples, lost, events } = found;
  const { application } = desired;
  const writes = samples.filter((sample) => sample.kind === "write");
  const first = firstCorrectAt(samples, injected.at, found.kinds);
  const rtoMs = first === null ? null : first - injected.at;
  const rpoMs = application.drill ? rpoOf(lost, injected.at) : null;
  const declared = { rtoMs: application.objectives.rtoMs, rpoMs: application.objectives.rpoMs };
  const missed = [
    ...(rtoMs === null ? ["rto: no correct answer came within the limit"] : rtoMs > declared.rtoMs ? ["rto"] : []),
    ...(rpoMs !== null && rpoMs > declared.rpoMs ? ["rpo"] : []),
  ];
  const ledger = ledgerOf(writes, lost);
  const evidence: Evidence = {
    kind: "holdfast.dev/drill/v1",
    id: `${new Date(injected.at).toISOString().replace(/[:.]/g, "-")}-${found.options.fault}-${randomUUID().slice(0, 4)}`,
    application: application.name,
    release: desired.release,
    strategy: desired.strategy,
    at: new Date(injected.at).toISOString(),
    fault: { kind: found.options.fault, target: injected.target, how: injected.how },
    declared,
    measured: {
      rtoMs,
      phases: phasesOf(events, { faultAt: injected.at, firstCorrectAt: first }),
      rpoMs,
      lostWrites: lost.length,
      acknowledgedWrites: writes.filter((sample) => sample.outcome === "ok").length,
      unknownWrites: writes.filter((sample) => sample.outcome === "unknown" || sample.outcome === "cut-off").length,
      outOfRotationMs: found.outOfRotationMs,
      reads: tally(samples.filter((sample) => sample.kind === "read")),
      writes: tally(writes),
    },
    verdict: missed.length === 0 ? "met" : "missed",
    missed,
    environment: {
      system: `${process.platform} ${process.arch}`,
      processors: String(cpus().length),
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      node: process.version,
      sites: application.sites.map((site) => `${site.name} (${site.platform})`).join(", "),
    },
    timeline: events.map((event) => ({
      atMs: event.at - injected.at,
      kind: event.kind,
      site: event.site,
      text: event.text,
    })),
    series: seriesOf(samples, injected.at),
    ledgerSha256: createHash("sha256")
      .update(ledger.map((line) => `${line}\n`).join(""))
      .digest("hex"),
  };
  return { evidence, ledger };
}

/** One JSON line for each write that was sent. */
function ledgerOf(writes: readonly Sample[], lost: readonly Sample[]): readonly string[] {
  const missing = new Set(lost.map((sample) => sample.id));
  return [...writes]
    .sort((a, b) => a.sentAt - b.sentAt)
    .map(({ id, sentAt, endedAt, outcome, detail }) =>
      JSON.stringify({ id, sentAt, endedAt, outcome, detail, ...(missing.has(id) ? { lost: true } : {}) }),
    );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
