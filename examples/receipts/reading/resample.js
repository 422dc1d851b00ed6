// A part of an image, resized, as the input of a network.

/**
 * The grey pixels inside `box`, resized bilinearly to width x height, as three equal planes (the
 * networks were trained on colour), each value scaled to (value / 255 - mean) / deviation.
 */
export function toPlanes(image, box, width, height, channels) {
  const size = width * height;
  const pixels = resize(image, box, width, height);
  const planes = new Float32Array(size * channels.length);
  channels.forEach(({ mean, deviation }, channel) => {
    for (let i = 0; i < size; i++) planes[channel * size + i] = (pixels[i] / 255 - mean) / deviation;
  });
  return planes;
}

function resize({ width: imageWidth, height: imageHeight, grey }, box, width, height) {
  const columns = samplePoints(box.left, box.right, width, imageWidth);
  const rows = samplePoints(box.top, box.bottom, height, imageHeight);
  const pixels = new Float32Array(width * height);
  let at = 0;
  for (const row of rows) {
    const [above, below] = [row.low * imageWidth, row.high * imageWidth];
    for (const column of columns) {
      const top = grey[above + column.low] * (1 - column.part) + grey[above + column.high] * column.part;
      const bottom = grey[below + column.low] * (1 - column.part) + grey[below + column.high] * column.part;
      pixels[at++] = top * (1 - row.part) + bottom * row.part;
    }
  }
  return pixels;
}

/** For each of `count` pixels between `from` and `to`: its two neighbours and the weight of the second. */
function samplePoints(from, to, count, limit) {
  const step = (to - from) / count;
  return Array.from({ length: count }, (_, i) => {
    const centre = Math.min(limit - 1, Math.max(0, from + (i + 0.5) * step - 0.5));
    const low = Math.floor(centre);
    return { low, high: Math.min(low + 1, limit - 1), part: centre - low };
  });
}
