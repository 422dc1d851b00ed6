const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const NAMED: Readonly<Record<string, number>> = {
  "@hourly": HOUR_S,
  "@daily": DAY_S,
  "@midnight": DAY_S,
  "@weekly": 7 * DAY_S,
  "@monthly": 31 * DAY_S,
  "@yearly": 366 * DAY_S,
  "@annually": 366 * DAY_S,
};

const FIELDS = [
  { from: 0, to: 59, unitS: 60 },
  { from: 0, to: 23, unitS: HOUR_S },
] as const;

/** Longest time between two runs of a cron schedule (five fields, crontab(5)), seconds; null: not understood. */
export function longestGapS(schedule: string): number | null {
  const words = schedule.trim().split(/\s+/);
  if (words.length === 1) return NAMED[words[0]!] ?? null;
  if (words[0] === "@every") return null;
  if (words.length !== 5) return null;
  const [minutes, hours] = FIELDS.map(({ from, to }, index) => valuesOf(words[index]!, from, to));
  const [dayOfMonth, month, dayOfWeek] = [words[2]!, words[3]!, words[4]!];
  if (!minutes?.length || !hours?.length) return null;
  if (month !== "*") return 366 * DAY_S;
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * HOUR_S + minute * 60));
  if (dayOfMonth === "*" && dayOfWeek === "*") return gapOf(times, DAY_S);
  if (dayOfMonth !== "*") {
    const days = valuesOf(dayOfMonth, 1, 31);
    // Some months do not have it: then it is the month after.
    if (days?.every((day) => day > 28)) return 62 * DAY_S;
    return days && gapOf(onDays(days, times), 31 * DAY_S);
  }
  // Sunday is 0 and 7.
  const days = valuesOf(dayOfWeek, 0, 7)?.map((day) => day % 7);
  return days ? gapOf(onDays([...new Set(days)], times), 7 * DAY_S) : null;
}

const onDays = (days: readonly number[], times: readonly number[]): readonly number[] =>
  days.flatMap((day) => times.map((time) => day * DAY_S + time));

/** Longest gap between neighbours on a circle. */
function gapOf(times: readonly number[], around: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.reduce((most, time, index) => {
    const next = sorted[index + 1] ?? sorted[0]! + around;
    return Math.max(most, next - time);
  }, 0);
}

function valuesOf(field: string, from: number, to: number): readonly number[] | null {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const parsed = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part);
    if (!parsed) return null;
    const step = Number(parsed[3] ?? 1);
    const first = parsed[1] === "*" ? from : Number(parsed[1]);
    const last = parsed[1] === "*" ? to : Number(parsed[2] ?? (parsed[3] ? to : first));
    if (step < 1 || first < from || last > to || first > last) return null;
    for (let value = first; value <= last; value += step) found.add(value);
  }
  return [...found];
}
