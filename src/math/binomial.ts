// Binomial probabilities that keep their digits: Catherine Loader, "Fast and Accurate Computation of Binomial
// Probabilities" (2000). lgamma alone loses a digit for every power of ten of n.

/** ln n! − Stirling's formula, for n ≥ 0. */
function stirlingError(n: number): number {
  if (n < 16) return STIRLING_ERRORS[n]!;
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

/** ln n! − (n + ½) ln n + n − ½ ln 2π for n = 0 … 15; of 0 by convention 0. */
const STIRLING_ERRORS = [
  0, 0.08106146679532726, 0.0413406959554093, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
  0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.00833056343336287,
  0.007573675487951841, 0.00694284010720953, 0.006408994188004207, 0.005951370112758848, 0.005554733551962801,
] as const;

/** x ln(x/m) + m − x without cancellation when x is near m. */
function deviance(x: number, m: number): number {
  if (x === 0) return m;
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = (x - m) / (x + m);
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1_000; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return next;
    sum = next;
  }
  return sum;
}

/** Natural logarithm of P(X = x), X binomial with n trials of probability p. −∞: impossible. */
export function logBinomial(x: number, n: number, p: number): number {
  const q = 1 - p;
  if (p <= 0) return x === 0 ? 0 : Number.NEGATIVE_INFINITY;
  if (p >= 1) return x === n ? 0 : Number.NEGATIVE_INFINITY;
  if (x === 0) return n * Math.log1p(-p);
  if (x === n) return n * Math.log(p);
  const centre =
    stirlingError(n) - stirlingError(x) - stirlingError(n - x) - deviance(x, n * p) - deviance(n - x, n * q);
  return centre + 0.5 * Math.log(n / (2 * Math.PI * x * (n - x)));
}

/** P(X ≥ x), X binomial; every term is positive, summed from the largest, so that tails of 10⁻³⁰⁰ keep their digits. */
export function binomialAtLeast(x: number, n: number, p: number): number {
  if (x <= 0) return 1;
  if (x > n || p <= 0) return 0;
  if (p >= 1) return 1;
  // The heavy side is taken as the complement of the light one.
  if (x <= n * p) return 1 - binomialAtMost(x - 1, n, p);
  const odds = p / (1 - p);
  let term = 1;
  let sum = 1;
  for (let k = x; k < n; k++) {
    term *= ((n - k) / (k + 1)) * odds;
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return Math.exp(logBinomial(x, n, p)) * sum;
}

/** P(X ≤ x), X binomial. */
export function binomialAtMost(x: number, n: number, p: number): number {
  if (x >= n) return 1;
  if (x < 0) return 0;
  if (x > n * p) return 1 - binomialAtLeast(x + 1, n, p);
  const odds = (1 - p) / p;
  let term = 1;
  let sum = 1;
  for (let k = x; k > 0; k--) {
    term *= (k / (n - k + 1)) * odds;
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return Math.exp(logBinomial(x, n, p)) * sum;
}
