import type { Application, Assumptions } from "../domain/index.ts";
import { type Design, deploymentsOf, placementsOf, protectionsOf, sparesOf, timingsOf } from "./design.ts";
import { evaluate, type Option } from "./option.ts";
import { type Miss, missesOf } from "./plan.ts";

/** The chosen design with one choice made differently. */
export type Neighbour = {
  readonly what: string;
  readonly option: Option;
  readonly misses: readonly Miss[];
  readonly differenceUsdPerMonth: number;
};

/** What every single other choice would give: why each choice is as it is. */
export function neighboursOf(chosen: Option, application: Application, figures: Assumptions): readonly Neighbour[] {
  return changesOf(chosen.design, application, figures).map(({ what, design }) => {
    const option = evaluate(design, application, figures);
    return {
      what,
      option,
      misses: missesOf(option, application.objectives),
      differenceUsdPerMonth: option.usdPerMonth - chosen.usdPerMonth,
    };
  });
}

type Change = { readonly what: string; readonly design: Design };

function changesOf(design: Design, application: Application, figures: Assumptions): readonly Change[] {
  const { strategy } = design;
  const spares = sparesOf(application)
    .filter((spare) => spare !== design.spare)
    .map((spare) => ({ what: spare === 0 ? "no spare instance" : `N+${spare}`, design: { ...design, spare } }));
  const timings = timingsOf(application)
    .filter(({ detectionS, leaseS }) => (detectionS === design.timing.detectionS) !== (leaseS === design.timing.leaseS))
    .map((timing) => ({
      what: `detection ${timing.detectionS}s, lease ${timing.leaseS}s`,
      design: { ...design, timing },
    }));
  const deployments = deploymentsOf()
    .filter((deployment) => deployment !== design.deployment)
    .map((deployment) => ({ what: `${deployment} releases`, design: { ...design, deployment } }));
  const data = application.data.flatMap((each) =>
    protectionsOf(strategy, each, application, figures)
      .filter((protection) => JSON.stringify(protection) !== JSON.stringify(design.data[each.name]))
      .map((protection) => ({
        what: `${each.name}: ${protection.kind === "recovery-points" ? `recovery points every ${protection.intervalS}s` : protection.kind}`,
        design: { ...design, data: { ...design.data, [each.name]: protection } },
      })),
  );
  const models = application.models.flatMap((each) =>
    placementsOf(strategy)
      .filter((placement) => placement !== design.models[each.name])
      .map((placement) => ({
        what: `${each.name}: ${placement}`,
        design: { ...design, models: { ...design.models, [each.name]: placement } },
      })),
  );
  return [...sitesOf(design, application), ...spares, ...timings, ...deployments, ...data, ...models];
}

/** One standby more, one fewer, another writer; where the file leaves the sites open. */
function sitesOf(design: Design, { sites, open }: Application): readonly Change[] {
  if (open.sites === "all") return [];
  const [writer, ...standbys] = design.sites;
  const others = sites.filter((site) => !design.sites.includes(site));
  const change = (what: string, chosen: Design["sites"]): Change => ({ what, design: { ...design, sites: chosen } });
  if (typeof open.sites === "number")
    return others.flatMap((site) =>
      standbys.map((old) =>
        change(
          `${site.name} in place of ${old.name}`,
          design.sites.map((each) => (each === old ? site : each)),
        ),
      ),
    );
  return [
    ...others.map((site) => change(`${site.name} too`, [...design.sites, site])),
    ...(standbys.length > 1
      ? standbys.map((old) =>
          change(
            `without ${old.name}`,
            design.sites.filter((site) => site !== old),
          ),
        )
      : []),
    ...standbys.map((site) =>
      change(`${site.name} writes`, [site, writer!, ...standbys.filter((each) => each !== site)]),
    ),
  ];
}
