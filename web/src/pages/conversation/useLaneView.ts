// Which part of the call the lanes show: wheel and keys zoom, dragging sideways and the wheel with shift move, playing follows.
import { type RefObject, useEffect, useState } from "react";
import type { Deck } from "../../lib/deck";
import { useKeys } from "../../lib/keys";
import { following, panned, type View, zoomed } from "../../lib/zoom";

const KEY_FACTOR = 0.6;
const WHEEL_FACTOR = 1.0018;
/** Of the shown part. */
const KEY_PAN = 0.25;

export interface LaneView { view: View; isWhole: boolean; zoom: (factor: number) => void; reset: () => void }

export function useLaneView(area: RefObject<HTMLElement | null>, length: number, deck: Deck | null): LaneView {
  const [part, setPart] = useState<View | null>(null);
  const view = part ?? { from: 0, to: length };
  const middle = () => (deck && deck.now() >= view.from && deck.now() <= view.to ? deck.now() : (view.from + view.to) / 2);
  const zoom = (factor: number) => setPart((old) => zoomed(old, length, middle(), factor));
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const place = element.getBoundingClientRect();
      const share = (event.clientX - place.left) / Math.max(1, place.width);
      setPart((old) => {
        const { from, to } = old ?? { from: 0, to: length };
        const sideways = event.shiftKey ? event.deltaY : event.deltaX;
        if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) return panned(old, length, (sideways / Math.max(1, place.width)) * (to - from));
        return zoomed(old, length, from + share * (to - from), WHEEL_FACTOR ** event.deltaY);
      });
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [area, length]);
  useEffect(() => deck?.subscribe(() => setPart((old) => following(old, length, deck.now()))), [deck, length]);
  const pan = (by: number) => setPart((old) => (old === null ? null : panned(old, length, by * (old.to - old.from))));
  useKeys({
    "+": () => zoom(KEY_FACTOR), "=": () => zoom(KEY_FACTOR), "-": () => zoom(1 / KEY_FACTOR), "0": () => setPart(null),
    "<": () => pan(-KEY_PAN), ">": () => pan(KEY_PAN),
  });
  return { view, isWhole: part === null, zoom, reset: () => setPart(null) };
}
