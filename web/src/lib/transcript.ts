// What a transcript tells beside its words, and which of its turns have some.
import type { Turn } from "../api/types";

/** Shorter ones are within what clocks and voice detection differ by. */
const LEAST_OVERLAP = 100;

/** How long the caller spoke while the bot had not ended its turn before; null when nobody spoke over the other. */
export function overlap(before: Turn | undefined, turn: Turn): number | null {
  if (before === undefined || before.bot_to === null || turn.user_from === null) return null;
  const ms = before.bot_to - turn.user_from;
  return ms >= LEAST_OVERLAP ? ms : null;
}

/** Has it these words, spoken or only meant to be, or the name of a tool? Letters alike, small or large. */
export function mentions(turn: Turn, words: string): boolean {
  const text = [turn.user_text, turn.bot_text, turn.bot_unspoken, ...turn.tools.map((tool) => tool.name), ...turn.errors].filter(Boolean).join("\n").toLowerCase();
  return text.includes(words.trim().toLowerCase());
}
