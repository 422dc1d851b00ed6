import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { replaceJson } from "../durable.ts";
import { addresses, type Cluster, layout, type SiteFile } from "../layout.ts";

/** Makes a site's folder, once. The folder is complete when `identity/site.json` is there. */
export async function provisionSite(state: string, cluster: Cluster, site: string, peer: string): Promise<void> {
  // Imported here: making certificates takes a tenth of a second to load and is needed once in a site's life.
  const { authority, issueIdentity } = await import("../certificates.ts");
  const folder = layout(state).site(site);
  for (const name of ["run", "logs", "data", "releases", "blobs"])
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  await issueIdentity(await authority(layout(state).authority), join(folder, "identity"), peer);
  const { store, supervisor } = addresses(cluster);
  const file: SiteFile = { site, cluster: cluster.id, store, supervisor };
  replaceJson(join(folder, "identity", "site.json"), file);
}
