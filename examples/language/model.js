// The language model: eld with its smallest set of n-grams, which is the fastest to load.

export const MODEL_NAME = "eld";

const KNOWN_TEXT = "Le chat dort sur la table de la cuisine.";
const KNOWN_LANGUAGE = "fr";

let detector = null;

/** Loads the model and asks it one question whose answer is known; only then is it ready. */
export async function loadModel() {
  const { eld } = await import("eld/extrasmall");
  const answer = eld.detect(KNOWN_TEXT).language;
  if (answer !== KNOWN_LANGUAGE) throw new Error(`the model takes French for "${answer}"`);
  detector = eld;
}

export function isModelReady() {
  return detector !== null;
}

/** "und" (undetermined) is the ISO 639 code for a text whose language cannot be told. */
export function detectLanguage(text) {
  const result = detector.detect(text);
  const language = result.language || "und";
  return { language, score: result.getScores()[language] ?? 0, reliable: result.isReliable(), model: MODEL_NAME };
}
