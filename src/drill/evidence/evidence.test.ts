import { createHash, generateKeyPairSync } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Evidence, RTO_PHASES } from "../../domain/index.ts";
import { evidenceKey, renderReport, sign, verify, verifyFolder, writeEvidence } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-evidence-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LEDGER = ['{"id":"a"}', '{"id":"b"}'];
const TALLY = { sent: 10, ok: 10, failed: 0, cutOff: 0, medianMs: 2, p99Ms: 9 };

const evidence: Evidence = {
  kind: "holdfast.dev/drill/v1",
  id: "one",
  application: "<b>shop</b>",
  release: "sha256:00",
  strategy: "hot-standby",
  at: "2026-11-24T00:00:00.000Z",
  fault: { kind: "kill-site", target: "east", how: "SIGKILL" },
  declared: { rtoMs: 15_000, rpoMs: 0 },
  measured: {
    rtoMs: 300,
    phases: Object.fromEntries(RTO_PHASES.map((phase) => [phase, 40])) as Evidence["measured"]["phases"],
    rpoMs: 0,
    lostWrites: 0,
    acknowledgedWrites: 2,
    unknownWrites: 0,
    outOfRotationMs: null,
    reads: TALLY,
    writes: TALLY,
  },
  verdict: "met",
  missed: [],
  environment: { node: "v24" },
  timeline: [{ atMs: 50, kind: "fencing", site: "east", text: '"><script>alert(1)</script>' }],
  series: [{ atMs: 0, ok: 3, failed: 1, medianMs: 2 }],
  ledgerSha256: createHash("sha256")
    .update(LEDGER.map((line) => `${line}\n`).join(""))
    .digest("hex"),
};

describe("evidence", () => {
  const key = evidenceKey(folder);

  it("is genuine under the pinned key", () =>
    expect(verify(sign(evidence, key), key.publicPem)).toEqual({ ok: true, value: evidence }));

  it("detects a change of any single byte", () => {
    const bytes = Buffer.from(sign(evidence, key));
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ 1;
      expect(verify(changed.toString("utf8"), key.publicPem).ok, `byte ${at}`).toBe(false);
    }
    expect(verify(bytes.subarray(0, -1).toString(), key.publicPem).ok).toBe(false);
    expect(verify(`${bytes.toString()} `, key.publicPem).ok).toBe(false);
  });

  it("is not believed under another key, which is named", () => {
    const other = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }) as string;
    expect(verify(sign(evidence, key), other)).toMatchObject({
      ok: false,
      error: { kind: "other-key", message: expect.stringContaining(key.id) },
    });
  });

  it("is the same key every time", () => expect(evidenceKey(folder).id).toBe(key.id));

  it.each(["ledger.jsonl", "report.html"])("notices that the %s beside it was changed", (name) => {
    const written = writeEvidence(join(folder, name), evidence, LEDGER, key);
    expect(verifyFolder(written.evidence, key.publicPem).ok).toBe(true);
    appendFileSync(join(written.evidence, "..", name), "x");
    expect(verifyFolder(written.evidence, key.publicPem).ok).toBe(false);
  });

  it("escapes every text in the report, and loads nothing", () => {
    const html = renderReport(evidence);
    expect(html).not.toContain("<script>");
    expect(html).toContain("&lt;b&gt;shop");
    expect(html).not.toMatch(/src=|href=/);
    expect(html).toBe(renderReport(evidence));
  });

  it("draws what was never recovered, and bounds what is drawn", () => {
    const series = Array.from({ length: 10_000 }, (_, step) => ({ atMs: step * 100, ok: 1, failed: 0, medianMs: 1 }));
    const html = renderReport({ ...evidence, measured: { ...evidence.measured, rtoMs: null }, timeline: [], series });
    expect(html.length).toBeLessThan(200_000);
    expect(readFileSync(join(folder, "evidence.pub"), "utf8")).toContain("PUBLIC KEY");
  });
});
