import type { Status } from "../../domain/index.ts";
import type { Context } from "../context.ts";
import { EXIT, fail } from "../output.ts";
import type { CommandSpec } from "./command.ts";

const BOUND_MS = 120_000;

async function move(
  context: Context,
  kind: "failover" | "failback",
  to: string | undefined,
  acceptLoss: boolean,
): Promise<void> {
  const { output, client, need, confirm } = context;
  const { client: api } = await client();
  const before = need(await api.status());
  const writer = before.route?.writer ?? "nobody";
  const sites = before.desired?.application.sites.map((site) => site.name) ?? [];
  const target = to ?? (kind === "failback" ? sites[0] : sites.find((site) => site !== writer)) ?? "another site";
  output.say(
    `${writer} writes now under epoch ${before.failover?.epoch}; writing moves to ${target}. Writes wait meanwhile; nothing is lost${acceptLoss ? " that the standby has" : ""}.`,
  );
  await confirm(`Moving writing from ${writer} to ${target}`);
  const { request } = need(await api.move(kind, to ?? null, acceptLoss));
  const end = Date.now() + BOUND_MS;
  let told = "";
  for (;;) {
    const status = need(await api.status());
    const text = describe(status);
    if (text !== told) output.say(`  ${text}`);
    told = text;
    if (isOver(status, request.id)) return finish(context, status, before);
    if (Date.now() > end)
      fail(
        output,
        [
          {
            kind: "slow",
            message: `not finished after ${BOUND_MS / 1000} s: ${text}`,
            next: "look at `holdfast status`; it goes on by itself",
          },
        ],
        EXIT.partial,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const isOver = ({ failover }: Status, id: string): boolean =>
  failover?.lastRequest === id && failover.request === null && ["steady", "degraded"].includes(failover.phase.kind);

function describe({ failover }: Status): string {
  const phase = failover?.phase;
  if (!phase) return "no state yet";
  if (phase.kind === "fencing") return `fencing ${phase.from}${phase.blocked ? `: ${phase.blocked}` : ""}`;
  if (phase.kind === "failing-back") return `${phase.step} ${phase.from}`;
  return "to" in phase ? `${phase.kind} ${phase.to}` : `${phase.kind} (${phase.writer} writes)`;
}

function finish({ output }: Context, status: Status, before: Status): void {
  const refusal = status.failover?.refusal;
  if (refusal)
    fail(output, [
      {
        kind: "refused",
        message: refusal,
        next: "look at `holdfast status`; --accept-loss promotes a copy that may lack something",
      },
    ]);
  output.print(
    `${status.route?.writer} writes under epoch ${status.failover?.epoch} (before: ${before.route?.writer}, ${before.failover?.epoch})`,
  );
  output.result({ writer: status.route?.writer, epoch: status.failover?.epoch });
}

export const failover: CommandSpec = {
  name: "failover",
  summary: "move writing to another site (drained and without loss when the writer is alive)",
  args: [["[site]", "the site to move to"]],
  options: [["--accept-loss", "promote also a copy that may lack more than the RPO allows"]],
  help: ["holdfast failover", "holdfast failover west --yes"],
  run: (context, [site], options) => move(context, "failover", site, options["acceptLoss"] === true),
};

export const failback: CommandSpec = {
  name: "failback",
  summary: "move writing back to the first site",
  help: ["holdfast failback --yes"],
  run: (context) => move(context, "failback", undefined, false),
};
