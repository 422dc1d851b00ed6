// PP-OCRv4 (PaddleOCR): one network finds where text is, another one reads it.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findBoxes } from "./boxes.js";
import { decodeGreedily } from "./ctc.js";
import { toPlanes } from "./resample.js";
import { toRows } from "./rows.js";

const DETECTION = "ch_PP-OCRv4_det_infer.onnx";
const RECOGNITION = "ch_PP-OCRv4_rec_infer.onnx";
const KEYS = "ppocr_keys_v1.txt";

/** Means and deviations of ImageNet, with which the detection network was trained. */
const DETECTION_CHANNELS = [
  { mean: 0.485, deviation: 0.229 },
  { mean: 0.456, deviation: 0.224 },
  { mean: 0.406, deviation: 0.225 },
];
const RECOGNITION_CHANNELS = Array(3).fill({ mean: 0.5, deviation: 0.5 });
const DETECTION_STRIDE = 32;
/** Larger images are made smaller. By area, because a receipt is long and narrow. */
const DETECTION_PIXELS = 960 * 960;
const LINE_HEIGHT = 48;
const MAX_LINE_WIDTH = 1600;

/** One thread and no arena: several instances share a machine, and memory goes back after a large image. */
const SESSION = { intraOpNumThreads: 1, interOpNumThreads: 1, enableCpuMemArena: false, enableMemPattern: false };

export async function loadPpocr(folder) {
  const { default: ort } = await import("onnxruntime-node");
  const keys = await readFile(join(folder, KEYS), "utf8");
  const symbols = ["", ...keys.replace(/\r?\n$/, "").split(/\r?\n/), " "];
  const detection = await ort.InferenceSession.create(join(folder, DETECTION), SESSION);
  const recognition = await ort.InferenceSession.create(join(folder, RECOGNITION), SESSION);

  async function run(session, planes, width, height) {
    const input = new ort.Tensor("float32", planes, [1, 3, height, width]);
    const outputs = await session.run({ [session.inputNames[0]]: input });
    return outputs[session.outputNames[0]];
  }

  async function findText(image) {
    const shrink = Math.min(1, Math.sqrt(DETECTION_PIXELS / (image.width * image.height)));
    const width = toStride(image.width * shrink);
    const height = toStride(image.height * shrink);
    const whole = { left: 0, top: 0, right: image.width, bottom: image.height };
    const map = await run(detection, toPlanes(image, whole, width, height, DETECTION_CHANNELS), width, height);
    const [across, down] = [image.width / width, image.height / height];
    return findBoxes(map.data, width, height).map(({ left, top, right, bottom }) => ({
      left: left * across,
      top: top * down,
      right: right * across,
      bottom: bottom * down,
    }));
  }

  async function readLine(image, box) {
    const wanted = Math.round(((box.right - box.left) * LINE_HEIGHT) / (box.bottom - box.top));
    const width = Math.min(MAX_LINE_WIDTH, Math.max(LINE_HEIGHT, wanted));
    const planes = toPlanes(image, box, width, LINE_HEIGHT, RECOGNITION_CHANNELS);
    const { data, dims } = await run(recognition, planes, width, LINE_HEIGHT);
    if (dims[2] !== symbols.length)
      throw new Error(`${RECOGNITION} knows ${dims[2]} symbols, ${KEYS} ${symbols.length}`);
    return decodeGreedily(data, dims[1], symbols);
  }

  return {
    async read(image) {
      const lines = [];
      for (const row of toRows(await findText(image))) {
        const parts = [];
        for (const box of row) parts.push(await readLine(image, box));
        const line = joinParts(parts.filter(({ text }) => text.trim() !== ""));
        if (line) lines.push(line);
      }
      return lines;
    },
    async close() {
      await detection.release();
      await recognition.release();
    },
  };
}

const toStride = (pixels) => Math.max(DETECTION_STRIDE, Math.round(pixels / DETECTION_STRIDE) * DETECTION_STRIDE);

function joinParts(parts) {
  if (parts.length === 0) return null;
  return {
    // The network is Chinese first and likes full-width signs; NFKC makes them plain.
    text: parts.map(({ text }) => text.normalize("NFKC").trim()).join(" "),
    confidence: Math.min(...parts.map(({ confidence }) => confidence)),
  };
}
