// A PNG as grey pixels. Every limit is checked before memory is taken for the pixels.

import { PNG } from "pngjs";
import { HttpError } from "../http.js";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const HEADER_BYTES = 33;
const MAX_SIDE = 4096;
const MAX_PIXELS = 2_000_000;

/** @returns {{ width: number, height: number, grey: Uint8Array }} */
export function decodePng(bytes) {
  checkHeader(bytes);
  let png;
  try {
    png = PNG.sync.read(bytes);
  } catch (error) {
    throw new HttpError(422, `the PNG cannot be decoded: ${error.message}`);
  }
  return { width: png.width, height: png.height, grey: greyOnWhite(png.data) };
}

function checkHeader(bytes) {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
    throw new HttpError(422, "the body is not a PNG image");
  }
  const [width, height, interlace] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[28]];
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    const limit = `${MAX_PIXELS} pixels and ${MAX_SIDE} on a side`;
    throw new HttpError(413, `the image has ${width} x ${height} pixels; at most ${limit} are read`);
  }
  // The decoder inflates interlaced images without a limit, so a small body could take all memory.
  if (interlace !== 0) throw new HttpError(422, "interlaced PNG images are not read; save it without interlacing");
}

function greyOnWhite(rgba) {
  const grey = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < grey.length; i++) {
    const [at, alpha] = [i * 4, rgba[i * 4 + 3] / 255];
    // Luma of ITU-R BT.601.
    const luma = 0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2];
    grey[i] = luma * alpha + 255 * (1 - alpha) + 0.5;
  }
  return grey;
}
