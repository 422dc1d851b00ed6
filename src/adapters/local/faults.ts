import { existsSync, renameSync } from "node:fs";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Application,
  type Fault,
  fail,
  type InstanceRecord,
  ok,
  type Problem,
  problem,
  type Result,
  type Status,
} from "../../domain/index.ts";
import { readJson } from "./durable.ts";
import { layout } from "./layout.ts";
import { identify, isRunning, membersOf, type ProcessId, sendSignal } from "./processes.ts";

export type Injection = {
  readonly target: string;
  readonly how: string;
  readonly at: number;
  readonly incarnation: string | null;
  undo(): Promise<void>;
};

/** What a fault needs of the running system. */
export type FaultTools = {
  readonly detour: (site: string, incarnation: string, port: number | null) => Promise<boolean>;
  /** Gateways send to the instance. */
  readonly inRotation: (incarnation: string) => Promise<boolean>;
};

const JOIN_MS = 15_000;

const nothing = async (): Promise<void> => {};

/**
 * Breaks one thing of a local deployment, without telling anybody who recovers: signals go to recorded processes whose
 * start time still fits, and a dead site's folder is moved out of reach.
 */
export async function injectFault(
  state: string,
  fault: Fault,
  target: string | null,
  status: Status,
  tools: FaultTools,
): Promise<Result<Injection>> {
  const writer = status.route?.writer ?? Object.keys(status.sites)[0] ?? "";
  const site = target?.split("/")[0] ?? writer;
  switch (fault) {
    case "kill-site":
      return killSite(state, site);
    case "hang-site":
      return hangSite(state, site);
    case "kill-agent": {
      const pid = status.sites[site]?.pid;
      return pid === undefined ? fail(noSite(site)) : killProcess(pid, "SIGKILL", `agent of ${site}`);
    }
    case "kill-gateway": {
      const gateway = status.gateways[target ?? Object.keys(status.gateways)[0] ?? ""];
      return gateway
        ? killProcess(gateway.pid, "SIGKILL", gateway.id)
        : fail(
            problem(
              "no-gateway",
              `there is no gateway ${target}`,
              `there are ${Object.keys(status.gateways).join(", ")}`,
            ),
          );
    }
    case "kill-instance":
    case "hang-instance":
    case "wrong-answers":
      return onInstance(fault, site, target, status, tools);
  }
}

const noSite = (site: string): Problem =>
  problem("no-site", `there is no running site ${site}`, "look at `holdfast status`");

function groupOf(state: string, site: string): ProcessId | null {
  const id = readJson<Record<string, ProcessId>>(layout(state).processes)?.[`site-${site}`];
  return id && isRunning(id) ? id : null;
}

function killSite(state: string, site: string): Result<Injection> {
  const holder = groupOf(state, site);
  if (!holder) return fail(noSite(site));
  const folder = layout(state).site(site);
  const away = `${folder}.unreachable`;
  const members = membersOf(holder.pid).length;
  const at = Date.now();
  process.kill(-holder.pid, "SIGKILL");
  renameSync(folder, away);
  return ok({
    target: site,
    how: `SIGKILL to the process group of ${site} (${members} processes), and its folder moved out of reach`,
    at,
    incarnation: null,
    undo: async () => {
      if (existsSync(away) && !existsSync(folder)) renameSync(away, folder);
    },
  });
}

function hangSite(state: string, site: string): Result<Injection> {
  const holder = groupOf(state, site);
  if (!holder) return fail(noSite(site));
  const at = Date.now();
  process.kill(-holder.pid, "SIGSTOP");
  return ok({
    target: site,
    how: `SIGSTOP to the process group of ${site}`,
    at,
    incarnation: null,
    undo: async () => {
      if (isRunning(holder)) process.kill(-holder.pid, "SIGCONT");
    },
  });
}

function killProcess(pid: number, signal: NodeJS.Signals, what: string): Result<Injection> {
  if (!identify(pid)) return fail(problem("gone", `${what} does not run`, "look at `holdfast status`"));
  const at = Date.now();
  sendSignal(pid, signal);
  return ok({ target: what, how: `${signal} to ${what} (pid ${pid})`, at, incarnation: null, undo: nothing });
}

async function onInstance(
  fault: Fault,
  site: string,
  target: string | null,
  status: Status,
  tools: FaultTools,
): Promise<Result<Injection>> {
  const ready = (status.sites[site]?.instances ?? []).filter((each) => each.state === "ready");
  const wanted = target?.split("/")[1];
  const instance =
    wanted === undefined ? ready[0] : ready.find((each) => String(each.slot) === wanted || each.incarnation === wanted);
  if (!instance)
    return fail(
      problem("no-instance", `there is no ready instance ${wanted ?? ""} in ${site}`, "look at `holdfast status`"),
    );
  const name = `instance ${instance.slot} of ${site}`;
  if (fault === "wrong-answers") return falsify(site, instance, name, status.desired!.application, tools);
  const signal = fault === "hang-instance" ? "SIGSTOP" : "SIGKILL";
  const injected = killProcess(instance.pid, signal, name);
  if (!injected.ok) return injected;
  const id = identify(instance.pid);
  const undo = async (): Promise<void> => {
    if (fault === "hang-instance" && id && isRunning(id)) sendSignal(id.pid, "SIGCONT");
  };
  return ok({ ...injected.value, incarnation: instance.incarnation, undo });
}

/** A proxy between the gateways and the instance: honest until it is in the rotation, then it falsifies the known answers. */
async function falsify(
  site: string,
  instance: InstanceRecord,
  name: string,
  application: Application,
  { detour, inRotation }: FaultTools,
): Promise<Result<Injection>> {
  const right = application.service.golden.map((golden) => JSON.stringify(golden.expect.equals));
  if (right.length === 0)
    return fail(
      problem(
        "no-golden",
        "the application declares no golden request, so nobody can see a wrong answer",
        "declare `service.golden`",
      ),
    );
  let lying = false;
  const falsified = (text: string): string =>
    lying ? right.reduce((all, value) => all.replaceAll(value, JSON.stringify(`not ${value}`)), text) : text;
  const proxy = await listen(falsified, instance);
  const { port } = proxy.address() as AddressInfo;
  const undo = async (): Promise<void> => {
    await detour(site, instance.incarnation, null);
    proxy.close();
    proxy.closeAllConnections();
  };
  const joined =
    (await detour(site, instance.incarnation, port)) &&
    (await untilThrough(
      () => seen(proxy),
      () => inRotation(instance.incarnation),
    ));
  if (!joined) {
    await undo();
    return fail(problem("detour", `${name} did not join the rotation through the proxy`, "look at `holdfast status`"));
  }
  lying = true;
  const how = `answers of ${name}, which is in the rotation, are falsified on their way by a proxy`;
  return ok({ target: name, how, at: Date.now(), incarnation: instance.incarnation, undo });
}

const counts = new WeakMap<Server, number>();
const seen = (proxy: Server): number => counts.get(proxy) ?? 0;

/** Requests came through the proxy, and the instance is in the rotation with it. */
async function untilThrough(count: () => number, inRotation: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + JOIN_MS;
  while (Date.now() < end) {
    if (count() > 3 && (await inRotation())) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function listen(falsified: (text: string) => string, { host, port }: InstanceRecord): Promise<Server> {
  const server = createServer((request, response) => {
    counts.set(server, seen(server) + 1);
    const onward = httpRequest(
      { host, port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const body = Buffer.from(falsified(Buffer.concat(chunks).toString("utf8")));
          response.writeHead(answer.statusCode ?? 502, { ...answer.headers, "content-length": body.length });
          response.end(body);
        });
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
