import { fail, ok, type Result } from "../domain/index.ts";

export type UnitProblem = { readonly message: string; readonly next: string };

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONG_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(ms|msecs?|millis(econds?)?)$/i, "ms"],
  [/^(s|secs?|seconds?)$/i, "s"],
  [/^(m|mins?|minutes?)$/i, "m"],
  [/^(h|hrs?|hours?)$/i, "h"],
  [/^(d|days?)$/i, "d"],
];

const wrong = (message: string, next: string): Result<never, UnitProblem> => fail({ message, next });

/** `250ms`, `30s`, `15m`, `4h`, `2d` → ms. One unit, no space. */
export function parseDuration(text: string): Result<number, UnitProblem> {
  const plain = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (plain) return ok(Number(plain[1]) * DURATIONS[plain[2]!]!);
  const guess = guessDuration(text);
  const next = guess === null ? "write a number and one of ms, s, m, h, d, such as `30s`" : `write \`${guess}\``;
  return wrong(`\`${text}\` is not a duration`, next);
}

function guessDuration(text: string): string | null {
  const parts = [
    ...text
      .trim()
      .replace(",", ".")
      .matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/gi),
  ];
  if (parts.length === 0) return null;
  let total = 0;
  for (const [, amount, name] of parts) {
    const unit = name === "" ? "s" : LONG_NAMES.find(([pattern]) => pattern.test(name!))?.[1];
    if (!unit) return null;
    total += Number(amount) * DURATIONS[unit]!;
  }
  return formatDuration(total);
}

/** The shortest spelling with one unit that is exact. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = DURATIONS[unit]!;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms >= 1_000 ? `${Math.round(ms) / 1_000}s` : `${Math.round(ms * 10) / 10}ms`;
}

/** `99.95%` → 0.9995. */
export function parsePercent(text: string): Result<number, UnitProblem> {
  const found = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text);
  if (found && Number(found[1]) <= 100) return ok(Number(`${found[1]}e-2`));
  const digits = text.replace(",", ".").replace(/[^\d.]/g, "");
  const value = Number(digits);
  if (digits === "" || value > 100)
    return wrong(`\`${text}\` is not a share`, "write a number up to 100 and %, such as `99.95%`");
  return wrong(
    `\`${text}\` is not a share`,
    `write \`${value <= 1 && !text.includes("%") ? Number((value * 100).toPrecision(12)) : digits}%\``,
  );
}

export const formatPercent = (share: number): string => `${Number((share * 100).toPrecision(9))}%`;

/** `400 USD/month` → 400. */
export function parseMoney(text: string): Result<number, UnitProblem> {
  const found = /^(\d+(?:\.\d+)?) USD\/month$/.exec(text);
  if (found) return ok(Number(found[1]));
  const digits = /\d+(?:[.,]\d+)?/.exec(text)?.[0]?.replace(",", ".");
  return wrong(`\`${text}\` is not a price`, `write \`${digits ?? 400} USD/month\``);
}

/** `0.10 USD/GB/month` → 0.1. */
export function parseStoragePrice(text: string): Result<number, UnitProblem> {
  const found = /^(\d+(?:\.\d+)?) USD\/GB\/month$/.exec(text);
  return found ? ok(Number(found[1])) : wrong(`\`${text}\` is not a price of storage`, "write `0.10 USD/GB/month`");
}

export const formatUsd = (usd: number): string => `${usd.toFixed(usd >= 100 ? 0 : 2)} USD/month`;

const BYTES: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 };

/** `512Mi`, `1Gi` → bytes (Kubernetes' quantities). */
export function parseBytes(text: string): Result<number, UnitProblem> {
  const found = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|k|M|G)$/.exec(text);
  if (found) return ok(Math.round(Number(found[1]) * BYTES[found[2]!]!));
  const guess = /^(\d+(?:\.\d+)?)\s*([kmg])i?b?$/i.exec(text);
  const next = guess
    ? `write \`${guess[1]}${guess[2]!.toUpperCase() === "K" ? "Ki" : `${guess[2]!.toUpperCase()}i`}\``
    : "write a number and Ki, Mi or Gi, such as `512Mi`";
  return wrong(`\`${text}\` is not an amount of memory`, next);
}

/** `500m`, `2` → thousandths of a processor. */
export function parseCpu(text: string): Result<number, UnitProblem> {
  const millis = /^(\d+)m$/.exec(text);
  if (millis) return ok(Number(millis[1]));
  const whole = /^(\d+(?:\.\d+)?)$/.exec(text);
  if (whole) return ok(Math.round(Number(whole[1]) * 1_000));
  return wrong(`\`${text}\` is not an amount of processor time`, "write `500m` for half a processor, or `2` for two");
}
