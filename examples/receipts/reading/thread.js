// The thread that decodes and reads images, one after the other. A thread of its own, because a
// network computes for a long time without a break and the server must answer meanwhile.

import { readFile } from "node:fs/promises";
import { parentPort } from "node:worker_threads";
import { HttpError } from "../http.js";
import { Chain, textOf } from "./chain.js";
import { decodePng } from "./image.js";
import { chosenModels } from "./models.js";

const KNOWN_IMAGE = new URL("../golden.png", import.meta.url);
const KNOWN_TEXT = "FAILOVER OK";

const known = { image: decodePng(await readFile(KNOWN_IMAGE)), text: KNOWN_TEXT };
const chain = new Chain(chosenModels(process.env), known, (name) => parentPort.postMessage({ loaded: name }));

// Waiting reads are this chain of promises; the other side bounds how many there are.
let last = chain.start().then(
  (name) => console.log(`ready, reading with ${name}`),
  (error) => console.error(`not ready: ${error.message}`),
);

parentPort.on("message", ({ id, png }) => {
  last = last.then(async () => parentPort.postMessage({ id, ...(await answer(png)) }));
});

async function answer(png) {
  try {
    const { model, lines } = await chain.read(decodePng(Buffer.from(png.buffer, png.byteOffset, png.length)));
    return { result: { text: textOf(lines), lines, model } };
  } catch (error) {
    return { refusal: { status: error instanceof HttpError ? error.status : 503, message: error.message } };
  }
}
