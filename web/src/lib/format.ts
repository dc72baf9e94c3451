// How numbers, times and money are written: one place, so that every page writes them alike.

/** Reply time that a conversation should keep, and the one that counts as slow. Milliseconds. */
export const REPLY_GOAL = 800;
export const REPLY_SLOW = 1200;

const NONE = "–";

/** "742 ms", "2.65 s", "3:12" from two minutes on. */
export function duration(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return NONE;
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 999.5) return `${ms < 10 && ms > 0 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(2)} s`;
  return clock(ms);
}

/** A position or length on the conversation's clock: "0:57", "1:02:03". */
export function clock(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return NONE;
  const seconds = Math.max(0, Math.floor(ms / 1000 + 1e-6));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How long a call was: on its clock, and in milliseconds where that would say nothing. */
export function callTime(ms: number | null | undefined): string {
  return ms != null && ms > 0 && ms < 1000 ? duration(ms) : clock(ms);
}

/** Of many calls together: "42 s", "4.2 min", "9,106 min". */
export function totalTime(ms: number): string {
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`;
  const minutes = ms / 60_000;
  return `${minutes < 9.95 ? minutes.toFixed(1) : count(Math.round(minutes))} min`;
}

/** What somebody said of a call: a word, or a number with two decimals unless it is whole. */
export function scoreText(score: { value: number; text: string | null }): string {
  if (score.text !== null) return score.text;
  return Number.isInteger(score.value) ? count(score.value) : score.value.toFixed(2);
}

const LEAST_MONEY = 0.0001;
// Made once: to make a format takes longer than to write a hundred numbers with it.
const fixed = (digits: number) => new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const [CENTS, CENTS_SHARES] = [fixed(2), fixed(4)];
const WHOLE_NUMBER = new Intl.NumberFormat("en-US");

/** Four decimals below one dollar; less than they can tell is not told as nothing. */
export function money(usd: number | null | undefined): string {
  if (usd == null || !Number.isFinite(usd)) return NONE;
  const sign = usd < 0 ? "−" : "";
  const value = Math.abs(usd);
  if (value > 0 && value < LEAST_MONEY / 2) return `< ${sign}$${LEAST_MONEY}`;
  return `${sign}$${(value < 1 ? CENTS_SHARES : CENTS).format(value)}`;
}

export function count(value: number | null | undefined): string {
  return value == null ? NONE : WHOLE_NUMBER.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();
const HOURS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });
const DAY_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** "15:36:09" today, "12 Mar 15:36" this year, "12 Mar 2025" before. In the browser's zone. */
export function startedShort(epoch: number, now = Date.now()): string {
  const date = new Date(epoch);
  const today = new Date(now);
  if (sameDay(date, today)) return HOURS.format(date);
  if (date.getFullYear() === today.getFullYear()) return `${DAY.format(date)} ${HOURS.format(date).slice(0, 5)}`;
  return DAY_YEAR.format(date);
}

/** On a shorter axis seconds tell the labels apart. */
const SHORT_AXIS = 600_000;

/** On an axis of so many ms: "15:36", "15:36:09" on a short one, "12 Mar" when it spans days. */
export function axisTime(epoch: number, span: number): string {
  if (span < SHORT_AXIS) return HOURS.format(new Date(epoch));
  return span <= 1.5 * 86_400_000 ? HOURS.format(new Date(epoch)).slice(0, 5) : DAY.format(new Date(epoch));
}

/** "15:36:09.875" today, "12 Mar 15:36:09" before: for lists where milliseconds tell what came first. */
export function stamp(epoch: number, now = Date.now()): string {
  const date = new Date(epoch);
  if (sameDay(date, new Date(now))) return `${HOURS.format(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return `${DAY.format(date)} ${HOURS.format(date)}`;
}

/** "Today 15:36:09", "Yesterday 15:36:09", "12 Mar 2025 15:36:09". */
export function started(epoch: number, now = Date.now()): string {
  const date = new Date(epoch);
  if (sameDay(date, new Date(now))) return `Today ${HOURS.format(date)}`;
  if (sameDay(date, new Date(now - 86_400_000))) return `Yesterday ${HOURS.format(date)}`;
  return `${DAY_YEAR.format(date)} ${HOURS.format(date)}`;
}

/** "12 Mar 2026" */
export const day = (epoch: number): string => DAY_YEAR.format(new Date(epoch));

/** "4 s ago", "3 min ago", "2 h ago", "5 d ago". */
export function ago(epoch: number, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - epoch) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Absolute and relative, for the hover of a time. */
export function timeTitle(epoch: number, now = Date.now()): string {
  return `${WHOLE.format(epoch)} · ${ago(epoch, now)}`;
}

export type Verdict = "good" | "warn" | "bad" | "none";

/** A reply time against its goal. */
export function judge(reply: number | null | undefined): Verdict {
  if (reply == null) return "none";
  if (reply <= REPLY_GOAL) return "good";
  return reply <= REPLY_SLOW ? "warn" : "bad";
}

/** Keeps four digits of a phone number; other names stay. */
export function maskCaller(caller: string): string {
  const digits = caller.replace(/\D/g, "");
  if (!/^\+?[\d\s().-]{7,}$/.test(caller)) return caller;
  const country = caller.startsWith("+") ? `+${digits.slice(0, Math.max(1, digits.length - 10))} ` : "";
  return `${country}··· ${digits.slice(-4)}`;
}

export function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 6)}…${id.slice(-4)}` : id;
}
