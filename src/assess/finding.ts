/** `error`: the file itself is wrong. The others say how bad the finding is for staying up and coming back. */
export type Severity = "error" | "high" | "medium" | "low";

export const SEVERITIES: readonly Severity[] = ["error", "high", "medium", "low"];

/** The objective that a finding breaks. */
export type Objective = "availability" | "rto" | "rpo" | "deployment";

/** Lines and columns are counted from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

/** One change of a file: characters `start` up to `end` of the whole file become `text`. */
export type Edit = { readonly start: number; readonly end: number; readonly text: string };

export type Finding = {
  readonly rule: RuleId;
  readonly severity: Severity;
  /** What it is about, such as `Deployment shop/web`. */
  readonly subject: string;
  readonly message: string;
  /** The next action. */
  readonly fix: string;
  readonly place: Place;
  /** The patch; null: no change of this file alone repairs it. */
  readonly edits: readonly Edit[] | null;
};

type Rule = {
  readonly severity: Severity;
  readonly breaks: Objective;
  readonly title: string;
  readonly why: string;
};

const rule = (severity: Severity, breaks: Objective, title: string, why: string): Rule => ({
  severity,
  breaks,
  title,
  why,
});

/** Every rule, with why it matters. Names are stable: they are the rule ids in SARIF. */
export const RULES = {
  unreadable: rule("error", "deployment", "A file cannot be read", "What is not read is not assessed."),
  "hostile-yaml": rule(
    "error",
    "deployment",
    "YAML that no honest file holds",
    "Parsers that accept it run out of memory or time, or disagree about what it says.",
  ),
  "unknown-field": rule(
    "error",
    "deployment",
    "A field that does not exist",
    "It is ignored or refused, so what it was meant to set is not set.",
  ),
  "missing-field": rule(
    "error",
    "deployment",
    "A required field is missing",
    "The object is refused, also on the day when everything has to be made anew.",
  ),
  "wrong-type": rule(
    "error",
    "deployment",
    "A value of the wrong type",
    "The object is refused, also on the day when everything has to be made anew.",
  ),
  "removed-api": rule(
    "error",
    "rto",
    "An API version that clusters no longer serve",
    "A new cluster refuses the object: a restore stops here.",
  ),
  "selects-nothing": rule("high", "availability", "A selector that selects nothing", "Requests reach no instance."),
  "single-instance": rule(
    "high",
    "availability",
    "A single point of failure: one instance",
    "Its restart, its release and the loss of its machine are each an outage.",
  ),
  "one-zone": rule(
    "high",
    "availability",
    "Everything in one zone",
    "Losing the zone loses all of it, however many instances there are.",
  ),
  "no-spread": rule(
    "medium",
    "availability",
    "Instances may share one machine",
    "The scheduler may place all of them on the machine that fails.",
  ),
  "no-backup": rule(
    "high",
    "rpo",
    "State without a backup",
    "After a wrong deletion or the loss of its storage nothing can be restored.",
  ),
  "node-storage": rule("high", "rpo", "State on the disk of one machine", "It is lost with the machine or the pod."),
  "not-replicated": rule(
    "medium",
    "rto",
    "Data in one place",
    "When the region is lost there is nothing elsewhere to go on with.",
  ),
  "no-deletion-protection": rule(
    "medium",
    "rpo",
    "Data that one command deletes",
    "A wrong plan or command removes it at once.",
  ),
  "no-versioning": rule(
    "medium",
    "rpo",
    "Objects without versions",
    "What is overwritten or deleted by mistake is gone.",
  ),
  "latest-image": rule(
    "high",
    "rto",
    "An image tag that moves",
    "A restart may start another program, and a rollback starts the same one.",
  ),
  "unpinned-image": rule(
    "low",
    "rto",
    "An image named by tag alone",
    "A tag can be pointed elsewhere; a digest cannot. A restore gets what was backed up only by digest.",
  ),
  "end-of-life-image": rule(
    "medium",
    "availability",
    "An image past its end of life",
    "Faults in it are not repaired any more.",
  ),
  "no-readiness-probe": rule(
    "high",
    "availability",
    "No readiness probe",
    "Instances get requests before the model is loaded, and keep getting them while they cannot answer.",
  ),
  "no-liveness-probe": rule("medium", "rto", "No liveness probe", "An instance that hangs is never restarted."),
  "no-healthcheck": rule("medium", "rto", "No health check", "An instance that hangs is neither seen nor restarted."),
  "no-restart": rule("high", "rto", "Not restarted after it dies", "It stays down until a person notices."),
  "no-limits": rule(
    "medium",
    "availability",
    "No memory limit",
    "One instance that leaks takes its neighbours with it.",
  ),
  "no-requests": rule(
    "medium",
    "availability",
    "No resources requested",
    "The scheduler overfills machines, and evicts these instances first.",
  ),
  "no-disruption-budget": rule(
    "medium",
    "availability",
    "No disruption budget",
    "Maintenance may evict every instance at the same time.",
  ),
  "blocking-budget": rule(
    "medium",
    "availability",
    "A disruption budget that never allows one",
    "Machines cannot be drained: upgrades stall, or are forced.",
  ),
  "autoscaler-floor": rule(
    "high",
    "availability",
    "The autoscaler goes down to one instance",
    "At quiet times there is no spare.",
  ),
  recreate: rule(
    "medium",
    "availability",
    "Every release is an outage",
    "All old instances end before the first new one starts.",
  ),
  "balancer-without-redundancy": rule(
    "high",
    "availability",
    "A load balancer with one instance behind it",
    "It balances nothing: when that instance fails, it has nowhere to send requests.",
  ),
  "no-health-check": rule(
    "high",
    "availability",
    "No health check at the load balancer",
    "It sends requests to instances that are dead.",
  ),
  "no-autohealing": rule(
    "medium",
    "rto",
    "Instances are not replaced",
    "A machine that hangs stays in the group until a person replaces it.",
  ),
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;
