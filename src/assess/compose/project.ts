import type { Assumptions } from "../../domain/index.ts";
import type { Component, Reach, Starter } from "../component.ts";
import { componentDown } from "../evaluate.ts";
import { endOfLife, isDatabase, parseImage } from "../images.ts";
import type { Report } from "../report.ts";
import { setKey } from "../source/edit-yaml.ts";
import { type Piece, placeOf } from "../source/piece.ts";
import { at, type Entry, entries, items, number, type Tree, text, texts } from "../source/tree.ts";
import { TIMES } from "../times.ts";

/** A file of docker compose: services at the top, each with an image or a build. */
export const isCompose = (tree: Tree): boolean =>
  at(tree, "kind") === undefined &&
  entries(at(tree, "services")).some(
    ({ value }) => at(value, "image") !== undefined || at(value, "build") !== undefined,
  );

const BACKUP = /backup|restic|kopia|borg|velero|offen|litestream|wal-g|pgbackrest|duplicati/i;

/** Rules for one compose file. Everything of it runs on one machine, unless a swarm spreads it. */
export function assessCompose(
  piece: Piece,
  tree: Tree,
  today: string,
  report: Report,
  f: Assumptions,
): { readonly components: readonly Component[]; readonly starters: readonly Starter[] } {
  const services = entries(at(tree, "services"));
  const backedUp = services.some(({ key, value }) => BACKUP.test(`${key} ${text(at(value, "image")) ?? ""}`));
  const named = new Set(entries(at(tree, "volumes")).map((entry) => entry.key));
  const found = services.map((entry) => {
    const place = placeOf(piece, entry.at.start);
    const subject = `service ${entry.key}`;
    assessService(piece, entry, today, report);
    const total = number(at(entry.value, "deploy", "replicas")) ?? number(at(entry.value, "scale")) ?? 1;
    const folders = foldersOf(entry.value, named);
    const keeps = folders.length > 0 || isDatabase(text(at(entry.value, "image")) ?? "");
    if (keeps && !backedUp && !BACKUP.test(entry.key))
      report.at("no-backup", subject, piece, entry.at.start, {
        message:
          folders.length > 0
            ? `keeps files in ${folders.map((each) => each.name).join(", ")}, and no service backs them up`
            : "a database whose files are deleted with its container",
        fix: "copy the volume off the machine on a schedule (restic, offen/docker-volume-backup), and restore it once",
      });
    const restarts = restartsOf(entry.value);
    const reach = reachOf(restarts, keeps, backedUp);
    const component: Component = {
      subject,
      place,
      total,
      required: 1,
      zones: 1,
      unavailability: componentDown(
        total,
        1,
        {
          zones: 1,
          sameMachine: true,
          restartS: reach.instance.rtoS ?? f.humanReaction.value,
          machineS: f.humanReaction.value,
        },
        f,
      ),
      reach,
    };
    return { component, starter: starterOf(entry, place, folders) };
  });
  const first = services[0];
  if (first)
    report.at("one-zone", "the compose file", piece, first.at.start, {
      message: `all ${services.length} service${services.length === 1 ? "" : "s"} run on one machine`,
      fix: "declare sites in a holdfast.yaml (`holdfast init --from` begins one), or run a second machine with the same file",
      severity: "high",
    });
  return { components: found.map((each) => each.component), starters: found.map((each) => each.starter) };
}

const restartsOf = (service: Tree): boolean =>
  !["", "no", "false"].includes(
    text(at(service, "restart")) ?? text(at(service, "deploy", "restart_policy", "condition")) ?? "",
  );

function assessService(piece: Piece, { key, at: where, value }: Entry, today: string, report: Report): void {
  const subject = `service ${key}`;
  const image = at(value, "image");
  const written = text(image);
  if (image && written && !written.includes("$")) {
    const parsed = parseImage(written);
    const ended = endOfLife(parsed, today);
    if (ended)
      report.at("end-of-life-image", subject, piece, image.start, {
        message: `${parsed.name}:${parsed.tag} has not been looked after since ${ended}`,
        fix: "move to a version that is maintained, and test it first",
      });
    if (!parsed.digest)
      report.at(
        parsed.tag === null || parsed.tag === "latest" ? "latest-image" : "unpinned-image",
        subject,
        piece,
        image.start,
        {
          message:
            parsed.tag === null || parsed.tag === "latest"
              ? `${written}: whatever was pushed last`
              : `${written} by tag alone`,
          fix: `add the digest: \`${written}@sha256:…\` (\`skopeo inspect docker://${written}\` shows it)`,
        },
      );
  }
  if (!restartsOf(value))
    report.at("no-restart", subject, piece, where.start, {
      message: "is not started again after it ends",
      fix: "set `restart: unless-stopped`",
      edits: setKey(piece, value, "restart", "unless-stopped"),
    });
  if (!at(value, "healthcheck"))
    report.at("no-healthcheck", subject, piece, where.start, {
      message: "has no healthcheck (one in the image does not show here)",
      fix: "add a `healthcheck` that asks the program itself",
    });
  if (!at(value, "mem_limit") && !at(value, "deploy", "resources", "limits", "memory"))
    report.at("no-limits", subject, piece, where.start, {
      message: "has no memory limit",
      fix: "set `deploy.resources.limits.memory` to what it needs at most, measured",
    });
}

function reachOf(restarts: boolean, keeps: boolean, backedUp: boolean): Component["reach"] {
  const again: Reach = restarts
    ? { rtoS: TIMES.endpointsChanged.s, rpoS: 0, how: "it is started again" }
    : { rtoS: null, rpoS: 0, how: "a person starts it again" };
  const lost: Reach =
    keeps && !backedUp
      ? { rtoS: null, rpoS: null, how: "its files are on that machine, without a backup" }
      : { rtoS: null, rpoS: keeps ? null : 0, how: "there is no other machine" };
  return { instance: again, machine: lost, zone: lost, site: lost };
}

type Folder = Starter["folders"][number];

function foldersOf(service: Tree, named: ReadonlySet<string>): readonly Folder[] {
  return items(at(service, "volumes")).flatMap((volume) => {
    const written = text(volume);
    const [from, path] = written ? written.split(":") : [text(at(volume, "source")), text(at(volume, "target"))];
    const readOnly = written?.endsWith(":ro") || text(at(volume, "read_only")) === "true";
    if (!from || !path || readOnly) return [];
    return named.has(from) ? [{ name: from, path, size: null }] : [];
  });
}

function starterOf({ key, value }: Entry, place: Starter["place"], folders: readonly Folder[]): Starter {
  const command = at(value, "command");
  const port = items(at(value, "ports"))[0];
  const published = text(port)?.split(":").at(-1)?.split("/")[0];
  const env = at(value, "environment");
  const pairs = items(env).map((each): readonly [string, string | null] => {
    const written = text(each) ?? "";
    const cut = written.indexOf("=");
    return cut > 0 ? [written.slice(0, cut), written.slice(cut + 1)] : [written, null];
  });
  return {
    name: key,
    place,
    image: text(at(value, "image")),
    command:
      command?.kind === "list"
        ? command.items.flatMap((each) => text(each) ?? [])
        : (text(command)?.split(/\s+/) ?? null),
    port: Number(published ?? number(at(port, "target")) ?? Number.NaN) || null,
    live: null,
    ready: null,
    required: 1,
    max: number(at(value, "deploy", "replicas")) ?? 1,
    cpu: text(at(value, "deploy", "resources", "limits", "cpus")),
    memory: text(at(value, "deploy", "resources", "limits", "memory")),
    env: { ...texts(env), ...Object.fromEntries(pairs) },
    folders,
    graceS: null,
    zones: [],
  };
}
