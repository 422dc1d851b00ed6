import pc from "picocolors";
import { type Evidence, RTO_PHASES } from "../domain/index.ts";
import { formatDuration } from "../spec/index.ts";
import { table } from "./output.ts";

const ms = (value: number | null): string => (value === null ? "none within the limit" : `${Math.round(value)} ms`);

/** Declared against measured. */
export function renderVerdict({ verdict, declared, measured, fault, missed }: Evidence): string {
  const head =
    verdict === "met"
      ? pc.green(pc.bold("OBJECTIVES MET"))
      : pc.red(pc.bold(`OBJECTIVES MISSED: ${missed.join(", ")}`));
  const phases = RTO_PHASES.filter((phase) => measured.phases[phase] > 0).map(
    (phase) => `${phase} ${Math.round(measured.phases[phase])}`,
  );
  const rows = [
    ["", pc.dim("declared"), pc.dim("measured"), ""],
    ["RTO", formatDuration(declared.rtoMs), ms(measured.rtoMs), phases.length > 0 ? `= ${phases.join(" + ")} ms` : ""],
    [
      "RPO",
      formatDuration(declared.rpoMs),
      measured.rpoMs === null ? "not measured" : ms(measured.rpoMs),
      `${measured.lostWrites} of ${measured.acknowledgedWrites} acknowledged writes lost, ${measured.unknownWrites} with unknown outcome`,
    ],
  ];
  const requests = [
    [
      "reads",
      `${measured.reads.sent} sent`,
      `${measured.reads.failed} failed`,
      `${measured.reads.cutOff} cut off`,
      `median ${measured.reads.medianMs} ms, 99 % within ${measured.reads.p99Ms} ms`,
    ],
    [
      "writes",
      `${measured.writes.sent} sent`,
      `${measured.writes.failed} failed`,
      `${measured.writes.cutOff} cut off`,
      `median ${measured.writes.medianMs} ms, 99 % within ${measured.writes.p99Ms} ms`,
    ],
  ].filter((_row, index) => (index === 0 ? measured.reads.sent > 0 : measured.writes.sent > 0));
  const rotation =
    measured.outOfRotationMs === null ? [] : [`out of the rotation after ${measured.outOfRotationMs} ms`];
  return [head, `fault: ${fault.how}`, table(rows), table(requests), ...rotation].join("\n");
}
