import { describe, expect, it } from "vitest";
import type { Status } from "../domain/index.ts";
import { unfinished } from "./wait.ts";

/** A deployment of one site that is as wanted, by version 7. */
const whole = {
  desiredVersion: 7,
  desired: { application: { sites: [{ name: "east" }] }, rollout: { state: "done" }, release: "sha256:aa" },
  failover: { phase: { kind: "steady" } },
  route: { number: 1 },
  power: {},
  sites: { east: { follows: 7, problem: null, wanted: 1, instances: [{ state: "ready" }] } },
  gateways: { one: { confirmed: 1 } },
} as unknown as Status;

describe("waiting until everything runs as wanted", () => {
  it("waits for nothing when the site acts by the version that is wanted", () => {
    expect(unfinished(whole)).toEqual([]);
  });

  it("does not take what a site said before the change for the change", () => {
    expect(unfinished({ ...whole, desiredVersion: 8 })).toEqual(["east takes up the change"]);
  });
});
