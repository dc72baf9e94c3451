// Both lanes of the call, drawn from its sound or else from spans: turn columns, who spoke when, the gap before each reply, barge-ins.
import { useMemo, useRef, useState } from "react";
import type { Conversation, Turn } from "../../api/types";
import { Button, useWidth } from "../../components/bits";
import { clock, duration, REPLY_SLOW } from "../../lib/format";
import { type Lanes, lanes } from "../../lib/lanes";
import { apart, box } from "../../lib/paths";
import { ticks } from "../../lib/ticks";
import { wavePath } from "../../lib/wave";
import type { View } from "../../lib/zoom";
import { Playhead } from "./Playhead";
import { PlayerBar } from "./PlayerBar";
import { useLaneView } from "./useLaneView";
import { type Player, useWaves, type Wave } from "./usePlayer";

const HEIGHT = 128;
const CALLER_Y = 28;
const BOT_Y = 80;
const LANE = 22;
const GAP_Y = 63;
const BOTTOM = 108;
/** Two labels nearer than this would run into each other. */
const LABEL_ROOM = 18;
const TAG_ROOM = 60;
const REPLY_ROOM = 44;
/** Columns narrower than this have no edges. */
const EDGE_ROOM = 5;

type At = (time: number) => number;
interface Shown { picture: Lanes; view: View; x: At; width: number }

const laneY = (lane: "caller" | "bot") => (lane === "caller" ? CALLER_Y : BOT_Y);
const sees = (view: View, from: number, to: number) => to >= view.from && from <= view.to;

function Columns({ picture, view, x, chosen }: Shown & { chosen: number | null }) {
  const columns = picture.columns.filter((column) => sees(view, column.from, column.to));
  const on = columns.find((column) => column.turn === chosen);
  const edges = apart(columns.filter((column) => column.from > 0 && column !== on), (column) => x(column.from), EDGE_ROOM);
  const labels = apart(columns, (column) => x(column.from), LABEL_ROOM).filter((column) => on === undefined || column === on || Math.abs(x(column.from) - x(on.from)) >= LABEL_ROOM);
  return (
    <>
      {on && <g className="column on"><rect className="ground" x={x(on.from)} y={2} width={Math.max(2, x(on.to) - x(on.from))} height={BOTTOM} rx={Math.min(8, Math.max(2, x(on.to) - x(on.from)) / 2)} /></g>}
      <g className="column"><path className="edge" d={edges.map((column) => `M${x(column.from).toFixed(1)} 6V${BOTTOM}`).join("")} /></g>
      {[...labels, ...(on && !labels.includes(on) ? [on] : [])].map((column) => (
        <g key={column.turn} className={`column ${column === on ? "on" : ""}`}><text className="axis number" x={x(column.from) + 6} y={16}>{column.turn}</text></g>
      ))}
    </>
  );
}

function Blocks({ picture, view, x, drawn }: Shown & { drawn: (lane: "caller" | "bot") => boolean }) {
  return (["caller", "bot"] as const).filter((lane) => !drawn(lane)).map((lane) => (
    <path key={lane} className={`block ${lane}`} d={picture.blocks.filter((block) => block.lane === lane && sees(view, block.from, block.to))
      .map((block) => box(x(block.from), laneY(lane), Math.max(1.4, x(block.to) - x(block.from)), LANE, 5)).join("")} />
  ));
}

function Gaps({ picture, view, x }: Shown) {
  const gaps = picture.gaps.filter((gap) => sees(view, gap.from, gap.to));
  const middle = (gap: (typeof gaps)[number]) => (x(gap.from) + x(gap.to)) / 2;
  return (
    <>
      {(["good", "warn", "bad"] as const).map((verdict) => (
        <g key={verdict} className={`gap ${verdict}`}><path d={gaps.filter((gap) => gap.verdict === verdict).map((gap) => box(x(gap.from), GAP_Y, Math.max(3, x(gap.to) - x(gap.from)), 5, 2.5)).join("")} /></g>
      ))}
      {apart(gaps.filter((gap) => gap.reply > REPLY_SLOW), middle, REPLY_ROOM).map((gap) => <g key={gap.turn} className="gap bad"><text x={middle(gap)} y={GAP_Y - 4} textAnchor="middle">{duration(gap.reply)}</text></g>)}
    </>
  );
}

function BargeIns({ picture, view, x, width }: Shown) {
  const all = picture.bargeIns.filter((one) => sees(view, one.at, one.at));
  return (
    <g className="barge">
      <path d={all.map((one) => box(x(one.at) - 0.8, 6, 1.6, BOTTOM - 4, 0.8)).join("")} />
      {apart(all, (one) => x(one.at), TAG_ROOM).map((one) => {
        const at = x(one.at);
        const left = at + 62 > width;
        return (
          <g key={one.turn}>
            <rect className="tag" x={left ? at - 58 : at + 5} y={BOTTOM - 20} width={53} height={17} rx={5} />
            <text x={left ? at - 31.5 : at + 31.5} y={BOTTOM - 8} textAnchor="middle">barge-in</text>
          </g>
        );
      })}
    </g>
  );
}

/** The steps of a wave that lie in the view. */
function wave({ lane, from, to, peaks }: Wave, { view, x }: Shown): string {
  const step = (to - from) / Math.max(1, peaks.length / 2);
  const first = Math.max(0, Math.floor((view.from - from) / step));
  const last = Math.max(first, Math.ceil((view.to - from) / step));
  return wavePath(peaks.subarray(2 * first, 2 * last), x(from + first * step), x(step) - x(0), laneY(lane) + LANE / 2, LANE / 2 + 4);
}

interface Props { turns: Turn[]; row: Conversation; now: number; chosen: number | null; choose: (turn: number) => void; player: Player; skipping: boolean; skip: (on: boolean) => void }

export function LanesView({ turns, row, now, chosen, choose, player, skipping, skip }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const picture = useMemo(() => lanes(turns, row.start, row.end, now), [turns, row.start, row.end, now]);
  const length = Math.max(picture.length, player.deck?.length ?? 0);
  const { view, isWhole, zoom, reset } = useLaneView(ref, length, player.deck);
  const span = Math.max(1, view.to - view.from);
  const x = useMemo((): At => (at) => ((at - view.from) / span) * width, [view.from, span, width]);
  const waves = useWaves(row, player, width / span);
  const dragged = useRef(false);
  const [dragging, setDragging] = useState(false);
  const timeAt = (event: React.PointerEvent<SVGSVGElement>) => view.from + ((event.clientX - event.currentTarget.getBoundingClientRect().left) / width) * span;
  const shown: Shown = { picture, view, x, width };
  return (
    <div className="player">
      <PlayerBar player={player} skipping={skipping} skip={skip} />
      <div className="lanes">
        <div className="lane-names"><span className="caller">Caller</span><span className="bot">Bot</span></div>
        <div ref={ref} className="lane-area">
          {width > 0 && (
            <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="group" aria-label="Turns of the call"
              onPointerDown={() => { dragged.current = false; setDragging(true); }}
              onPointerMove={(event) => {
                if (!dragging || event.buttons === 0 || !player.deck) return;
                if (!dragged.current) event.currentTarget.setPointerCapture(event.pointerId);
                dragged.current = true;
                player.deck.seek(timeAt(event));
              }}
              onPointerUp={(event) => {
                if (!dragging) return;
                setDragging(false);
                const at = timeAt(event);
                player.deck?.seek(at);
                const column = dragged.current ? undefined : picture.columns.findLast((one) => one.from <= at);
                if (column) choose(column.turn);
              }}>
              <rect className="hit" width={width} height={BOTTOM + 2} />
              {ticks(length, Math.max(2, (width / 110) * (length / span))).filter((at) => at >= view.from && at <= view.to).map((at) => (
                <text key={at} className="axis" x={Math.min(x(at), width - 24)} y={HEIGHT - 4}>{clock(at)}</text>
              ))}
              <Columns {...shown} chosen={chosen} />
              {waves.map((one) => <path key={`${one.lane}${one.from}`} className={`wave ${one.lane}`} d={wave(one, shown)} />)}
              <Blocks {...shown} drawn={(lane) => waves.some((one) => one.lane === lane)} />
              <Gaps {...shown} />
              <BargeIns {...shown} />
              {player.deck && <Playhead deck={player.deck} x={x} width={width} height={BOTTOM} />}
            </svg>
          )}
          <div className="zoom" role="group" aria-label="Zoom">
            {!isWhole && <Button small onClick={reset} label="Show the whole call (0)">whole call</Button>}
            <Button small onClick={() => zoom(1 / 0.6)} label="Zoom out (-)">−</Button>
            <Button small onClick={() => zoom(0.6)} label="Zoom in (+)">+</Button>
          </div>
        </div>
      </div>
    </div>
  );
}
