// The inference request and response of the Open Inference Protocol (version 2).

import { HttpError } from "./http.js";
import { detectLanguage, MODEL_NAME } from "./model.js";

export function infer(request) {
  const input = Array.isArray(request.inputs) ? request.inputs.find((each) => each?.name === "text") : undefined;
  if (!input) throw new HttpError(400, 'inputs must contain one named "text"');
  const { data, datatype, shape } = input;
  if (datatype !== "BYTES") throw new HttpError(400, 'the datatype of "text" must be BYTES');
  if (!Array.isArray(data) || data.some((text) => typeof text !== "string" || text.trim() === "")) {
    throw new HttpError(400, 'the data of "text" must be a list of texts');
  }
  if (!Array.isArray(shape) || shape.length !== 1 || shape[0] !== data.length) {
    throw new HttpError(400, `the shape of "text" must be [${data.length}]`);
  }
  const answers = data.map(detectLanguage);
  return {
    model_name: MODEL_NAME,
    ...(typeof request.id === "string" && { id: request.id }),
    outputs: [
      { name: "language", datatype: "BYTES", shape, data: answers.map((answer) => answer.language) },
      { name: "score", datatype: "FP64", shape, data: answers.map((answer) => answer.score) },
    ],
  };
}
