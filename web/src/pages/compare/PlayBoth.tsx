// Both recordings beside each other: each turn begins in both at once, who is through with it waits.
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Conversation, ConversationDetail } from "../../api/types";
import { Pill, useWidth } from "../../components/bits";
import { Icon } from "../../components/Icon";
import type { Pair } from "../../lib/compare";
import type { Deck } from "../../lib/deck";
import { Duo, type DuoState } from "../../lib/duo";
import { wavePath } from "../../lib/wave";
import { Playhead } from "../conversation/Playhead";
import { type Player, useDeck, usePlayer, useWaves } from "../conversation/usePlayer";

const HEIGHT = 34;
const IDLE: DuoState = { playing: false, step: 0 };
const NOTHING = () => () => {};

interface LineProps { side: "a" | "b"; row: Conversation; player: Player; deck: Deck; length: number; seek: (time: number) => void }

function Line({ side, row, player, deck, length, seek }: LineProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const scale = width / Math.max(1, length);
  const x = useMemo(() => (time: number) => time * scale, [scale]);
  const waves = useWaves(row, player, scale);
  const { muted } = useDeck(deck);
  const name = side.toUpperCase();
  const quiet = muted.caller && muted.bot;
  const mute = () => (["caller", "bot"] as const).filter((lane) => muted[lane] === quiet).forEach((lane) => deck.mute(lane));
  return (
    <div className="both-line">
      <button type="button" className={`side-mark ${name} ${quiet ? "muted" : ""}`} aria-pressed={!quiet} aria-label={`Hear ${name}`} title={quiet ? `Hear ${name}` : `Mute ${name}`} onClick={mute}>{name}</button>
      <div ref={ref} className="both-wave">
        {width > 0 && (
          <svg width={width} height={HEIGHT} aria-hidden="true" onClick={(event) => seek((event.clientX - event.currentTarget.getBoundingClientRect().left) / scale)}>
            <rect className="hit" width={width} height={HEIGHT} />
            {waves.map((one) => <path key={`${one.lane}${one.from}`} className={`wave ${one.lane}`} d={wavePath(one.peaks, x(one.from), (x(one.to) - x(one.from)) / Math.max(1, one.peaks.length / 2), HEIGHT / 2, HEIGHT / 2 - 3)} />)}
            <Playhead deck={deck} x={x} width={width} height={HEIGHT - 4} top={0} />
          </svg>
        )}
      </div>
    </div>
  );
}

/** The beginnings of the turns that stand beside each other. */
const stepsOf = (pairs: Pair[], a: Conversation, b: Conversation) => pairs.flatMap((pair) => (pair.a && pair.b ? [{ pair, a: pair.a.start - a.start, b: pair.b.start - b.start }] : []));

export function PlayBoth({ left, right, pairs }: { left: ConversationDetail; right: ConversationDetail; pairs: Pair[] }) {
  const [a, b] = [left.conversation, right.conversation];
  const players = { a: usePlayer(a), b: usePlayer(b) };
  const decks = [players.a.deck, players.b.deck] as const;
  const steps = useMemo(() => stepsOf(pairs, a, b).filter((step) => step.a > 0 && step.b > 0), [pairs, a.start, b.start]);
  const duo = useMemo(() => (decks[0] && decks[1] ? new Duo(decks[0], decks[1], steps) : null), [...decks, steps]);
  useEffect(() => () => duo?.close(), [duo]);
  const state = useSyncExternalStore(duo?.subscribe ?? NOTHING, duo?.snapshot ?? (() => IDLE));
  const faults = [useDeck(decks[0]).fault, useDeck(decks[1]).fault].filter((fault) => fault !== null);
  if (!decks[0] || !decks[1] || !duo) {
    const without = decks[0] ? "B has" : decks[1] ? "A has" : "Neither has";
    return <p className="dim both-none">{without} {decks[0] || decks[1] ? "no" : "a"} recording: both can be heard beside each other when each has one.</p>;
  }
  const length = Math.max(decks[0].length, decks[1].length);
  const from = state.step === 0 ? null : steps[state.step - 1]?.pair;
  return (
    <section className="card both" aria-label="Both recordings">
      <button type="button" className="play" aria-label={state.playing ? "Pause both" : "Play both"} onClick={duo.toggle}><Icon name={state.playing ? "pause" : "play"} size={18} /></button>
      <span className="both-name"><b>Play both</b><small className="dim num">{from ? `from turn ${from.a!.number === from.b!.number ? from.a!.number : `${from.a!.number} · ${from.b!.number}`}` : "from the start"}</small></span>
      <div className="both-lines">
        <Line side="a" row={a} player={players.a} deck={decks[0]} length={length} seek={(time) => duo.seek("a", time)} />
        <Line side="b" row={b} player={players.b} deck={decks[1]} length={length} seek={(time) => duo.seek("b", time)} />
      </div>
      {faults.length > 0 && <Pill tone="bad" title={faults.join("; ")}>cannot be played</Pill>}
    </section>
  );
}
