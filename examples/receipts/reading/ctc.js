// Greedy decoding of a CTC network (Graves et al., 2006): the best symbol of each step, repeats
// merged, blanks dropped.

const BLANK = 0;

/**
 * @param scores steps x symbols probabilities
 * @returns {{ text: string, confidence: number }} confidence is the mean of the symbols that were kept
 */
export function decodeGreedily(scores, steps, symbols) {
  let text = "";
  let sum = 0;
  let count = 0;
  let previous = BLANK;
  for (let step = 0; step < steps; step++) {
    const row = scores.subarray(step * symbols.length, (step + 1) * symbols.length);
    const best = indexOfLargest(row);
    if (best !== BLANK && best !== previous) {
      text += symbols[best];
      sum += row[best];
      count++;
    }
    previous = best;
  }
  return { text, confidence: count === 0 ? 0 : sum / count };
}

function indexOfLargest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
