// What was said, turn by turn; what the bot meant to say and did not is struck through.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { Turn } from "../../api/types";
import { Pill } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { type Deck, spokenWords } from "../../lib/deck";
import { clock, duration, judge } from "../../lib/format";
import { mentions, overlap } from "../../lib/transcript";
import { useDeck, useDeckTime } from "./usePlayer";

const ESTIMATE = 92;
/** The words follow the sound in steps of this. */
const WORD_MS = 150;

function Marks({ turn, before }: { turn: Turn; before: Turn | undefined }) {
  const over = overlap(before, turn);
  const spoke = turn.bot_from !== null && turn.bot_to !== null ? turn.bot_to - turn.bot_from : null;
  return (
    <div className="marks">
      {turn.reply !== null && <Pill tone={judge(turn.reply)} title="caller stopped → bot audible">{duration(turn.reply)}</Pill>}
      {turn.bot_first && <Pill>bot first</Pill>}
      {over !== null && <Pill title="the caller spoke while the bot still did">speech overlap {duration(over)}</Pill>}
      {turn.interrupted && <Pill tone="bad">{spoke !== null ? `cut after ${duration(spoke)}` : "barge-in"}</Pill>}
      {turn.tools.map((tool, index) => (
        <Pill key={index} tone={tool.error ? "bad" : "plain"}><Icon name="tool" size={12} />{tool.name} {tool.duration !== null && duration(tool.duration)}</Pill>
      ))}
      {turn.llm_calls > 1 && <Pill>{turn.llm_calls} LLM calls</Pill>}
      {turn.errors.map((error, index) => <Pill key={index} tone="bad" title={error}>{error.length > 60 ? `${error.slice(0, 60)}…` : error}</Pill>)}
      {turn.ended_by_hangup && <Pill>hang-up</Pill>}
      {turn.live && <Pill tone="good"><span className="dot good pulse" />now</Pill>}
    </div>
  );
}

/** The words of a lane, those marked that are spoken while the recording plays. */
function Words({ text, from, to, at }: { text: string; from: number | null; to: number | null; at: number | null }) {
  if (at === null || from === null || to === null || at < from || at > to) return <>{text}</>;
  const [spoken, rest] = spokenWords(text, (at - from) / Math.max(1, to - from));
  return <><mark>{spoken}</mark>{rest}</>;
}

/** `at`: the playhead, ms since the epoch, while it is within this turn. */
function Said({ turn, before, at }: { turn: Turn; before: Turn | undefined; at: number | null }) {
  const bot = turn.bot_text !== null || turn.bot_unspoken !== null;
  return (
    <div className="said">
      {turn.user_text && <div className="line caller"><i /><span dir="auto"><Words text={turn.user_text} from={turn.user_from} to={turn.user_to} at={at} /></span></div>}
      <Marks turn={turn} before={before} />
      {bot && (
        <div className="line bot"><i />
          <span dir="auto">{turn.bot_text !== null && <Words text={turn.bot_text} from={turn.bot_from} to={turn.bot_to} at={at} />}{turn.bot_unspoken && <> <s className="unspoken" title="generated, never spoken">{turn.bot_unspoken}</s></>}</span>
        </div>
      )}
      {!turn.user_text && !bot && <span className="dim">{turn.live ? "listening" : "nothing was said"}</span>}
    </div>
  );
}

/** `find`: only turns that mention it. */
interface Props { turns: Turn[]; find: string; start: number; chosen: number | null; choose: (turn: number) => void; live: boolean; deck: Deck | null }

export function Transcript({ turns: all, find, start, chosen, choose, live, deck }: Props) {
  const turns = useMemo(() => (find.trim() === "" ? all : all.filter((turn) => mentions(turn, find))), [all, find]);
  const before = useMemo(() => new Map(all.map((turn, index) => [turn, all[index - 1]])), [all]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: turns.length, getScrollElement: () => scroller.current, estimateSize: () => ESTIMATE, overscan: 6,
    getItemKey: (index) => turns[index].span_id,
  });
  // A reader at the end of a running call stays at its end.
  const atEnd = useRef(live);
  useEffect(() => {
    if (live && atEnd.current && turns.length > 0) virtual.scrollToIndex(turns.length - 1, { align: "end" });
  }, [turns.length, live]);
  useEffect(() => {
    const at = turns.findIndex((turn) => turn.number === chosen);
    if (at >= 0 && !live) virtual.scrollToIndex(at, { align: "auto" });
  }, [chosen]);
  const { playing } = useDeck(deck);
  const time = useDeckTime(deck, WORD_MS);
  const at = deck === null || time <= 0 ? null : start + time;
  const heard = at === null ? -1 : turns.findLastIndex((turn) => turn.start <= at);
  useEffect(() => {
    if (playing && heard >= 0) virtual.scrollToIndex(heard, { align: "auto" });
  }, [playing, heard]);
  return (
    <div className="transcript" ref={scroller} tabIndex={-1}
      onScroll={({ currentTarget: box }) => (atEnd.current = box.scrollTop + box.clientHeight > box.scrollHeight - 40)}>
      {turns.length === 0 && all.length > 0 && <p className="dim none" role="status">No turn says this.</p>}
      <div className="rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const turn = turns[item.index];
          return (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index} className="turn-slot" style={{ transform: `translateY(${item.start}px)` }}>
              <button type="button" className={`turn ${turn.number === chosen ? "on" : ""} ${item.index === heard && playing ? "heard" : ""}`} data-turn={turn.number}
                aria-pressed={turn.number === chosen} onClick={() => choose(turn.number)}>
                <span className="when num"><b>{turn.number}</b>{clock(turn.start - start)}</span>
                <Said turn={turn} before={before.get(turn)} at={item.index === heard ? at : null} />
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}
