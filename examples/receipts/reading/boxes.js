// Boxes of text in the map of a detection network, after DB (Liao et al., 2020, arXiv:1911.08947) as
// PaddleOCR uses it, but upright: text that is not level is not found well.

const PIXEL_THRESHOLD = 0.3;
const BOX_THRESHOLD = 0.5;
const UNCLIP_RATIO = 1.8;
const MIN_SIDE = 3;
/** A picture of noise has thousands of spots; reading them all would hold everyone else up. */
const MAX_BOXES = 300;

/** @param map probability of text for each pixel, row by row */
export function findBoxes(map, width, height) {
  const seen = new Uint8Array(map.length);
  const boxes = [];
  for (let start = 0; start < map.length && boxes.length < MAX_BOXES; start++) {
    if (seen[start] || map[start] < PIXEL_THRESHOLD) continue;
    const { left, top, right, bottom, sum, count } = component(map, seen, width, height, start);
    const [boxWidth, boxHeight] = [right - left, bottom - top];
    if (Math.min(boxWidth, boxHeight) < MIN_SIDE || sum / count < BOX_THRESHOLD) continue;
    // The network marks only the core of a text; this is how far the text reaches around it.
    const margin = (boxWidth * boxHeight * UNCLIP_RATIO) / (2 * (boxWidth + boxHeight));
    boxes.push({
      left: Math.max(0, left - margin),
      top: Math.max(0, top - margin),
      right: Math.min(width, right + margin),
      bottom: Math.min(height, bottom + margin),
    });
  }
  return boxes;
}

/** Everything that touches `start`, found without recursion: a component can be the whole image. */
function component(map, seen, width, height, start) {
  const found = { left: width, top: height, right: 0, bottom: 0, sum: 0, count: 0 };
  const stack = [start];
  seen[start] = 1;
  while (stack.length > 0) {
    const at = stack.pop();
    const [x, y] = [at % width, Math.floor(at / width)];
    found.left = Math.min(found.left, x);
    found.right = Math.max(found.right, x + 1);
    found.top = Math.min(found.top, y);
    found.bottom = Math.max(found.bottom, y + 1);
    found.sum += map[at];
    found.count++;
    const neighbours = [x > 0 && at - 1, x < width - 1 && at + 1, y > 0 && at - width, y < height - 1 && at + width];
    for (const next of neighbours) {
      if (next === false || seen[next] || map[next] < PIXEL_THRESHOLD) continue;
      seen[next] = 1;
      stack.push(next);
    }
  }
  return found;
}
