// A grey picture on which text and lines are drawn with a round pen.

import { PNG } from "pngjs";
import { GLYPH_HEIGHT, strokesOf } from "./font.js";

const WORD_GAP = 4.2;
const LETTER_GAP = 1.7;
const WHITE = 255;

export class Canvas {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.ink = new Float32Array(width * height);
  }

  /** Draws `text` with its capitals `size` pixels high, from (x, y) at the top left; `pen` is in pixels. */
  text(text, x, y, size, pen) {
    const scale = size / GLYPH_HEIGHT;
    for (const character of text) {
      if (character === " ") {
        x += WORD_GAP * scale;
        continue;
      }
      const strokes = strokesOf(character);
      for (const stroke of strokes) {
        this.stroke(
          stroke.map(([px, py]) => [x + px * scale, y + py * scale]),
          pen,
        );
      }
      x += (widthOf(strokes) + LETTER_GAP) * scale;
    }
    return this;
  }

  stroke(points, pen) {
    for (let i = 0; i + 1 < points.length; i++) this.#segment(points[i], points[i + 1], pen / 2);
    return this;
  }

  #segment([ax, ay], [bx, by], radius) {
    const [dx, dy] = [bx - ax, by - ay];
    const length2 = dx * dx + dy * dy || 1;
    const reach = radius + 1;
    const [left, right] = [Math.max(0, Math.min(ax, bx) - reach), Math.min(this.width - 1, Math.max(ax, bx) + reach)];
    const [top, bottom] = [Math.max(0, Math.min(ay, by) - reach), Math.min(this.height - 1, Math.max(ay, by) + reach)];
    for (let y = Math.ceil(top); y <= bottom; y++) {
      for (let x = Math.ceil(left); x <= right; x++) {
        const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length2));
        const distance = Math.hypot(x - ax - along * dx, y - ay - along * dy);
        const cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
        const at = y * this.width + x;
        this.ink[at] = Math.max(this.ink[at], cover);
      }
    }
  }

  /** The picture as an 8-bit grey PNG, the ink `darkness` (0 to 1) on white. */
  toPng(darkness = 1) {
    const data = Buffer.from(this.ink.map((ink) => Math.round(WHITE * (1 - ink * darkness))));
    const grey = { colorType: 0, inputColorType: 0, inputHasAlpha: false, bitDepth: 8, deflateLevel: 9 };
    return PNG.sync.write({ width: this.width, height: this.height, data }, grey);
  }
}

/** How wide `text` is drawn with its capitals `size` pixels high. */
export function textWidth(text, size) {
  let width = 0;
  for (const character of text) width += character === " " ? WORD_GAP : widthOf(strokesOf(character)) + LETTER_GAP;
  return ((width - LETTER_GAP) * size) / GLYPH_HEIGHT;
}

function widthOf(strokes) {
  return Math.max(...strokes.flat().map(([x]) => x));
}
