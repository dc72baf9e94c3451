// The line of the playhead over the lanes, and the veil over what is not played yet. Moved by the player itself.
import { useEffect, useRef } from "react";
import type { Deck } from "../../lib/deck";

export function Playhead({ deck, x, width, height, top = 20 }: { deck: Deck; x: (time: number) => number; width: number; height: number; top?: number }) {
  const line = useRef<SVGGElement>(null);
  const veil = useRef<SVGRectElement>(null);
  useEffect(() => {
    const show = () => {
      const at = Math.min(width, x(deck.now()));
      line.current?.setAttribute("transform", `translate(${at.toFixed(1)} 0)`);
      veil.current?.setAttribute("x", at.toFixed(1));
      veil.current?.setAttribute("width", Math.max(0, width - at).toFixed(1));
    };
    show();
    return deck.subscribe(show);
  }, [deck, x, width]);
  return (
    <g className="playhead" aria-hidden="true">
      <rect ref={veil} className="veil" y={top} height={height - top - 2} />
      <g ref={line}><rect x={-0.8} y={2} width={1.6} height={height} /><path d="M-5 0h10l-5 7z" /></g>
    </g>
  );
}
