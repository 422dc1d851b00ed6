/** A message with a JSON head and raw bytes behind it: four bytes head length (big endian), head, bytes. */
export function encodeFrame(head: unknown, parts: readonly Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, ...parts]);
}

export function decodeFrame(frame: Buffer): { readonly head: unknown; readonly bytes: Buffer } {
  const length = frame.readUInt32BE(0);
  return { head: JSON.parse(frame.toString("utf8", 4, 4 + length)) as unknown, bytes: frame.subarray(4 + length) };
}
