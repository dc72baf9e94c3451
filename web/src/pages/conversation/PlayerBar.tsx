// Play, where it is, how fast, who is heard; and what is true when there is no sound.
import { useEffect, useRef, useState } from "react";
import { Pill } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { clock } from "../../lib/format";
import { type Deck, RATES } from "../../lib/deck";
import { uploadProgress } from "../../lib/uploads";
import { bytes } from "../settings/parts";
import { type Player, useDeck } from "./usePlayer";

/** "0:57.4": moved by the player itself, without drawing the page again. */
function Position({ deck }: { deck: Deck }) {
  const ref = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = () => {
      if (ref.current) ref.current.textContent = `${clock(deck.now())}.${Math.floor((deck.now() % 1000) / 100)}`;
    };
    show();
    return deck.subscribe(show);
  }, [deck]);
  return <span ref={ref} className="position num" />;
}

function Format({ player }: { player: Player }) {
  const first = player.recordings.find((one) => one.uploaded);
  if (!first) return null;
  const words = [player.tracks.length > 1 ? `${player.tracks.length} recordings` : first.channels === 2 ? "stereo" : "mono", first.rate === null ? null : `${first.rate / 1000} kHz`, first.content_type.replace(/^audio\/(x-)?/, "")];
  return <span className="dim hide-narrow">{words.filter(Boolean).join(" · ")}</span>;
}

/** Announced, or on its way. */
function Pending({ player }: { player: Player }) {
  const progress = uploadProgress(player.recordings);
  if (progress === null) return <Pill tone="accent">recording announced, waiting for its upload</Pill>;
  const { here, all, percent } = progress;
  return (
    <span className="uploading"><Pill tone="accent"><Icon name="upload" size={12} />uploading {percent} %</Pill>
      <progress value={here} max={all} aria-label="Upload of the recording" /><span className="dim hide-narrow">{bytes(here)} of {bytes(all)}</span></span>
  );
}

function NoSound({ player }: { player: Player }) {
  const [how, setHow] = useState(false);
  if (player.state === "after") return <span className="dim hide-narrow">drawn from spans · a recording is sent after the call</span>;
  if (player.state === "pending") return <Pending player={player} />;
  return (
    <span className="no-sound"><span className="dim hide-narrow">drawn from spans · no recording came with this call</span>
      <button type="button" className="quiet" aria-expanded={how} onClick={() => setHow(!how)}>How to record</button>
      {how && <span className="how card" role="note">Start the agent with <code>--record</code>: it uploads both channels after the call. From another program: upload a WAV file by <code>POST /api/public/media</code> with the trace’s id; caller left, bot right.</span>}
    </span>
  );
}

export function PlayerBar({ player, skipping, skip }: { player: Player; skipping: boolean; skip: (on: boolean) => void }) {
  const { deck } = player;
  const state = useDeck(deck);
  const next = RATES[(RATES.indexOf(state.rate) + 1) % RATES.length];
  return (
    <div className="legend num">
      {deck && (
        <>
          <button type="button" className="play" aria-label={state.playing ? "Pause" : "Play"} onClick={deck.toggle}><Icon name={state.playing ? "pause" : "play"} size={18} /></button>
          <Position deck={deck} /><span className="dim">/ {clock(deck.length)}</span>
          <button type="button" className="pill" aria-label={`Speed ${state.rate}, then ${next}`} onClick={() => deck.setRate(next)}>{state.rate}×</button>
          <button type="button" className={`pill ${skipping ? "accent" : ""}`} aria-pressed={skipping} onClick={() => skip(!skipping)}>skip silence</button>
        </>
      )}
      {(["caller", "bot"] as const).map((lane) => {
        const word = lane === "caller" ? "Caller" : "Bot";
        if (!deck) return <span key={lane} className={lane}>● {word}</span>;
        return <button key={lane} type="button" className={`${lane} ${state.muted[lane] ? "muted" : ""}`} aria-pressed={!state.muted[lane]} title={state.muted[lane] ? `Hear the ${lane}` : `Mute the ${lane}`} onClick={() => deck.mute(lane)}>● {word}</button>;
      })}
      {!deck && <NoSound player={player} />}
      {state.fault && <Pill tone="bad" title={state.fault}>cannot be played</Pill>}
      <span className="spacer" />
      <span className="hide-narrow"><i className="good">▬</i> reply under 800 ms <i className="warn">▬</i> under 1.2 s <i className="bad">▬</i> slower</span>
      <Format player={player} />
    </div>
  );
}
