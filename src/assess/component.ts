import type { Edit, Place } from "./finding.ts";

/** How soon a component can be back at best after one kind of loss, and what it loses. Seconds; null: it does not come back. */
export type Reach = { readonly rtoS: number | null; readonly rpoS: number | null; readonly how: string };

export const LOSSES = ["instance", "machine", "zone", "site"] as const;
export type Loss = (typeof LOSSES)[number];

/** Something that has to be up: its redundancy and what it can reach as it is configured. */
export type Component = {
  /** Such as `Deployment shop/web`, `aws_db_instance.main`. */
  readonly subject: string;
  readonly place: Place;
  /** null: only evaluation tells, such as `count = var.n`. */
  readonly total: number | null;
  readonly required: number;
  /** Zones that it is surely spread over. */
  readonly zones: number;
  /** Probability of being down by its own redundancy alone; null with `total`. */
  readonly unavailability: number | null;
  readonly reach: Readonly<Record<Loss, Reach>>;
};

/** What a person starts, with what is known about it for an application file. */
export type Starter = {
  readonly name: string;
  readonly place: Place;
  readonly image: string | null;
  readonly command: readonly string[] | null;
  readonly port: number | null;
  readonly live: string | null;
  readonly ready: string | null;
  readonly required: number;
  readonly max: number;
  readonly cpu: string | null;
  readonly memory: string | null;
  /** null: the value is a secret, or comes from elsewhere. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly folders: readonly { readonly name: string; readonly path: string; readonly size: string | null }[];
  readonly graceS: number | null;
  readonly zones: readonly string[];
};

export type Patch = readonly Edit[] | null;
