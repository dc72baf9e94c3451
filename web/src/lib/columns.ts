// The columns of the list: which there are, which were chosen in this browser, and which fit.

export const COLUMNS = [
  { key: "started", name: "Started", width: 108, drop: 0, own: true },
  { key: "naming", name: "Conversation", width: 150, drop: 0, own: true },
  { key: "caller", name: "Caller", width: 92, drop: 7 },
  { key: "strip", name: "Turn strip", width: 150, drop: 1 },
  { key: "length", name: "Length", width: 58, drop: 2 },
  { key: "turns", name: "Turns", width: 44, drop: 9 },
  { key: "p50", name: "Reply p50", width: 66, drop: 6 },
  { key: "p95", name: "Reply p95", width: 102, drop: 1 },
  { key: "barge", name: "Barge-ins", width: 62, drop: 5 },
  { key: "cost", name: "Cost", width: 64, drop: 8 },
  { key: "agent", name: "Agent", width: 74, drop: 10 },
  { key: "stt", name: "Speech to text", width: 130, drop: 13, off: true },
  { key: "llm", name: "Language model", width: 140, drop: 12, off: true },
  { key: "tts", name: "Voice", width: 130, drop: 14, off: true },
  { key: "session", name: "Session", width: 100, drop: 15, off: true },
  { key: "environment", name: "Environment", width: 90, drop: 16, off: true },
  { key: "spans", name: "Spans", width: 50, drop: 17, off: true },
  { key: "score", name: "Score", width: 76, drop: 4 },
  { key: "outcome", name: "Outcome", width: 70, drop: 3 },
] as const satisfies readonly { key: string; name: string; width: number; drop: number; own?: boolean; off?: boolean }[];

export type ColumnKey = (typeof COLUMNS)[number]["key"];
type Column = { key: ColumnKey; name: string; width: number; drop: number; own?: boolean; off?: boolean };
const ALL: readonly Column[] = COLUMNS;

const GAP = 12;
const GUTTER = 40;
/** The list may shrink to these. */
const LEAST = 3;

/** Those that may be left out, with their names. */
export const CHOICES: [ColumnKey, string][] = ALL.filter((column) => !column.own).map(({ key, name }) => [key, name]);
export const DEFAULT: ColumnKey[] = ALL.filter((column) => !column.own && !column.off).map(({ key }) => key);

/** The chosen columns in their order; where there is no room for all, the dearest are left out, and scores where no call has one. */
export function fitting(chosen: readonly ColumnKey[], width: number, scored: boolean): ColumnKey[] {
  const shown = ALL.filter((column) => column.own || (chosen.includes(column.key) && (scored || column.key !== "score")));
  const room = () => shown.reduce((sum, column) => sum + column.width + GAP, GUTTER - GAP);
  while (room() > width && shown.length > LEAST) {
    const least = shown.reduce((worst, column) => (column.drop > worst.drop ? column : worst));
    if (least.drop === 0) break;
    shown.splice(shown.indexOf(least), 1);
  }
  return shown.map(({ key }) => key);
}

/** As CSS wants them: what a conversation is about takes the rest. */
export const template = (keys: readonly ColumnKey[]): string =>
  keys.map((key) => (key === "naming" ? "minmax(110px, 1fr)" : `${ALL.find((column) => column.key === key)!.width}px`)).join(" ");

const KEPT = "repartee.columns";

export function readColumns(): ColumnKey[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    return Array.isArray(kept) ? CHOICES.map(([key]) => key).filter((key) => kept.includes(key)) : DEFAULT;
  } catch {
    return DEFAULT;
  }
}

export function writeColumns(chosen: ColumnKey[]): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(chosen));
  } catch {
    // Holds for this page only.
  }
}
