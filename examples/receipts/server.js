// Reads receipts from images, and keeps what it read.

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { createListener, HttpError, readBody } from "./http.js";
import { chosenModels, MODEL_NAMES } from "./reading/models.js";
import { Reader } from "./reading/reader.js";
import { addReceipt, countReceipts, getReceipt, openReceipts, syncReceipts } from "./receipts.js";
import { findTotal } from "./total.js";

const MAX_BODY = 4 * 1024 * 1024;
const STOP_WITHIN_MS = 10_000;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

const host = process.env.HOST ?? "127.0.0.1";
const port = Number(process.env.PORT ?? 8080);

const reader = new Reader();
let stopping = false;

const routes = [
  ["GET", /^\/v2\/health\/live$/, () => [200, { live: true }]],
  ["GET", /^\/v2\/health\/ready$/, () => readiness({})],
  ["GET", /^\/v2\/models\/([^/]*)\/ready$/, handleModelReady],
  ["POST", /^\/v1\/read$/, handleRead],
  ["GET", /^\/v1\/receipts$/, async () => [200, { count: await countReceipts().catch(refuseForStore) }]],
  ["POST", /^\/v1\/receipts$/, handleAddReceipt],
  ["GET", /^\/v1\/receipts\/([^/]*)$/, handleGetReceipt],
];

function readiness(about) {
  const ready = !stopping && reader.isReady(about.name);
  return [ready ? 200 : 503, { ...about, ready }];
}

function handleModelReady(_request, name) {
  if (!MODEL_NAMES.includes(name)) throw new HttpError(404, `no model ${name}`);
  return readiness({ name });
}

async function handleRead(request) {
  return [200, await reader.read(await readBody(request, MAX_BODY))];
}

async function handleAddReceipt(request) {
  const key = request.headers["idempotency-key"];
  if (key !== undefined) requireId(key);
  const image = await readBody(request, MAX_BODY);
  const sha256 = createHash("sha256").update(image).digest("hex");
  const id = key ?? sha256.slice(0, 32);
  const stored = storedReceipt(id);
  if (stored) {
    await syncReceipts().catch(refuseForStore);
    return sameImage(stored, sha256);
  }
  const { text, model } = await reader.read(image);
  const receipt = { id, text, total: findTotal(text), model, sha256 };
  const earlier = await addReceipt(receipt).catch(refuseForStore);
  return earlier ? sameImage(earlier, sha256) : [201, receipt];
}

function sameImage(stored, sha256) {
  if (stored.sha256 === sha256) return [200, stored];
  throw new HttpError(409, `the receipt ${stored.id} was made from another image; use another Idempotency-Key`);
}

function handleGetReceipt(_request, id) {
  requireId(id);
  const receipt = storedReceipt(id);
  if (!receipt) throw new HttpError(404, `no receipt ${id}`);
  return [200, receipt];
}

function storedReceipt(id) {
  try {
    return getReceipt(id);
  } catch (error) {
    return refuseForStore(error);
  }
}

function requireId(id) {
  if (!ID.test(id)) throw new HttpError(400, "an id is 1 to 64 letters, digits, _ or -");
}

function refuseForStore(error) {
  console.error(error);
  throw new HttpError(503, `the store failed: ${error.code ?? error.message}`);
}

chosenModels(process.env); // a wrong setting ends the start, before anything listens
await openReceipts();
const server = createServer(createListener(routes, () => stopping));
server.listen(port, host, () => {
  console.log(`listening on http://${host}:${server.address().port}`);
  // Loading takes a moment; listening first lets a probe see "live, not ready".
  reader.start();
});

process.on("SIGTERM", () => {
  stopping = true;
  server.close(() => process.exit(0));
  setTimeout(() => server.closeAllConnections(), STOP_WITHIN_MS).unref();
});
