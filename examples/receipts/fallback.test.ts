import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Application,
  copyApplication,
  PPOCR_FILES,
  picture,
  removeApplication,
  swapPpocrFile,
} from "./testing/application.ts";

const golden = picture("golden.png");

let folder: string;
beforeEach(() => {
  folder = copyApplication();
});
afterEach(() => removeApplication(folder));

async function expectFallback(env: NodeJS.ProcessEnv, reason: RegExp) {
  await using application = await Application.ready(folder, env);
  expect(application.output).toMatch(reason);
  expect((await application.get("/v2/models/ppocr/ready")).status).toBe(503);
  expect((await application.get("/v2/models/tesseract/ready")).status).toBe(200);
  const { body } = await application.post("/v1/read", golden);
  expect(body).toMatchObject({ text: "FAILOVER OK", model: "tesseract" });
}

describe("the fallback model is used when the primary model", () => {
  it("is missing", () => expectFallback({ RECEIPTS_PPOCR: "models/none" }, /ppocr cannot be used: ENOENT/));

  it("has the file of another network under the name of the recognition", async () => {
    const RECEIPTS_PPOCR = swapPpocrFile(folder, "ch_PP-OCRv4_rec_infer.onnx", (target) => {
      copyFileSync(join(PPOCR_FILES, "ch_PP-OCRv4_det_infer.onnx"), target);
    });
    await expectFallback({ RECEIPTS_PPOCR }, /ppocr cannot be used/);
  });

  it("answers wrongly", async () => {
    const RECEIPTS_PPOCR = swapPpocrFile(folder, "ppocr_keys_v1.txt", (target) => {
      const keys = readFileSync(join(PPOCR_FILES, "ppocr_keys_v1.txt"), "utf8").trimEnd().split("\n");
      writeFileSync(target, keys.toReversed().join("\n"));
    });
    await expectFallback({ RECEIPTS_PPOCR }, /ppocr cannot be used: it reads "FAILOVER OK" as/);
  });
});

const totals = JSON.parse(readFileSync(join(import.meta.dirname, "samples/totals.json"), "utf8"));

it.each(["ppocr", "tesseract"])("%s finds the totals of the samples", async (model) => {
  await using application = await Application.ready(folder, { RECEIPTS_MODELS: model });
  for (const [name, total] of Object.entries(totals)) {
    const { body } = await application.post("/v1/receipts", picture(`samples/${name}`));
    expect(body, name).toMatchObject({ total, model });
  }
});

it("does not start with a model that it does not know", async () => {
  const application = new Application(folder, { RECEIPTS_MODELS: "ppocr,other" });
  await application.said(/(RECEIPTS_MODELS names "other")/);
  expect(await application.ended()).toBe(1);
});
