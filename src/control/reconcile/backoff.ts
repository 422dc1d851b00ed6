const FIRST_MS = 100;
const LIMIT_MS = 30_000;
/** Deaths within the window that make a crash loop. */
const CRASH_LOOP_DEATHS = 4;
const WINDOW_MS = 60_000;

/** When may an instance start again, and is it in a crash loop? `deaths`: wall times in ms, oldest first. */
export function backoff(deaths: readonly number[], nowMs: number): { waitMs: number; crashLooping: boolean } {
  const recent = deaths.filter((at) => nowMs - at < WINDOW_MS);
  if (recent.length === 0) return { waitMs: 0, crashLooping: false };
  const delay = Math.min(LIMIT_MS, FIRST_MS * 2 ** (recent.length - 1));
  const last = recent[recent.length - 1]!;
  // A clock that jumped back must not make anybody wait longer than the delay itself.
  const waited = Math.max(0, nowMs - last);
  return { waitMs: Math.max(0, delay - waited), crashLooping: recent.length >= CRASH_LOOP_DEATHS };
}
