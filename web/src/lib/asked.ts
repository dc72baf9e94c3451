// What a caller asked in one call and asked again in another.
import type { Turn } from "../api/types";
import { likeness } from "./compare";

export interface AskedCall { id: string; number: number; turns: Turn[] }
/** `turns`: the turns in which it was asked, by turnKey. */
export interface Asked { text: string; calls: { id: string; number: number }[]; turns: string[] }

/** Span ids are one call's own: two calls may have the same. */
export const turnKey = (call: string, span: string) => `${call}/${span}`;

/** Shorter ones ("Yes, please") are no wish. */
const LEAST_WORDS = 4;
/** Lines of a call that are looked at, so that a long one keeps nobody waiting. */
const LINES = 12;
/** From here on two lines mean the same. */
const SAME = 0.6;
const SHOWN = 6;

interface Wish extends Asked { first: string }

/** Wishes of more than one call, those of most calls first; each in the words that were used last. */
export function askedAgain(calls: AskedCall[]): Asked[] {
  const wishes: Wish[] = [];
  for (const { id, number, turns } of calls) {
    const lines = turns.filter(({ user_text }) => (user_text ?? "").split(/\s+/).length >= LEAST_WORDS).slice(0, LINES);
    for (const { user_text, span_id } of lines) {
      const text = user_text ?? "";
      const known = wishes.find((wish) => likeness(wish.first, text) >= SAME);
      if (!known) {
        wishes.push({ first: text, text, calls: [{ id, number }], turns: [turnKey(id, span_id)] });
        continue;
      }
      known.text = text;
      known.turns.push(turnKey(id, span_id));
      if (known.calls.at(-1)?.id !== id) known.calls.push({ id, number });
    }
  }
  return wishes.filter((wish) => wish.calls.length > 1).sort((a, b) => b.calls.length - a.calls.length).slice(0, SHOWN)
    .map(({ text, calls: asked, turns }) => ({ text, calls: asked, turns }));
}
