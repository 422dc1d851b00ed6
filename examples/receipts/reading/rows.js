// Boxes of text in the order in which a person reads them.

/** Groups boxes that stand side by side into rows: rows from top to bottom, boxes from left to right. */
export function toRows(boxes) {
  const rows = [];
  for (const box of boxes.toSorted((a, b) => a.top + a.bottom - b.top - b.bottom)) {
    const row = rows.at(-1);
    if (row && isBeside(row.at(-1), box)) row.push(box);
    else rows.push([box]);
  }
  return rows.map((row) => row.toSorted((a, b) => a.left - b.left));
}

/** Two boxes are in one row if they share more than half of the lower one's height. */
function isBeside(a, b) {
  const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return shared > Math.min(a.bottom - a.top, b.bottom - b.top) / 2;
}
