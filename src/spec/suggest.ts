/** The candidate that is nearest in spelling, if any is near (Damerau–Levenshtein, at most a third of the letters). */
export function closest(word: string, candidates: readonly string[]): string | null {
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of candidates) {
    const away = distance(word.toLowerCase(), name.toLowerCase());
    if (!best || away < best.distance) best = { name, distance: away };
  }
  if (best && best.distance <= Math.max(1, Math.ceil(Math.max(word.length, best.name.length) / 3))) return best.name;
  return candidates.find((name) => name.startsWith(word) || word.startsWith(name)) ?? null;
}

function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, row) =>
    Array.from({ length: b.length + 1 }, (_, column) => (row === 0 ? column : column === 0 ? row : 0)),
  );
  for (let row = 1; row <= a.length; row++) {
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(rows[row - 1]![column]! + 1, rows[row]![column - 1]! + 1, rows[row - 1]![column - 1]! + same);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, rows[row - 2]![column - 2]! + 1);
      rows[row]![column] = cost;
    }
  }
  return rows[a.length]![b.length]!;
}
