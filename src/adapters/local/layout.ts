import { join } from "node:path";
import type { PeerAddress } from "../../domain/index.ts";
import { readJson } from "./durable.ts";

const HOST = "127.0.0.1";

/** Of one running application on this machine; kept in `.holdfast/cluster.json`. */
export type Cluster = {
  readonly id: string;
  /** First of a block of 100 ports for the processes outside the sites. */
  readonly base: number;
  /** Sites whose folder was made; one that is missing later is unreachable, and never made anew by itself. */
  readonly provisioned: readonly string[];
};

/** Where things are below `.holdfast/`. */
export const layout = (state: string) =>
  ({
    cluster: join(state, "cluster.json"),
    processes: join(state, "processes.json"),
    lock: join(state, "supervisor.lock"),
    authority: join(state, "keys", "authority"),
    identity: (name: string): string => join(state, "keys", name),
    evidenceKeys: join(state, "keys"),
    store: join(state, "store", "store.db"),
    artifacts: join(state, "artifacts"),
    logs: join(state, "logs"),
    evidence: join(state, "evidence"),
    token: join(state, "api-token"),
    site: (site: string): string => join(state, "sites", site),
  }) as const;

export const readCluster = (state: string): Cluster | null => readJson<Cluster>(layout(state).cluster);

/** Every process outside the sites has a fixed place in the block, so that it comes back where its peers look for it. */
export const addresses = (cluster: Cluster) =>
  ({
    supervisor: { host: HOST, port: cluster.base },
    store: { host: HOST, port: cluster.base + 1 },
    api: { host: HOST, port: cluster.base + 2 },
    gateway: (number: number): PeerAddress => ({ host: HOST, port: cluster.base + 10 + number }),
  }) as const;

export const SUPERVISOR_PEER = "supervisor.holdfast";
export const CLI_PEER = "cli.holdfast";
export const API_PEER = "api.holdfast";
export const gatewayPeer = (id: string): string => `${id}.holdfast`;
export const agentPeer = (site: string): string => `${site}.agent.holdfast`;

/** What a site knows of the world outside; lies in its `identity/` folder. */
export type SiteFile = {
  readonly site: string;
  readonly cluster: string;
  readonly store: PeerAddress;
  readonly supervisor: PeerAddress;
};
