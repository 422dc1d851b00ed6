import { type Evidence, type RequestTally, RTO_PHASES } from "../../../domain/index.ts";
import { escapeHtml } from "./escape.ts";
import { STYLE } from "./style.ts";
import { renderTimeline } from "./timeline.ts";

const EVENTS_SHOWN = 200;

const ms = (value: number | null): string =>
  value === null ? "—" : value >= 10_000 ? `${(value / 1_000).toFixed(1)} s` : `${Math.round(value)} ms`;

const EXPLAINED: Readonly<Record<(typeof RTO_PHASES)[number], string>> = {
  detect: "until somebody noticed",
  decide: "until the decision was recorded",
  fence: "until the old writer could not write any more, and every gateway held writes back",
  restore: "until the standby's data was open for writing",
  loadModel: "until an instance with its model was ready there",
  moveTraffic: "until every gateway worked by the new route",
  firstCorrectAnswer: "until the first correct answers to a read and to a write",
};

/** A page that stands alone: no script, nothing loaded. The same evidence gives the same bytes. */
export function renderReport(evidence: Evidence): string {
  const { application, verdict, fault, at } = evidence;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(`${application}: ${fault.kind}, objectives ${verdict}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${verdict}">
<p>${escapeHtml(application)} · ${escapeHtml(fault.kind)} of ${escapeHtml(fault.target)} · ${escapeHtml(at)}</p>
<h1>Objectives ${verdict}</h1>
</header>
<main>
${objectives(evidence)}
<h2>What happened</h2>
<p>${escapeHtml(fault.how)}.</p>
<div class="picture">${renderTimeline(evidence)}</div>
${phases(evidence)}
${requests(evidence)}
${events(evidence)}
${environment(evidence)}
<h2>How to check this</h2>
<p>This page repeats the signed file <code>evidence.json</code> beside it. With the public key that you pinned before the drill:</p>
<pre>holdfast evidence verify evidence.json --key pinned.pub</pre>
</main>
</body>
</html>
`;
}

function objectives({ declared, measured, missed }: Evidence): string {
  const card = (name: string, limit: string, got: string, good: boolean, detail: string): string =>
    `<section class="card ${good ? "met" : "missed"}"><h2>${name}</h2><p class="big">${got}</p><p>declared ${limit}</p><p>${escapeHtml(detail)}</p></section>`;
  const margin =
    measured.rtoMs === null
      ? "no correct answer came within the limit"
      : `${Math.round((measured.rtoMs / Math.max(1, declared.rtoMs)) * 100)} % of what was allowed`;
  const lost = `${measured.lostWrites} of ${measured.acknowledgedWrites} acknowledged writes lost; ${measured.unknownWrites} with unknown outcome`;
  return `<div class="cards">${card("RTO", ms(declared.rtoMs), ms(measured.rtoMs), !missed.some((each) => each.startsWith("rto")), margin)}${card("RPO", ms(declared.rpoMs), measured.rpoMs === null ? "not measured" : ms(measured.rpoMs), !missed.includes("rpo"), lost)}</div>`;
}

function phases({ measured }: Evidence): string {
  const rows = RTO_PHASES.map(
    (phase) =>
      `<tr><td>${phase}</td><td class="number">${ms(measured.phases[phase])}</td><td>${EXPLAINED[phase]}</td></tr>`,
  );
  return `<h2>RTO by phase</h2><table><thead><tr><th>phase</th><th class="number">took</th><th></th></tr></thead><tbody>${rows.join("")}</tbody><tfoot><tr><td>RTO</td><td class="number">${ms(measured.rtoMs)}</td><td></td></tr></tfoot></table>`;
}

function requests({ measured }: Evidence): string {
  const row = (name: string, tally: RequestTally): string =>
    `<tr><td>${name}</td>${[tally.sent, tally.ok, tally.failed, tally.cutOff].map((value) => `<td class="number">${value}</td>`).join("")}<td class="number">${ms(tally.medianMs)}</td><td class="number">${ms(tally.p99Ms)}</td></tr>`;
  const rotation =
    measured.outOfRotationMs === null
      ? ""
      : `<p>The broken instance was out of the rotation after ${ms(measured.outOfRotationMs)}.</p>`;
  return `<h2>What clients saw</h2><table><thead><tr><th></th><th class="number">sent</th><th class="number">correct</th><th class="number">failed</th><th class="number">cut off</th><th class="number">median</th><th class="number">99 % within</th></tr></thead><tbody>${row("reads", measured.reads)}${row("writes", measured.writes)}</tbody></table>
<p>Cut off: the answer broke after its first byte had reached the client, so nobody could repeat the request. Unknown: neither acknowledged nor refused; such a write may or may not be there, and counts as neither kept nor lost.</p>${rotation}`;
}

function events({ timeline }: Evidence): string {
  const rows = timeline
    .slice(0, EVENTS_SHOWN)
    .map(
      (event) =>
        `<tr><td class="number">${event.atMs} ms</td><td>${escapeHtml(event.site ?? "")}</td><td>${escapeHtml(event.kind)}</td><td>${escapeHtml(event.text)}</td></tr>`,
    );
  const more =
    timeline.length > EVENTS_SHOWN ? `<p>${timeline.length - EVENTS_SHOWN} more are in evidence.json.</p>` : "";
  return `<h2>Events</h2><table><thead><tr><th class="number">from the fault</th><th>site</th><th>kind</th><th></th></tr></thead><tbody>${rows.join("")}</tbody></table>${more}`;
}

function environment(evidence: Evidence): string {
  const facts = { strategy: evidence.strategy, release: evidence.release, ...evidence.environment };
  const rows = Object.entries(facts).map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<h2>Where</h2><table><tbody>${rows.join("")}</tbody></table>`;
}
