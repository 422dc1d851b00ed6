// Loaded into every process of a test by NODE_OPTIONS: the wall clock is off by the milliseconds that a file names,
// and jumps when the file changes. The monotonic clock goes on, as it does when an administrator sets the time.
import { readFileSync } from "node:fs";

const file = process.env.HOLDFAST_TEST_CLOCK;
const RealDate = Date;
let offset = 0;
let readAt = 0;

function offsetNow() {
  const now = performance.now();
  if (now - readAt > 20) {
    readAt = now;
    offset = Number(readFileSync(file, "utf8"));
  }
  return offset;
}

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offsetNow());
    else super(...given);
  }
  static now() {
    return RealDate.now() + offsetNow();
  }
};
