// One dot a span: when it was and, on a logarithmic scale, how long it took. Dragging narrows the list to the slower ones.
import { useEffect, useMemo, useRef, useState } from "react";
import type { SpanPoint } from "../../api/types";
import { useWidth } from "../../components/bits";
import { axisTime, duration, plural } from "../../lib/format";
import { type DotScale, dotScale, nearestDot } from "../../lib/dots";
import { markOfSpan } from "../../lib/marks";

const HEIGHT = 118;
const LEFT = 46;

const KEYS = [["llm", "language model"], ["tts", "voice"], ["stt", "speech to text"], ["tool", "tool"], ["turn", "turn, agent"], ["plain", "other"], ["error", "error"]] as const;
const markOfPoint = (point: SpanPoint) => markOfSpan({ level: point.error ? "ERROR" : "DEFAULT", stage: point.stage, type: point.type, parent: "" });

/** The colours of the theme, read once for each drawing: a canvas knows no classes. */
function colours(element: HTMLElement): (mark: string) => string {
  const style = getComputedStyle(element);
  const names: Record<string, string> = { stt: "--stt", llm: "--llm", tts: "--tts", tool: "--tool", error: "--badf", turn: "--acc", conversation: "--acc", plain: "--wait" };
  return (mark) => style.getPropertyValue(names[mark] ?? "--wait");
}

function draw(canvas: HTMLCanvasElement, points: SpanPoint[], scale: DotScale, chosen: string | null): void {
  const ratio = devicePixelRatio || 1;
  canvas.width = scale.width * ratio;
  canvas.height = HEIGHT * ratio;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(ratio, ratio);
  const colour = colours(canvas);
  for (const point of points) {
    context.globalAlpha = point.error ? 1 : 0.75;
    context.fillStyle = colour(markOfPoint(point));
    context.beginPath();
    context.arc(scale.x(point.start), scale.y(point.duration), point.error ? 3 : 2.2, 0, 7);
    context.fill();
    if (point.span !== chosen) continue;
    context.globalAlpha = 1;
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--ink");
    context.lineWidth = 1.6;
    context.beginPath();
    context.arc(scale.x(point.start), scale.y(point.duration), 5, 0, 7);
    context.stroke();
  }
}

interface Props { points: SpanPoint[]; chosen: string | null; choose: (trace: string, span: string) => void; narrow: (least: number) => void; theme: string }

/** What the colours are, of those that there are. */
function Keys({ points }: { points: SpanPoint[] }) {
  const marks = useMemo(() => new Set(points.map(markOfPoint)), [points]);
  return (
    <div className="stage-keys dot-keys">
      {KEYS.filter(([mark]) => marks.has(mark)).map(([mark, word]) => <span key={mark}><i className={`sq m-${mark}`} />{word}</span>)}
      <span className="spacer" /><span className="dim hide-narrow">one dot a span · drag to keep the slower ones</span>
    </div>
  );
}

function Plot({ points, chosen, choose, narrow, theme }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = useMemo(() => dotScale(points, { width, height: HEIGHT, left: LEFT, bottom: 18 }), [points, width]);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  useEffect(() => {
    if (canvas.current && width > 0) draw(canvas.current, points, scale, chosen);
  }, [points, scale, chosen, width, theme]);
  const at = (event: React.PointerEvent) => event.clientY - event.currentTarget.getBoundingClientRect().top;
  const finish = (event: React.PointerEvent) => {
    if (drag && Math.abs(drag.to - drag.from) > 6) narrow(Math.round(scale.duration(Math.max(drag.from, drag.to))));
    else if (drag) {
      const box = event.currentTarget.getBoundingClientRect();
      const point = nearestDot(points, scale, event.clientX - box.left, event.clientY - box.top);
      if (point) choose(point.trace, point.span);
    }
    setDrag(null);
  };
  return (
    <div className="dots" ref={ref}>
      {width > 0 && points.length > 0 && (
        <>
          <svg width={width} height={HEIGHT} aria-hidden="true">
            {scale.levels.map((level) => (
              <g key={level}><line className="hair" x1={LEFT} x2={width} y1={scale.y(level)} y2={scale.y(level)} /><text className="axis" x={LEFT - 6} y={scale.y(level) + 3.5} textAnchor="end">{duration(level).replace(".00", "")}</text></g>
            ))}
            {scale.times.map((time) => <text key={time} className="axis" x={Math.min(scale.x(time), width - 48)} y={HEIGHT - 3}>{axisTime(time, scale.span)}</text>)}
            {drag && <rect className="h-brush" x={LEFT} width={width - LEFT} y={0} height={Math.max(drag.from, drag.to)} rx={4} />}
          </svg>
          <canvas ref={canvas} style={{ width, height: HEIGHT }} role="img" aria-label={`${plural(points.length, "span")} by start and duration; the table below has the same`}
            onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); setDrag({ from: at(event), to: at(event) }); }}
            onPointerMove={(event) => { const to = at(event); setDrag((old) => old && { ...old, to }); }}
            onPointerUp={finish} onPointerCancel={() => setDrag(null)} />
        </>
      )}
    </div>
  );
}

export function DotPlot(props: Props) {
  return (
    <>
      {props.points.length > 0 && <Keys points={props.points} />}
      <Plot {...props} />
    </>
  );
}
