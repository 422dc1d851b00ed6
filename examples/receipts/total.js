// The total of a receipt, from its text.

const TOTAL = /TOTAL|AMOUNT DUE|BALANCE DUE/i;
const NOT_THE_TOTAL = /SUB\W*TOTAL|TOTAL (SAVINGS|DISCOUNT|TAX|ITEMS)/i;

/** Whole part, perhaps in groups of three, and two decimals: 12.40, 1,204.00, 1.204,00 or 12,40. */
const AMOUNT = /(?<![\d.,])(\d{1,3}(?:[ .,]\d{3})+|\d+)[.,] ?(\d{2})(?![\d.,]*\d|%)/g;

/** The amount in, or right below, the last line that speaks of a total; null when there is none. */
export function findTotal(text) {
  const lines = text.split("\n");
  for (let i = lines.length - 1; i >= 0; i--) {
    if (!TOTAL.test(lines[i]) || NOT_THE_TOTAL.test(lines[i])) continue;
    const amount = lastAmount(lines[i]) ?? lastAmount(lines[i + 1] ?? "");
    if (amount !== null) return amount;
  }
  return null;
}

function lastAmount(line) {
  const last = [...line.matchAll(AMOUNT)].at(-1);
  return last ? Number(`${last[1].replace(/\D/g, "")}.${last[2]}`) : null;
}
