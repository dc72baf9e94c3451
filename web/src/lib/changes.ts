// What a model was told this time that it was not told the time before.
import type { Message } from "./messages";

export interface Changes { same: number; gone: Message[]; added: Message[] }

const isSame = (a: Message, b: Message) => a.role === b.role && a.name === b.name && a.text === b.text;

/** Conversations grow at their end: what both have in front and behind is the same, the rest has changed. */
export function changes(before: Message[], now: Message[]): Changes {
  let front = 0;
  while (front < before.length && front < now.length && isSame(before[front], now[front])) front += 1;
  let back = 0;
  while (back < before.length - front && back < now.length - front && isSame(before[before.length - 1 - back], now[now.length - 1 - back])) back += 1;
  return { same: front + back, gone: before.slice(front, before.length - back), added: now.slice(front, now.length - back) };
}
