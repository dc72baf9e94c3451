// The player of a conversation's recordings, and what its picture is made of.
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { recordingUrl, useAudio, usePeaks } from "../../api/audio";
import { usePage } from "../../api/data";
import type { Conversation, Peaks, Recording } from "../../api/types";
import { chosenTracks, Deck, type DeckState, type Track } from "../../lib/deck";
import { decodePeaks } from "../../lib/wave";

/** Clips more than this have no picture: their lanes are drawn from spans. */
const MOST_DRAWN = 60;
/** Pixels of one bar, at least. */
const BAR = 3;
const MOST_BARS = 8000;

export interface Wave { lane: "caller" | "bot"; from: number; to: number; peaks: Int8Array }
export type AudioState = "none" | "pending" | "after" | "ready";
export interface Player { deck: Deck | null; state: AudioState; recordings: Recording[]; tracks: Track[] }

const EMPTY: Recording[] = [];
const STOPPED: DeckState = { playing: false, rate: 1, muted: { caller: false, bot: false }, fault: null };

export function usePlayer(row: Conversation): Player {
  const { project } = usePage();
  const recordings = useAudio(project, row.id, !row.live).data?.recordings ?? EMPTY;
  const tracks = useMemo(() => chosenTracks(recordings.filter((one) => one.uploaded).map((one) => ({
    id: one.id, url: recordingUrl(project, row.id, one.id), lane: one.lane,
    from: one.start - row.start, to: one.start - row.start + (one.duration ?? (row.end ?? row.start) - one.start),
  }))), [recordings, project, row.id, row.start]);
  const key = tracks.map((track) => `${track.id}@${track.from}`).join();
  const deck = useMemo(() => (tracks.length > 0 ? new Deck(tracks, (row.end ?? row.start) - row.start) : null), [key]);
  useEffect(() => () => deck?.close(), [deck]);
  const pending = recordings.some((one) => !one.uploaded);
  return { deck, tracks, recordings, state: deck ? "ready" : pending ? "pending" : row.live ? "after" : "none" };
}

const NOTHING = () => () => {};
export const useDeck = (deck: Deck | null): DeckState => useSyncExternalStore(deck?.subscribe ?? NOTHING, deck?.snapshot ?? (() => STOPPED));

/** The playhead, rounded to steps: what follows it in words need not follow each frame. */
export const useDeckTime = (deck: Deck | null, step: number): number =>
  useSyncExternalStore(deck?.subscribe ?? NOTHING, () => (deck ? Math.floor(deck.now() / step) * step : -1));

/** For so many pixels; a power of two, so that zooming asks for few pictures. */
const barsOf = (pixels: number) => Math.min(MOST_BARS, 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, pixels / BAR)))));

const decoded = new WeakMap<Peaks, Int8Array[]>();

/** Decoded once for each answer: their number changes with the page's width, which no list of dependencies may. */
function channelsOf(data: Peaks): Int8Array[] {
  const known = decoded.get(data) ?? data.channels.map(decodePeaks);
  decoded.set(data, known);
  return known;
}

export function useWaves(row: Conversation, player: Player, pixelsPerMs: number): Wave[] {
  const { project } = usePage();
  const drawn = player.tracks.length <= MOST_DRAWN ? player.tracks : [];
  const peaks = usePeaks(project, row.id, pixelsPerMs > 0 ? drawn.map((track) => ({ recording: track.id, bins: barsOf((track.to - track.from) * pixelsPerMs) })) : []);
  return drawn.flatMap((track, index) => {
    const data = peaks[index]?.data;
    if (data === undefined) return [];
    const lanes = track.lane === "both" ? (["caller", "bot"] as const) : [track.lane];
    return lanes.slice(0, data.channels.length).map((lane, channel): Wave => ({ lane, from: track.from, to: track.to, peaks: channelsOf(data)[channel] }));
  });
}
