import { expect, it } from "vitest";

// Untyped on purpose: the application is plain JavaScript.
const { findTotal } = await import(new URL("total.js", import.meta.url).href);

it.each([
  ["TOTAL 12.40", 12.4],
  ["TOTALEUR12,40", 12.4],
  ["TOTAL\n12. 40", 12.4],
  ["TOTAL 1,204.00", 1204],
  ["TOTAL 1.204,00", 1204],
  ["TOTAL 12345.60", 12345.6],
  ["SUBTOTAL 9.00\nTOTAL 10.00\nCASH 20.00", 10],
  ["TOTAL 10.00\nTOTAL TAX 0.70", 10],
  ["TOTAL 2 ITEMS 10.00", 10],
  ["SUB TOTAL 9.00", null],
  ["TOTAL", null],
  ["TOTAL 12.10.2026", null],
  ["COFFEE 2.50", null],
  ["", null],
])("%j totals %j", (text, total) => {
  expect(findTotal(text)).toBe(total);
});
