// Both lanes of the call, drawn from its sound or else from spans: turn columns, who spoke when, the gap before each reply, barge-ins.
import { useMemo, useRef, useState } from "react";
import type { Conversation, Turn } from "../../api/types";
import { useWidth } from "../../components/bits";
import { wavePath } from "../../lib/wave";
import { clock, duration, REPLY_SLOW } from "../../lib/format";
import { lanes } from "../../lib/lanes";
import { ticks } from "../../lib/ticks";
import { Playhead } from "./Playhead";
import { PlayerBar } from "./PlayerBar";
import { BAR, type Player, useWaves } from "./usePlayer";

const HEIGHT = 128;
const CALLER_Y = 28;
const BOT_Y = 80;
const LANE = 22;
const GAP_Y = 63;
const BOTTOM = 108;
/** Two labels nearer than this would run into each other. */
const LABEL_ROOM = 16;

interface Props { turns: Turn[]; row: Conversation; now: number; chosen: number | null; choose: (turn: number) => void; player: Player; skipping: boolean; skip: (on: boolean) => void }

export function LanesView({ turns, row, now, chosen, choose, player, skipping, skip }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const picture = useMemo(() => lanes(turns, row.start, row.end, now), [turns, row.start, row.end, now]);
  const length = Math.max(picture.length, player.deck?.length ?? 0);
  const x = (at: number) => (at / length) * width;
  const waves = useWaves(row, player, width / length);
  // Lanes with sound need no blocks; what is not drawn as sound still has them.
  const sounds = (lane: string) => waves.some((wave) => wave.lane === lane);
  const dragged = useRef(false);
  const [dragging, setDragging] = useState(false);
  const seek = (event: React.PointerEvent<SVGSVGElement>) => player.deck?.seek(((event.clientX - event.currentTarget.getBoundingClientRect().left) / width) * length);
  let labelled = -LABEL_ROOM;
  return (
    <div className="player">
      <PlayerBar player={player} skipping={skipping} skip={skip} />
      <div className="lanes">
        <div className="lane-names"><span className="caller">Caller</span><span className="bot">Bot</span></div>
        <div ref={ref} className="lane-area">
          {width > 0 && (
            <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="group" aria-label="Turns of the call"
              onPointerDown={() => { dragged.current = false; if (player.deck) setDragging(true); }}
              onPointerMove={(event) => {
                if (!dragging || event.buttons === 0) return;
                if (!dragged.current) event.currentTarget.setPointerCapture(event.pointerId);
                dragged.current = true;
                seek(event);
              }}
              onPointerUp={(event) => { if (dragging) seek(event); setDragging(false); }}>
              {ticks(length, Math.max(2, width / 110)).map((at) => (
                <text key={at} className="axis" x={Math.min(x(at), width - 24)} y={HEIGHT - 4}>{clock(at)}</text>
              ))}
              {picture.columns.map((column) => {
                const left = x(column.from);
                const wide = Math.max(2, x(column.to) - left);
                const on = column.turn === chosen;
                const label = left - labelled >= LABEL_ROOM || on;
                if (label) labelled = left;
                return (
                  <g key={column.turn} className={`column ${on ? "on" : ""}`}>
                    <rect className="ground" x={left} y={2} width={wide} height={BOTTOM} rx={Math.min(8, wide / 2)} />
                    {!on && column.from > 0 && <line className="edge" x1={left} x2={left} y1={6} y2={BOTTOM} />}
                    {label && <text className="axis number" x={left + 6} y={16}>{column.turn}</text>}
                  </g>
                );
              })}
              {waves.map((wave) => <path key={`${wave.lane}${wave.from}`} className={`wave ${wave.lane}`} d={wavePath(wave.peaks, x(wave.from), BAR, (wave.lane === "caller" ? CALLER_Y : BOT_Y) + LANE / 2, LANE / 2 + 4)} />)}
              {picture.blocks.filter((block) => !sounds(block.lane)).map((block, index) => (
                <rect key={index} className={`block ${block.lane}`} x={x(block.from)} y={block.lane === "caller" ? CALLER_Y : BOT_Y}
                  width={Math.max(1.4, x(block.to) - x(block.from))} height={LANE} rx={Math.min(5, Math.max(0.7, (x(block.to) - x(block.from)) / 2))} />
              ))}
              {picture.gaps.map((gap) => (
                <g key={gap.turn} className={`gap ${gap.verdict}`}>
                  <rect x={x(gap.from)} y={GAP_Y} width={Math.max(3, x(gap.to) - x(gap.from))} height={5} rx={2.5} />
                  {gap.reply > REPLY_SLOW && <text x={(x(gap.from) + x(gap.to)) / 2} y={GAP_Y - 4} textAnchor="middle">{duration(gap.reply)}</text>}
                </g>
              ))}
              {picture.bargeIns.map((bargeIn) => {
                const at = x(bargeIn.at);
                const left = at + 62 > width;
                return (
                  <g key={bargeIn.turn} className="barge">
                    <rect x={at - 0.8} y={6} width={1.6} height={BOTTOM - 4} />
                    <rect className="tag" x={left ? at - 58 : at + 5} y={BOTTOM - 20} width={53} height={17} rx={5} />
                    <text x={left ? at - 31.5 : at + 31.5} y={BOTTOM - 8} textAnchor="middle">barge-in</text>
                  </g>
                );
              })}
              {player.deck && <Playhead deck={player.deck} x={x} width={width} height={BOTTOM} />}
              {picture.columns.map((column) => (
                <rect key={column.turn} className="hit" x={x(column.from)} y={0} width={Math.max(4, x(column.to) - x(column.from))} height={BOTTOM + 2}
                  role="button" tabIndex={-1} aria-label={`Turn ${column.turn}`} onClick={() => !dragged.current && choose(column.turn)}>
                  <title>{`Turn ${column.turn} · ${clock(column.from)}`}</title>
                </rect>
              ))}
            </svg>
          )}
        </div>
      </div>
    </div>
  );
}
