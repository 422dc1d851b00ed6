// Tells the language of a text, and keeps notes together with their language.

import { createServer } from "node:http";
import { createListener, HttpError, readJson } from "./http.js";
import { infer } from "./inference.js";
import { detectLanguage, isModelReady, loadModel, MODEL_NAME } from "./model.js";
import { countNotes, getNote, openNotes, putNote } from "./notes.js";

const MAX_BODY = 1024 * 1024;
const STOP_WITHIN_MS = 3000;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

const host = process.env.HOST ?? "127.0.0.1";
const port = Number(process.env.PORT ?? 8080);

let stopping = false;
const isReady = () => isModelReady() && !stopping;

const routes = [
  ["GET", /^\/v2\/health\/live$/, () => [200, { live: true }]],
  ["GET", /^\/v2\/health\/ready$/, () => [isReady() ? 200 : 503, { ready: isReady() }]],
  ["GET", /^\/v2\/models\/eld\/ready$/, () => [isReady() ? 200 : 503, { name: MODEL_NAME, ready: isReady() }]],
  ["POST", /^\/v2\/models\/eld\/infer$/, handleInfer],
  ["POST", /^\/v1\/detect$/, handleDetect],
  ["GET", /^\/v1\/notes$/, async () => [200, { count: await countNotes() }]],
  ["PUT", /^\/v1\/notes\/([^/]*)$/, handlePutNote],
  ["GET", /^\/v1\/notes\/([^/]*)$/, handleGetNote],
];

async function handleInfer(request) {
  const body = await readJson(request, MAX_BODY);
  requireModel();
  return [200, infer(body)];
}

async function handleDetect(request) {
  const text = requireText(await readJson(request, MAX_BODY));
  requireModel();
  return [200, detectLanguage(text)];
}

async function handlePutNote(request, id) {
  requireId(id);
  const text = requireText(await readJson(request, MAX_BODY));
  requireModel();
  const { language, model } = detectLanguage(text);
  const note = { id, text, language, model };
  const isNew = await putNote(note).catch(refuseForStore);
  return [isNew ? 201 : 200, note];
}

async function handleGetNote(_request, id) {
  requireId(id);
  const note = await getNote(id).catch(refuseForStore);
  if (!note) throw new HttpError(404, `no note ${id}`);
  return [200, note];
}

function requireId(id) {
  if (!ID.test(id)) throw new HttpError(400, "an id is 1 to 64 letters, digits, _ or -");
}

function requireText(body) {
  if (typeof body.text !== "string" || body.text.trim() === "") {
    throw new HttpError(400, '"text" must be a text that is not empty');
  }
  return body.text;
}

function requireModel() {
  if (!isModelReady()) throw new HttpError(503, "the model is not loaded");
}

function refuseForStore(error) {
  console.error(error);
  throw new HttpError(503, `the store failed: ${error.code ?? error.message}`);
}

await openNotes();
const server = createServer(createListener(routes, () => stopping));
server.listen(port, host, () => {
  console.log(`listening on http://${host}:${server.address().port}`);
  // Loading takes the processor for a moment; listening first lets a probe see "live, not ready".
  loadModel().then(
    () => console.log("ready"),
    (error) => console.error("the model cannot be used:", error),
  );
});

process.on("SIGTERM", () => {
  stopping = true;
  server.close(() => process.exit(0));
  setTimeout(() => server.closeAllConnections(), STOP_WITHIN_MS).unref();
});
