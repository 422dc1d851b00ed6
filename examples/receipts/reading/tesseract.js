// Tesseract (its neural engine, compiled to WebAssembly) with its English data, from local files only.

import { access } from "node:fs/promises";
import { join } from "node:path";

const LANGUAGE = "eng";

const PARAMETERS = {
  tessedit_pageseg_mode: "6", // one block of text: keeps a name and its price in one line
  user_defined_dpi: "150",
};

export async function loadTesseract(folder) {
  // Tesseract would report a missing file only after it has started a thread.
  await access(join(folder, `${LANGUAGE}.traineddata.gz`));
  const { default: tesseract } = await import("tesseract.js");
  const worker = await createWorker(tesseract, { langPath: folder, gzip: true, cacheMethod: "none" });
  await worker.setParameters(PARAMETERS);
  return {
    async read(image) {
      const { data } = await worker.recognize(toPgm(image), {}, { text: false, blocks: true });
      const lines = (data.blocks ?? []).flatMap((block) => block.paragraphs.flatMap((paragraph) => paragraph.lines));
      return lines
        .map(({ text, confidence }) => ({ text: text.trim(), confidence: confidence / 100 }))
        .filter(({ text }) => text !== "");
    },
    close: () => worker.terminate(),
  };
}

/** createWorker tells its errorHandler, and not its promise, when the language data is unusable. */
function createWorker({ createWorker: create, OEM }, options) {
  return new Promise((resolve, reject) => {
    const errorHandler = (error) => reject(new Error(String(error)));
    create(LANGUAGE, OEM.LSTM_ONLY, { ...options, errorHandler }).then(resolve, reject);
  });
}

/** Portable grey map: the plainest picture that Tesseract takes; both models see the same pixels. */
function toPgm({ width, height, grey }) {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), grey]);
}
