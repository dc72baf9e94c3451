// Keyboard: single keys and "g c" pairs, never while text is being typed.
import { useLayoutEffect, useRef } from "react";

export type Keys = Record<string, (event: KeyboardEvent) => void>;

const PAIR_MS = 1000;

export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input, textarea, select, [contenteditable=true]");
}

/** `keys` maps "j", "Enter", "mod+k" or "g c" to what is done. */
export function useKeys(keys: Keys, enabled = true): void {
  const current = useRef(keys);
  current.current = keys;
  // At once with what is drawn: a key that is pressed on sight of a page must not be lost.
  useLayoutEffect(() => {
    if (!enabled) return;
    let first = "";
    let firstAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      const mod = event.metaKey || event.ctrlKey;
      const name = (mod ? "mod+" : "") + (event.key.length === 1 && mod ? event.key.toLowerCase() : event.key);
      if (!mod && (isTyping(event.target) || document.querySelector("dialog[open]"))) return;
      // Enter and space belong to the control that has the focus.
      const control = (event.target as HTMLElement | null)?.closest?.("a, button, [role=radio]");
      if (control && (event.key === "Enter" || event.key === " ")) return;
      const pair = event.timeStamp - firstAt < PAIR_MS ? `${first} ${name}` : "";
      const action = current.current[pair] ?? current.current[name];
      first = name;
      firstAt = event.timeStamp;
      if (!action) return;
      event.preventDefault();
      action(event);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [enabled]);
}
