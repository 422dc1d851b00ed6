import { expect, it } from "vitest";
import { identify, isRunning, signal } from "./processes.ts";

it("rule 10: a pid alone is not a process: one that was started at another time is somebody else", () => {
  const self = identify(process.pid)!;
  expect(isRunning(self)).toBe(true);
  const earlier = { ...self, startTime: `${self.startTime}1` };
  expect(isRunning(earlier)).toBe(false);
  expect(signal(earlier, "SIGKILL"), "and is never signalled").toBe(false);
});
