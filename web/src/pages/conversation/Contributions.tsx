// The waterfall of a reply: its parts, one below the other, that sum to the whole.
import { useWidth } from "../../components/bits";
import type { Contribution, Turn } from "../../api/types";
import { blame, labelSide } from "../../lib/contributions";
import { duration, REPLY_GOAL } from "../../lib/format";
import { tickLabel, ticks } from "../../lib/ticks";

const ROW = 22;
const RIGHT = 70;
const GLYPH = 5.7;
/** Nearer to the goal than this a tick has no room for its label. */
const LABEL = 32;

const OWNERS: Record<Contribution["owner"], string> = {
  service: "a service's time", setting: "a setting: change it, not the service", bot: "the bot's own work", pipeline: "the pipeline",
  tool: "a function call", unattributed: "measured as a whole, by nobody in particular",
};

function detailOf(part: Contribution): string {
  const owner = part.owner === "setting" ? "setting" : "";
  return [owner, part.detail].filter(Boolean).join(" · ");
}

export function Contributions({ turn }: { turn: Turn }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const parts = turn.contributions;
  const whole = Math.max(turn.reply ?? 0, parts.reduce((end, part) => Math.max(end, part.from + part.duration), 0), 1);
  const left = width < 460 ? 132 : 152;
  const plot = Math.max(60, width - left - RIGHT);
  const x = (at: number) => left + (at / whole) * plot;
  const bottom = parts.length * ROW + 4;
  const main = blame(turn)?.contribution;
  const goalAt = x(Math.min(REPLY_GOAL, whole));
  return (
    <div className="contributions" ref={ref}>
      {width > 0 && (
        <svg width={width} height={bottom + 18} viewBox={`0 0 ${width} ${bottom + 18}`} role="img"
          aria-label={parts.map((part) => `${part.name} ${duration(part.duration)}`).join(", ")}>
          <defs>
            <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect className="hatch-ground" width="6" height="6" /><line className="hatch-line" x1="0" x2="0" y1="0" y2="6" />
            </pattern>
          </defs>
          <rect className="goal-ground" x={left} y={0} width={goalAt - left} height={bottom} />
          {ticks(whole, plot / 70).map((at) => (
            <g key={at}><line className="hair" x1={x(at)} x2={x(at)} y1={0} y2={bottom} />
              {(whole <= REPLY_GOAL || Math.abs(x(at) - goalAt) > LABEL) && <text className="axis" x={x(at) + 3} y={bottom + 13}>{tickLabel(at, whole)}</text>}</g>
          ))}
          {whole > REPLY_GOAL && (
            <g className="goal"><line x1={goalAt} x2={goalAt} y1={0} y2={bottom} /><text className="halo" x={goalAt + 4} y={bottom + 13}>goal</text></g>
          )}
          {parts.map((part, index) => {
            const y = index * ROW;
            const from = x(part.from);
            const wide = Math.max(3, x(part.from + part.duration) - from);
            const label = detailOf(part);
            const side = labelSide(from - left, wide, label.length * GLYPH, plot);
            return (
              <g key={index} className={part === main ? "main" : ""}>
                <title>{`${part.name}: ${duration(part.duration)} · ${OWNERS[part.owner]}${part.detail ? ` · ${part.detail}` : ""}`}</title>
                <text className="name" x={0} y={y + 15}>{part.name}</text>
                <rect className={`part ${part.stage}`} x={from} y={y + 4} width={wide} height={14} rx={Math.min(4, wide / 2)} />
                {side !== "none" && (
                  <text className="detail halo" x={side === "right" ? from + wide + 7 : from - 7} y={y + 15} textAnchor={side === "right" ? "start" : "end"}>{label}</text>
                )}
                <text className="value num" x={width} y={y + 15} textAnchor="end">{duration(part.duration)}</text>
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
