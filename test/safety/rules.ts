/** One safety rule of docs/safety.md, the line that carries it, and the test that must fail when it is switched off. */
export type Rule = {
  readonly number: number;
  readonly rule: string;
  readonly file: string;
  /** Exact text of that file, and what stands there when the rule is off. */
  readonly on: string;
  readonly off: string;
  readonly test: string;
  /** Only tests whose name holds this. */
  readonly named: string;
};

const STEP = "src/control/failover/step.ts";
const STEP_TEST = "src/control/failover/step.test.ts";
const FILES_TEST = "test/conformance/files.test.ts";

export const RULES: readonly Rule[] = [
  {
    number: 1,
    rule: "Epochs only rise, for ever; a deleted lease leaves a tombstone.",
    file: STEP,
    on: "epoch: nextEpoch(state.epoch),",
    off: "epoch: state.epoch,",
    test: STEP_TEST,
    named: "rule 1:",
  },
  {
    number: 1,
    rule: "Epochs only rise, for ever; a deleted lease leaves a tombstone.",
    file: "src/adapters/sqlite/database.ts",
    on: "this.#upsert.run(key, text, version);",
    off: 'if (text === null) this.#db.prepare("DELETE FROM register WHERE key = ?").run(key); else this.#upsert.run(key, text, version);',
    test: "test/conformance/sqlite.test.ts",
    named: "rule 1:",
  },
  {
    number: 2,
    rule: "A resource that can check epochs rejects older ones.",
    file: "src/adapters/files/driver.ts",
    on: "if (message.epoch < this.#epoch ||",
    off: "if (",
    test: FILES_TEST,
    named: "rule 2:",
  },
  {
    number: 3,
    rule: "A resource that cannot is promoted elsewhere only after a fence receipt; unknown is not fenced.",
    file: STEP,
    on: "const expired = waitedMs >= config.leaseMs + SHIM_KILL_MARGIN_MS;",
    off: "const expired = true;",
    test: STEP_TEST,
    named: "rule 3:",
  },
  {
    number: 4,
    rule: "The holder times its lease from when it sent the request.",
    file: "src/gateway/epoch-lease.ts",
    on: "const sentMs = monotonicMs();\n    const current = await this.#store.get(KEYS.route);",
    off: "const current = await this.#store.get(KEYS.route);\n    const sentMs = monotonicMs();",
    test: "src/gateway/epoch-lease.test.ts",
    named: "rule 4:",
  },
  {
    number: 4,
    rule: "A challenger waits a full lease from its own last sight of it.",
    file: STEP,
    on: "since.clock === now.clock ? now.ms - since.ms : 0);",
    off: "now.ms - since.ms + 3_000);",
    test: STEP_TEST,
    named: "rule 4:",
  },
  {
    number: 5,
    rule: "A holder fences itself before expiry; an independent watchdog does it when the holder hangs.",
    file: "src/adapters/local/shim/shim.ts",
    on: "if (this.#deadlineMs === null || monotonicMs() < this.#deadlineMs) return;",
    off: "if (this.#exited === null) return;",
    test: "test/conformance/local-platform.test.ts",
    named: "rule 5:",
  },
  {
    number: 6,
    rule: "Never check a lease and act after an await: carry the token to the place that commits.",
    file: "src/gateway/write-path.ts",
    on: "if (!this.#mayAcknowledge(under)) return",
    off: "if (false) return",
    test: "src/gateway/write-path.test.ts",
    named: "rule 6:",
  },
  {
    number: 7,
    rule: "No witness: failover is by hand only.",
    file: STEP,
    on: "if (!config.automatic)",
    off: "if (false)",
    test: STEP_TEST,
    named: "rule 7:",
  },
  {
    number: 8,
    rule: "Continuing without the Store needs agreement of all known members.",
    file: "src/gateway/epoch-lease.ts",
    on: "if (await this.#allAgree(writer, epoch))",
    off: "await this.#allAgree(writer, epoch);",
    test: "src/gateway/epoch-lease.test.ts",
    named: "rule 8:",
  },
  {
    number: 9,
    rule: "Above the RPO the application file decides, and nobody else was promoted.",
    file: "src/control/failover/candidate.ts",
    on: "if (best && best.lossBoundMs <= tolerated)",
    off: "if (best)",
    test: STEP_TEST,
    named: "rule 9:",
  },
  {
    number: 10,
    rule: "Every start of a process has a unique incarnation id.",
    file: "src/adapters/local/processes.ts",
    on: "statOf(id.pid)?.startTime === id.startTime;",
    off: "statOf(id.pid) !== null;",
    test: "src/adapters/local/processes.test.ts",
    named: "rule 10:",
  },
  {
    number: 11,
    rule: "Anti-flap state outlives the coordinator.",
    file: STEP,
    on: "if (recent >= config.maxPerHour)",
    off: "if (false)",
    test: STEP_TEST,
    named: "rule 11:",
  },
  {
    number: 12,
    rule: "Failing back is the same protocol; diverged data is never merged by itself.",
    file: "src/adapters/files/standby.ts",
    on: "if (this.#confirmed === null || this.#confirmed.get(path) === digest) return;",
    off: "return;",
    test: FILES_TEST,
    named: "rule 12:",
  },
  {
    number: 13,
    rule: "What recovery needs is never only on the site that failed.",
    file: "src/runtime/releases.ts",
    on: 'const target = join(this.#folder, "data", name);',
    off: 'const target = join(this.#folder, "..", "east", "data", name);',
    test: "test/scenarios/strategies.test.ts",
    named: "rule 13: is survived by active-active",
  },
  {
    number: 14,
    rule: "A standby that lost its own view of the world must not promote.",
    file: STEP,
    on: "if (!someoneElseIsAlive(view, config, writer))",
    off: "if (false)",
    test: STEP_TEST,
    named: "rule 14:",
  },
  {
    number: 14,
    rule: "A standby that lost its own view of the world must not promote.",
    file: "src/runtime/view.ts",
    on: "if (blind || this.#beats",
    off: "if (this.#beats",
    test: "src/runtime/view.test.ts",
    named: "rule 14:",
  },
  {
    number: 15,
    rule: "A planned move drains and blocks writes first, and loses nothing.",
    file: "src/adapters/files/driver.ts",
    on: "const flushed = await this.#role.writer.barrier();",
    off: "const flushed = ok({ position: 0, standbys: [] as string[] });",
    test: FILES_TEST,
    named: "rule 15:",
  },
];
