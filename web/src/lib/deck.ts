// The sound of a conversation: recordings laid out on its clock and played together, whatever they are: one of both
// speakers, one of each, or a clip a turn. Times are ms from the start of the conversation.

export interface Track { id: string; url: string; from: number; to: number; lane: "caller" | "bot" | "both" }
export interface DeckState { playing: boolean; rate: number; muted: { caller: boolean; bot: boolean }; fault: string | null }

/** More clips than this are not played: a page holds one media element for each. */
const MOST = 200;
/** An element that is further off than this is set right. */
const DRIFT_MS = 120;
export const RATES = [0.75, 1, 1.25, 1.5, 2];

/** A recording of both speakers makes those of parts needless. */
export function chosenTracks(tracks: Track[]): Track[] {
  const both = tracks.filter((track) => track.lane === "both").sort((a, b) => b.to - b.from - (a.to - a.from));
  const whole = both[0];
  const apart = tracks.filter((track) => track.lane !== "both");
  if (whole !== undefined && apart.every((track) => whole.to - whole.from >= track.to - track.from)) {
    return [whole, ...both.slice(1).filter((track) => track.from >= whole.to || track.to <= whole.from)].sort((a, b) => a.from - b.from).slice(0, MOST);
  }
  return [...(apart.length > 0 ? apart : both)].sort((a, b) => a.from - b.from).slice(0, MOST);
}

export const playingAt = (tracks: Track[], time: number): Track[] => tracks.filter((track) => time >= track.from && time < track.to);

/** Where something is heard next: the same moment when it is within a block, else the next block; null after the last. */
export function nextSound(blocks: { from: number; to: number }[], time: number): number | null {
  let next: number | null = null;
  for (const block of blocks) {
    if (time >= block.from - 200 && time < block.to + 300) return time;
    if (block.from > time && (next === null || block.from < next)) next = block.from;
  }
  return next === null ? null : Math.max(0, next - 200);
}

/** How many of the words are spoken when that share of the time is over. */
export function spokenWords(text: string, share: number): [string, string] {
  if (share <= 0) return ["", text];
  const at = Math.round(text.length * Math.min(1, share));
  const end = at >= text.length ? text.length : text.indexOf(" ", at);
  return end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end)];
}

export class Deck {
  private readonly tracks: Track[];
  private readonly elements = new Map<string, HTMLAudioElement>();
  private readonly gains: { lane: "caller" | "bot"; gain: GainNode }[] = [];
  private context: AudioContext | null = null;
  private watchers = new Set<() => void>();
  private state: DeckState = { playing: false, rate: 1, muted: { caller: false, bot: false }, fault: null };
  private time = 0;
  private last = 0;
  private frame = 0;
  /** Quiet parts are jumped over when these are set. */
  private sounds: { from: number; to: number }[] | null = null;

  constructor(tracks: Track[], private readonly end: number) {
    this.tracks = chosenTracks(tracks);
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
  snapshot = (): DeckState => this.state;
  now = (): number => this.time;
  get length(): number {
    return Math.max(this.end, ...this.tracks.map((track) => track.to));
  }

  toggle = (): void => (this.state.playing ? this.pause() : this.play());

  play(): void {
    if (this.time >= this.length - 50) this.time = 0;
    this.set({ playing: true, fault: null });
    void this.context?.resume();
    this.last = performance.now();
    this.follow();
    this.frame = requestAnimationFrame(this.tick);
  }

  pause(): void {
    cancelAnimationFrame(this.frame);
    for (const element of this.elements.values()) element.pause();
    this.set({ playing: false });
  }

  seek = (time: number): void => {
    this.time = Math.min(this.length, Math.max(0, time));
    this.last = performance.now();
    this.follow(true);
    this.told();
  };

  setRate(rate: number): void {
    for (const element of this.elements.values()) element.playbackRate = rate;
    this.set({ rate });
  }

  mute(lane: "caller" | "bot"): void {
    const muted = { ...this.state.muted, [lane]: !this.state.muted[lane] };
    this.set({ muted });
    for (const { lane: of, gain } of this.gains) gain.gain.value = muted[of] ? 0 : 1;
    for (const track of this.tracks) {
      const element = this.elements.get(track.id);
      if (element && track.lane !== "both") element.muted = muted[track.lane];
    }
  }

  skipSilence(sounds: { from: number; to: number }[] | null): void {
    this.sounds = sounds;
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    for (const element of this.elements.values()) {
      element.pause();
      element.removeAttribute("src");
      element.load();
    }
    void this.context?.close();
  }

  private set(changes: Partial<DeckState>): void {
    this.state = { ...this.state, ...changes };
    this.told();
  }
  private told(): void {
    for (const watcher of this.watchers) watcher();
  }

  private tick = (at: number): void => {
    if (!this.state.playing) return;
    const active = playingAt(this.tracks, this.time).map((track) => [track, this.elements.get(track.id)] as const);
    const sounding = active.find(([, element]) => element && !element.paused && element.readyState >= 2);
    if (sounding) this.time = sounding[0].from + sounding[1]!.currentTime * 1000;
    // Where nothing is recorded the clock goes on by itself; where something loads it waits.
    else if (active.length === 0 || active.some(([, element]) => element?.ended)) this.time += (at - this.last) * this.state.rate;
    this.last = at;
    const next = this.sounds === null ? this.time : nextSound(this.sounds, this.time);
    if (this.time >= this.length || next === null) {
      this.time = this.length;
      return this.pause();
    }
    if (next > this.time + 250) this.seek(next);
    this.follow();
    this.told();
    this.frame = requestAnimationFrame(this.tick);
  };

  /** Starts what is to be heard now, stops what is not. */
  private follow(exactly = false): void {
    const active = new Set(playingAt(this.tracks, this.time));
    for (const track of this.tracks) {
      if (!active.has(track)) {
        this.elements.get(track.id)?.pause();
        continue;
      }
      const element = this.element(track);
      const wanted = (this.time - track.from) / 1000;
      if (exactly || (element.paused && Math.abs(element.currentTime - wanted) * 1000 > DRIFT_MS)) element.currentTime = wanted;
      if (this.state.playing && element.paused && !element.ended) element.play().catch((fault: Error) => fault.name !== "AbortError" && this.set({ fault: fault.message }));
    }
  }

  private element(track: Track): HTMLAudioElement {
    const known = this.elements.get(track.id);
    if (known) return known;
    const element = new Audio(track.url);
    element.preload = "auto";
    element.playbackRate = this.state.rate;
    element.onerror = () => this.set({ fault: element.error?.message || "This browser does not play the recording" });
    this.elements.set(track.id, element);
    if (track.lane === "both") this.split(element);
    else element.muted = this.state.muted[track.lane];
    return element;
  }

  /** Caller left and bot right, each to be muted alone, both heard in the middle. */
  private split(element: HTMLAudioElement): void {
    this.context ??= new AudioContext();
    const splitter = this.context.createChannelSplitter(2);
    this.context.createMediaElementSource(element).connect(splitter);
    for (const [output, lane] of [[0, "caller"], [1, "bot"]] as const) {
      const gain = this.context.createGain();
      gain.gain.value = this.state.muted[lane] ? 0 : 1;
      splitter.connect(gain, output);
      gain.connect(this.context.destination);
      this.gains.push({ lane, gain });
    }
  }
}
