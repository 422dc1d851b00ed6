// Draws samples/*.png, receipts like those of a till, and samples/totals.json with what they total.

import { writeFileSync } from "node:fs";
import { Canvas, textWidth } from "./canvas.js";

const [WIDTH, MARGIN, SIZE, PEN, LINE] = [420, 24, 15, 1.9, 32];

/** A line is a heading, [name, amount], or "" for a gap; "=" is a rule across the paper. */
const SAMPLES = {
  bakery: {
    lines: [
      "CORNER BAKERY",
      "12 MILL LANE",
      "",
      ["3 BREAD ROLL", "2.70"],
      ["1 APPLE CAKE", "3.40"],
      "=",
      ["TOTAL EUR", "6.10"],
    ],
    total: 6.1,
  },
  cafe: {
    lines: [
      "CAFE NORTH",
      "TABLE 7",
      "",
      ["2 ESPRESSO", "5.60"],
      ["1 CHEESE TOAST", "6.80"],
      ["1 WATER", "2.50"],
      "=",
      ["SUBTOTAL", "14.90"],
      ["SERVICE 10 %", "1.49"],
      ["TOTAL", "16.39"],
      "",
      "THANK YOU FOR YOUR VISIT",
    ],
    total: 16.39,
  },
  hardware: {
    lines: [
      "HARDWARE DEPOT",
      "",
      ["WOOD SCREWS 200", "8.95"],
      ["CORDLESS DRILL", "129.00"],
      ["SAFETY GLASSES", "11.50"],
      "=",
      ["TOTAL", "149.45"],
      ["CASH", "150.00"],
      ["CHANGE", "0.55"],
    ],
    total: 149.45,
  },
  pharmacy: {
    lines: [
      "CITY PHARMACY",
      "RECEIPT 20417",
      "",
      ["COUGH SYRUP", "9.80"],
      ["PLASTERS", "4.25"],
      "=",
      ["SUBTOTAL", "14.05"],
      ["VAT 7 %", "0.98"],
      ["TOTAL DUE", "15.03"],
      ["CARD", "15.03"],
    ],
    total: 15.03,
  },
  rental: {
    lines: [
      "HARBOUR BOAT HIRE",
      "",
      ["SAILING BOAT 5 DAYS", "1,150.00"],
      ["LIFE JACKETS", "54.00"],
      "=",
      ["TOTAL", "1,204.00"],
    ],
    total: 1204,
  },
  ticket: { lines: ["CITY TRAM", "DAY TICKET", "ZONES A B", "VALID UNTIL MIDNIGHT"], total: null },
};

for (const [name, { lines }] of Object.entries(SAMPLES)) {
  writeFileSync(new URL(`../samples/${name}.png`, import.meta.url), draw(lines).toPng(0.85));
}
const totals = Object.fromEntries(Object.entries(SAMPLES).map(([name, { total }]) => [`${name}.png`, total]));
writeFileSync(new URL("../samples/totals.json", import.meta.url), `${JSON.stringify(totals, null, 2)}\n`);

function draw(lines) {
  const canvas = new Canvas(WIDTH, lines.length * LINE + 2 * MARGIN);
  lines.forEach((line, i) => {
    drawLine(canvas, line, MARGIN + i * LINE);
  });
  return canvas;
}

function drawLine(canvas, line, y) {
  const right = WIDTH - MARGIN;
  const middle = y + SIZE / 2;
  if (line === "=")
    canvas.stroke(
      [
        [MARGIN, middle],
        [right, middle],
      ],
      1,
    );
  else if (Array.isArray(line)) {
    const [name, amount] = line;
    canvas.text(name, MARGIN, y, SIZE, PEN).text(amount, right - textWidth(amount, SIZE), y, SIZE, PEN);
  } else if (line !== "") canvas.text(line, (WIDTH - textWidth(line, SIZE)) / 2, y, SIZE, PEN);
}
