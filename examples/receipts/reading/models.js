// The models, and the order in which to use them.

const LOADERS = {
  ppocr: async (env) => (await import("./ppocr.js")).loadPpocr(env.RECEIPTS_PPOCR ?? "models/ppocr"),
  tesseract: async (env) =>
    (await import("./tesseract.js")).loadTesseract(env.RECEIPTS_TESSERACT ?? "models/tesseract"),
};

export const MODEL_NAMES = Object.keys(LOADERS);

/** The models of RECEIPTS_MODELS, most wanted first. */
export function chosenModels(env) {
  const names = (env.RECEIPTS_MODELS ?? MODEL_NAMES.join(",")).split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !MODEL_NAMES.includes(name));
  if (unknown.length > 0) {
    throw new Error(`RECEIPTS_MODELS names "${unknown[0]}"; the models are ${MODEL_NAMES.join(" and ")}`);
  }
  return names.map((name) => ({ name, load: () => LOADERS[name](env) }));
}
