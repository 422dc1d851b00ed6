import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epoch, type FenceReceipt } from "../../domain/index.ts";
import {
  type FailoverConfig,
  type FailoverEvent,
  type FailoverState,
  initialState,
  mayWrite,
  type SiteView,
  step,
} from "./index.ts";

const CONFIG: FailoverConfig = {
  sites: ["east", "west"],
  strategy: "hot-standby",
  automatic: true,
  failback: "manual",
  detectionMs: 2_000,
  leaseMs: 3_000,
  rpoMs: 0,
  onPromote: "start",
  onRpoExceeded: "wait",
  hasData: true,
  maxPerHour: 3,
  stableMs: 5_000,
  drainTimeoutMs: 5_000,
};

const GOOD: SiteView = {
  silentMs: 0,
  dead: false,
  readyInstances: 2,
  wantedInstances: 2,
  writing: null,
  demoted: null,
  following: true,
  inSync: true,
  lossBoundMs: 0,
};

/** One failover driven step by step; time moves only when it is told to. */
class Driver {
  state: FailoverState;
  ms = 0;
  clock = "leader-1";
  east: SiteView = { ...GOOD, writing: epoch(1), inSync: false };
  west: SiteView = GOOD;
  readonly config: FailoverConfig;

  constructor(config: Partial<FailoverConfig> = {}) {
    this.config = { ...CONFIG, ...config };
    this.state = initialState(this.config);
    this.route();
  }

  send(event: FailoverEvent): this {
    this.state = step(this.state, event, { clock: this.clock, ms: this.ms, wallMs: 1_000_000 + this.ms }, this.config);
    return this;
  }

  look(afterMs = 0): this {
    this.ms += afterMs;
    return this.send({ kind: "observed", view: { sites: { east: this.east, west: this.west } } });
  }

  /** Every gateway confirms the newest route. */
  route(): this {
    const effect = this.state.effects.find((each) => each.kind === "route");
    return effect ? this.send({ kind: "routed", effect: effect.id }) : this;
  }

  fence(receipt?: Partial<FenceReceipt>): this {
    const effect = this.state.effects.find((each) => each.kind === "fence")!;
    const whole = {
      kind: "confirmed-dead",
      site: "east",
      epoch: this.state.epoch,
      by: "switch",
      ...receipt,
    } as FenceReceipt;
    return this.send({ kind: "fenced", effect: effect.id, receipt: whole });
  }

  get phase(): string {
    return this.state.phase.kind;
  }

  eastDies(): this {
    this.east = { ...this.east, dead: true, readyInstances: 0 };
    return this.look();
  }
}

describe("the failover of one application", () => {
  it("fences, promotes and reroutes when the writer is seen dead", () => {
    const drive = new Driver().eastDies();
    expect(drive.phase).toBe("fencing");
    expect(mayWrite(drive.state.phase)).toBeNull();
    drive.fence().look();
    expect(drive.phase, "gateways do not hold yet").toBe("fencing");
    drive.route().look();
    expect(drive.state).toMatchObject({ epoch: 2, phase: { kind: "promoting", to: "west" } });
    drive.west = { ...GOOD, writing: epoch(2) };
    drive.look();
    expect(drive.phase).toBe("rerouting");
    drive.route();
    expect(drive.state).toMatchObject({
      phase: { kind: "steady", writer: "west" },
      history: [{ from: "east", to: "west", automatic: true }],
    });
  });

  it("suspects a silent writer first, and forgives one that comes back", () => {
    const drive = new Driver();
    drive.east = { ...drive.east, silentMs: 1_500 };
    expect(drive.look().phase).toBe("suspecting");
    drive.east = { ...drive.east, silentMs: 0 };
    expect(drive.look().phase).toBe("steady");
  });

  it("rule 3: unknown is not fenced; without a receipt the full lease is waited for", () => {
    const drive = new Driver();
    drive.east = { ...drive.east, silentMs: 2_500 };
    drive.look().route();
    expect(drive.look(3_000).phase).toBe("fencing");
    expect(drive.look(600).state.phase).toMatchObject({ kind: "promoting", receipt: { kind: "lease-expired" } });
  });

  it("rule 4: a new leader starts the wait anew", () => {
    const drive = new Driver();
    drive.east = { ...drive.east, silentMs: 2_500 };
    drive.look().route().look(3_000);
    drive.clock = "leader-2";
    drive.ms = 0;
    expect(drive.look().phase).toBe("fencing");
    expect(drive.look(3_400).phase).toBe("fencing");
    expect(drive.look(200).phase).toBe("promoting");
  });

  it("rule 2: a receipt for another epoch or another site counts for nothing", () => {
    const drive = new Driver().eastDies().route();
    drive.fence({ epoch: epoch(0) }).look();
    expect(drive.phase).toBe("fencing");
  });

  it("rule 9: a copy that may lack too much is not promoted by itself, and is when a person accepts it", () => {
    const drive = new Driver();
    drive.west = { ...GOOD, inSync: false, lossBoundMs: 4_000 };
    drive.eastDies().fence().route().look();
    expect(drive.state.phase).toMatchObject({ kind: "fencing", blocked: expect.stringContaining("--accept-loss") });
    drive.send({ kind: "requested", request: { id: "r1", kind: "failover", to: "west", acceptLoss: true } }).look();
    expect(drive.phase).toBe("promoting");
  });

  it("rule 7: without a witness nothing moves by itself", () => {
    const drive = new Driver({ automatic: false }).eastDies();
    expect(drive.state.phase).toMatchObject({ kind: "degraded", reason: expect.stringContaining("by hand") });
  });

  it("rule 11: after too many moves in an hour a person is needed", () => {
    const drive = new Driver();
    const move = { at: 999_000, from: "west", to: "east", automatic: true };
    drive.state = { ...drive.state, history: [move, move, move] };
    expect(drive.eastDies().state.phase).toMatchObject({ kind: "degraded", reason: expect.stringContaining("limit") });
  });

  it("rule 14: does not fence when no other site is alive to take over", () => {
    const drive = new Driver();
    drive.west = { ...GOOD, silentMs: 9_000 };
    expect(drive.eastDies().phase).toBe("degraded");
  });

  it("rule 15: a planned move drains, demotes and only then promotes", () => {
    const drive = new Driver();
    drive.send({ kind: "requested", request: { id: "r1", kind: "failover", to: "west", acceptLoss: false } }).look();
    expect(drive.state.phase).toMatchObject({ kind: "failing-back", step: "draining" });
    expect(mayWrite(drive.state.phase)).toBe("east");
    drive.route();
    expect(drive.state.phase, "gateways hold back before anything is taken away").toMatchObject({ step: "holding" });
    drive.route();
    expect(drive.state.phase).toMatchObject({ step: "demoting" });
    expect(mayWrite(drive.state.phase)).toBeNull();
    drive.look(1_000);
    expect(drive.state.epoch).toBe(1);
    drive.east = { ...drive.east, writing: null, demoted: { epoch: epoch(1), flushedTo: ["west"] } };
    expect(drive.look().state).toMatchObject({ epoch: 2, phase: { kind: "promoting", to: "west" } });
  });

  it("rule 15: what was not flushed to the target goes back to where it is", () => {
    const drive = new Driver();
    drive
      .send({ kind: "requested", request: { id: "r1", kind: "failover", to: "west", acceptLoss: false } })
      .look()
      .route()
      .route();
    drive.east = { ...drive.east, writing: null, demoted: { epoch: epoch(1), flushedTo: [] } };
    expect(drive.look().state).toMatchObject({ epoch: 2, phase: { kind: "promoting", to: "east" } });
  });

  it("goes home by itself only when it was asked to, and when the first site has been whole for long", () => {
    for (const failback of ["auto", "manual"] as const) {
      const drive = new Driver({ failback }).eastDies().fence().route().look();
      drive.west = { ...GOOD, writing: epoch(2) };
      drive.look().route();
      drive.east = { ...GOOD, inSync: false };
      drive.look().look(4_900);
      expect(drive.phase).toBe("steady");
      expect(drive.look(200).phase).toBe(failback === "auto" ? "failing-back" : "steady");
    }
  });
});

describe("whatever happens in whatever order", () => {
  const view = fc.record({
    silentMs: fc.constantFrom(0, 900, 1_500, 5_000),
    dead: fc.boolean(),
    readyInstances: fc.constantFrom(0, 2),
    wantedInstances: fc.constant(2),
    writing: fc.constantFrom(null, 1, 2, 3).map((value) => (value === null ? null : epoch(value))),
    demoted: fc.constantFrom(null, { epoch: epoch(1), flushedTo: ["west"] }),
    following: fc.boolean(),
    inSync: fc.boolean(),
    lossBoundMs: fc.constantFrom(null, 0, 9_000),
  });
  const action = fc.oneof(
    fc.record({ kind: fc.constant("look" as const), east: view, west: view, afterMs: fc.nat(2_000) }),
    fc.record({ kind: fc.constant("route" as const) }),
    fc.record({ kind: fc.constant("fence" as const) }),
    fc.record({ kind: fc.constant("ask" as const), to: fc.constantFrom("east", "west"), id: fc.uuid() }),
    fc.record({ kind: fc.constant("leader" as const), name: fc.constantFrom("a", "b") }),
  );

  it("rule 1: epochs only rise, by one, only into promoting, and never without a receipt while every gateway holds", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const drive = new Driver();
        for (const each of actions) {
          const before = drive.state;
          if (each.kind === "look") {
            drive.east = each.east;
            drive.west = each.west;
            drive.look(each.afterMs);
          } else if (each.kind === "route") drive.route();
          else if (each.kind === "fence" && before.effects.some((effect) => effect.kind === "fence"))
            drive.fence({ site: before.phase.kind === "fencing" ? before.phase.from : "east" });
          else if (each.kind === "ask")
            drive.send({
              kind: "requested",
              request: { id: each.id, kind: "failover", to: each.to, acceptLoss: false },
            });
          else if (each.kind === "leader") drive.clock = each.name;
          const { epoch: now, phase } = drive.state;
          const promotes = phase.kind === "promoting" && before.phase.kind !== "promoting";
          expect(now - before.epoch, "every promotion has an epoch of its own").toBe(promotes ? 1 : 0);
          if (!promotes) {
            // The right to write never goes to another site under the same epoch.
            const [was, is] = [mayWrite(before.phase), mayWrite(phase)];
            if (was !== null && is !== null) expect(is).toBe(was);
            continue;
          }
          if (before.phase.kind === "fencing") expect(before.phase.held).toBe(true);
          else expect(before.phase).toMatchObject({ kind: "failing-back", step: "demoting" });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
