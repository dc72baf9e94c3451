// Two conversations side by side: which turn stands beside which, and how two texts differ.
import type { Turn } from "../api/types";

const words = (text: string | null): string[] => (text ?? "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** How much two texts have in common, from 0 to 1: the words of both, each as often as both have it. */
export function likeness(a: string | null, b: string | null): number {
  const [left, right] = [words(a), words(b)];
  if (left.length === 0 && right.length === 0) return 1;
  const counts = new Map<string, number>();
  for (const word of left) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of right) {
    const known = counts.get(word) ?? 0;
    if (known === 0) continue;
    common += 1;
    counts.set(word, known - 1);
  }
  return (2 * common) / (left.length + right.length);
}

export interface Pair { a: Turn | null; b: Turn | null }

/** Less alike turns do not stand beside each other. */
const ALIKE = 0.34;

/** Beside each turn the one in which the caller said the same, in the order of both. */
export function alignTurns(a: Turn[], b: Turn[]): Pair[] {
  const scores = Array.from({ length: a.length + 1 }, () => new Float64Array(b.length + 1));
  const alike = (i: number, j: number) => {
    const value = likeness(a[i].user_text, b[j].user_text);
    return value >= ALIKE ? value : -1;
  };
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      scores[i][j] = Math.max(scores[i + 1][j], scores[i][j + 1], alike(i, j) + scores[i + 1][j + 1]);
    }
  }
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && alike(i, j) > 0 && scores[i][j] === alike(i, j) + scores[i + 1][j + 1]) pairs.push({ a: a[i++], b: b[j++] });
    else if (j >= b.length || (i < a.length && scores[i + 1][j] >= scores[i][j + 1])) pairs.push({ a: a[i++], b: null });
    else pairs.push({ a: null, b: b[j++] });
  }
  return pairs;
}

/** A pair of turns, or several in a row in which both say the same. */
export type Line = { pair: Pair } | { same: { a: Turn; b: Turn }[] };

const sameWords = (a: string | null, b: string | null) => words(a).join(" ") === words(b).join(" ");

/** With what is the same folded; case, punctuation and spaces are no difference. */
export function foldSame(pairs: Pair[]): Line[] {
  const lines: Line[] = [];
  for (const { a, b } of pairs) {
    if (a === null || b === null || !sameWords(a.user_text, b.user_text) || !sameWords(a.bot_text, b.bot_text)) {
      lines.push({ pair: { a, b } });
      continue;
    }
    const last = lines.at(-1);
    if (last && "same" in last) last.same.push({ a, b });
    else lines.push({ same: [{ a, b }] });
  }
  return lines;
}

export interface Piece { text: string; changed: boolean }

/** Longer texts are told as changed as a whole. */
const MOST_WORDS = 400;

/** Both texts in pieces, those that the other has not are changed. */
export function difference(a: string, b: string): [Piece[], Piece[]] {
  const [left, right] = [a.split(/(?<=\s)/), b.split(/(?<=\s)/)];
  if (a === b) return [[{ text: a, changed: false }], [{ text: b, changed: false }]];
  if (left.length > MOST_WORDS || right.length > MOST_WORDS) return [[{ text: a, changed: true }], [{ text: b, changed: true }]];
  const longest = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  const same = (i: number, j: number) => left[i].trim() === right[j].trim();
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) longest[i][j] = same(i, j) ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
  }
  const pieces: [Piece[], Piece[]] = [[], []];
  const add = (side: 0 | 1, text: string, changed: boolean) => {
    const last = pieces[side].at(-1);
    if (last?.changed === changed) last.text += text;
    else pieces[side].push({ text, changed });
  };
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && same(i, j)) {
      add(0, left[i++], false);
      add(1, right[j++], false);
    } else if (j >= right.length || (i < left.length && longest[i + 1][j] >= longest[i][j + 1])) add(0, left[i++], true);
    else add(1, right[j++], true);
  }
  return pieces;
}
