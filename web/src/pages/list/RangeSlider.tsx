// A range of numbers with both ends, under a picture of how many there are: bars whose ends are the places where an end
// may stand. An end that stands at the edge is no filter.
import { useEffect, useId, useRef, useState } from "react";
import type { FacetBar } from "../../api/types";
import { ends, type Ends, position } from "../../lib/ranges";

const WIDTH = 196;
const HEIGHT = 28;
const PAUSE_MS = 200;

interface Props { title: string; bars: FacetBar[]; value: Ends; write: (value: number) => string; onChange: (value: Ends) => void }

export function RangeSlider({ title, bars, value, write, onChange }: Props) {
  const id = useId();
  const [low, setLow] = useState(0);
  const [high, setHigh] = useState(bars.length);
  useEffect(() => {
    setLow(value.from === null ? 0 : position(bars, value.from));
    setHigh(value.to === null ? bars.length : position(bars, value.to));
    setMoved(false);
  }, [value.from, value.to, bars.length]);
  const [moved, setMoved] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  // A value that was typed may lie between two places: it stays until an end is moved.
  const shown = moved ? ends(bars, low, high) : value;
  const move = (nextLow: number, nextHigh: number) => {
    setLow(nextLow);
    setHigh(nextHigh);
    setMoved(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(ends(bars, nextLow, nextHigh)), PAUSE_MS);
  };
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const wide = WIDTH / Math.max(1, bars.length);
  const words = [shown.from === null ? "" : `from ${write(shown.from)}`, shown.to === null ? "" : `below ${write(shown.to)}`].filter(Boolean).join(", ") || "any";
  return (
    <fieldset className="facet range">
      <legend>{title}<output className="end num dim" htmlFor={`${id}-low ${id}-high`}>{words}</output></legend>
      <svg className="facet-bars" width={WIDTH} height={HEIGHT} aria-hidden="true">
        {bars.map((bar, index) => {
          const height = bar.count === 0 ? 1 : Math.max(2, (bar.count / most) * (HEIGHT - 2));
          return <rect key={index} className={index >= low && index < high ? "" : "out"} x={index * wide} y={HEIGHT - height} width={wide - 1.5} height={height} rx={1.2}><title>{`${bar.to === null ? "above" : `below ${write(bar.to)}`}: ${bar.count}`}</title></rect>;
        })}
      </svg>
      <div className="range-ends">
        <input id={`${id}-low`} type="range" min={0} max={bars.length} value={low} aria-label={`${title}, at least`} aria-valuetext={shown.from === null ? "any" : write(shown.from)}
          onChange={(event) => move(Math.min(Number(event.target.value), high - 1), high)} />
        <input id={`${id}-high`} type="range" min={0} max={bars.length} value={high} aria-label={`${title}, below`} aria-valuetext={shown.to === null ? "any" : write(shown.to)}
          onChange={(event) => move(low, Math.max(Number(event.target.value), low + 1))} />
      </div>
    </fieldset>
  );
}
