import type { RouteRule } from "../../domain/index.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Repeatable by definition (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

export type Classification = { readonly effect: "read" | "write"; readonly idempotent: boolean };

function matches(rule: RouteRule, method: string, path: string): boolean {
  if (rule.method !== "*" && rule.method !== method) return false;
  const want = rule.path.split("/");
  const have = path.split("/");
  for (const [index, segment] of want.entries()) {
    if (segment === "*" && index === want.length - 1) return true;
    if (have[index] === undefined || (!segment.startsWith(":") && segment !== have[index])) return false;
  }
  return want.length === have.length;
}

/** Which requests write is declared; without a rule every method but GET, HEAD and OPTIONS writes. */
export function classify(rules: readonly RouteRule[], method: string, url: string): Classification {
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  const rule = rules.find((candidate) => matches(candidate, method, path));
  if (rule) return { effect: rule.effect, idempotent: rule.idempotent };
  return SAFE.has(method)
    ? { effect: "read", idempotent: true }
    : { effect: "write", idempotent: IDEMPOTENT.has(method) };
}
