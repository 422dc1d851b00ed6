import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figures } from "./figures.ts";

const MB = 1024 * 1024;
const ROOT = join(import.meta.dirname, "..");
/** Parsing alone needs the whole tree at once, so it gets a part of the file; its time is scaled. */
const PARSED_SHARE = 0.1;

/** Highest resident memory of a process, MB, looked at ten times a second. */
function peakOf(command: string, args: readonly string[]): Promise<{ readonly s: number; readonly peakMb: number }> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const child = spawn(command, args, { stdio: "ignore" });
    let peakKb = 0;
    const looking = setInterval(() => {
      try {
        const found = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
        peakKb = Math.max(peakKb, Number(found?.[1] ?? 0));
      } catch {
        // It ended between two looks.
      }
    }, 100);
    child.on("exit", () => {
      clearInterval(looking);
      resolve({ s: (performance.now() - startedMs) / 1_000, peakMb: Math.round(peakKb / 1024) });
    });
  });
}

/** `assess` on 50 MB of manifests, beside the YAML library parsing a tenth of them in the same run. */
export async function assessing(say: (text: string) => void): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const one = readFileSync(join(ROOT, "test", "fixtures", "assess", "good", "kubernetes.yaml"), "utf8");
    const copies = Math.ceil((50 * MB) / one.length);
    const text = Array.from({ length: copies }, (_, index) => one.replaceAll("shop", `n${index}`)).join("\n---\n");
    const file = join(folder, "all.yaml");
    writeFileSync(file, text);
    const found = await peakOf(process.execPath, [join(ROOT, "src", "main.ts"), "assess", file, "--json"]);
    say(`50 MB in ${found.s.toFixed(1)} s, at most ${found.peakMb} MB`);
    const part = join(folder, "part.yaml");
    writeFileSync(part, text.slice(0, text.indexOf("\n---\n", text.length * PARSED_SHARE)));
    const script = `import { parseAllDocuments } from "yaml"; import { readFileSync } from "node:fs"; parseAllDocuments(readFileSync(${JSON.stringify(part)}, "utf8"));`;
    const startedMs = performance.now();
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: ROOT });
    const parsingS = (performance.now() - startedMs) / 1_000 / PARSED_SHARE;
    return {
      megabytes: Math.round(text.length / MB),
      assessS: Number(found.s.toFixed(1)),
      peakMb: found.peakMb,
      parsingAloneS: Number(parsingS.toFixed(1)),
      ratio: Number((found.s / parsingS).toFixed(2)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
