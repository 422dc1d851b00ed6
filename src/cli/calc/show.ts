import { PERIODS } from "../../math/index.ts";

/** An availability with as many digits as its unavailability deserves. */
export function showAvailability(unavailability: number): string {
  if (unavailability === 0) return "100%";
  const digits = Math.min(15, Math.max(2, Math.ceil(-Math.log10(unavailability)) + 1));
  return `${((1 - unavailability) * 100).toFixed(digits)}%`;
}

export const showNumber = (value: number): string =>
  value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)
    ? value.toExponential(4)
    : String(Number(value.toPrecision(6)));

const STEPS = [
  ["years", PERIODS.year],
  ["days", PERIODS.day],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
  ["ms", 0.001],
] as const;

/** Two units at most: `8 h 46 min`. */
export function showTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return "for ever";
  if (seconds === 0) return "0 s";
  const at = STEPS.findIndex(([, size]) => seconds >= size);
  if (at < 0) return `${showNumber(seconds)} s`;
  const [name, size] = STEPS[at]!;
  if (name === "s" || name === "ms" || name === "years") return `${Number((seconds / size).toPrecision(4))} ${name}`;
  const [smaller, smallerSize] = STEPS[at + 1]!;
  const rest = Math.round((seconds - Math.floor(seconds / size) * size) / smallerSize);
  return rest > 0
    ? `${Math.floor(seconds / size)} ${name} ${rest} ${smaller}`
    : `${Math.floor(seconds / size)} ${name}`;
}
