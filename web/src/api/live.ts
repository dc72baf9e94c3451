// What the server pushes: one stream for the page, kept as a small store that components subscribe to.
import { useSyncExternalStore } from "react";
import type { Conversation, Stats, Turn, TurnUpsert } from "./types";
import { readEvents, type ServerEvent } from "./sse";

export interface LiveState {
  /** Rows that came by event since the last reset. */
  conversations: ReadonlyMap<string, Conversation>;
  /** The newest turn of each conversation that moved. */
  turns: ReadonlyMap<string, Turn>;
  /** The latest replies of each conversation that moved, by number of turn. */
  replies: ReadonlyMap<string, ReadonlyMap<number, number>>;
  stats: Stats | null;
  /** When the connection was lost, and when it is tried again; null while it stands. */
  away: { since: number; retryAt: number } | null;
}

/** More rows than this are forgotten, oldest first: the list fetches them again when it needs them. */
const MAX_ROWS = 2000;
const MAX_REPLIES = 24;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

export const EMPTY: LiveState = { conversations: new Map(), turns: new Map(), replies: new Map(), stats: null, away: null };

export function withConversation(state: LiveState, row: Conversation): LiveState {
  return { ...state, conversations: withNewest(state.conversations, row.id, row) };
}

/** A turn that is older than the known one changes nothing here. */
export function withNewestTurn(state: LiveState, conversation: string, turn: Turn): LiveState {
  if ((state.turns.get(conversation)?.number ?? 0) > turn.number) return state;
  return { ...state, turns: withNewest(state.turns, conversation, turn) };
}

export function withReply(state: LiveState, conversation: string, turn: Turn): LiveState {
  if (turn.reply == null) return state;
  const replies = withNewest(state.replies.get(conversation) ?? new Map<number, number>(), turn.number, turn.reply, MAX_REPLIES);
  return { ...state, replies: withNewest(state.replies, conversation, replies) };
}

function withNewest<K, T>(map: ReadonlyMap<K, T>, id: K, value: T, most = MAX_ROWS): ReadonlyMap<K, T> {
  const next = new Map(map);
  next.delete(id);
  next.set(id, value);
  if (next.size > most) next.delete(next.keys().next().value!);
  return next;
}

/** The turns with this one put in its place. */
export function withTurn(turns: Turn[], turn: Turn): Turn[] {
  const at = turns.findIndex((known) => known.span_id === turn.span_id || known.number === turn.number);
  if (at >= 0) return turns.map((known, index) => (index === at ? turn : known));
  return [...turns, turn].sort((a, b) => a.number - b.number);
}

export interface LiveListener {
  /** The stream stands, for the first time or again. */
  onOpen(): void;
  onConversation(row: Conversation): void;
  onTurn(upsert: TurnUpsert): void;
  onReset(): void;
}

export class LiveStream {
  private state = EMPTY;
  private watchers = new Set<() => void>();
  private stopper = new AbortController();
  private lastId = "";
  private attempt = 0;
  private wake: (() => void) | null = null;

  constructor(private readonly url: string, private readonly listener: LiveListener) {}

  start(): void {
    this.stopper = new AbortController();
    void this.run(this.stopper.signal);
  }

  stop(): void {
    this.stopper.abort();
    this.wake?.();
  }

  /** Tries at once instead of waiting. */
  retryNow = (): void => this.wake?.();

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  snapshot = (): LiveState => this.state;

  /** What came of a conversation that was deleted here. */
  forget(id: string): void {
    const without = <T>(map: ReadonlyMap<string, T>) => new Map([...map].filter(([known]) => known !== id));
    const { conversations, turns, replies } = this.state;
    this.set({ ...this.state, conversations: without(conversations), turns: without(turns), replies: without(replies) });
  }

  private set(state: LiveState): void {
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await readEvents(this.url, this.lastId, signal, () => this.opened(), (event) => this.take(event));
      } catch {
        // Told below as being away; the reason is the same for the user.
      }
      if (signal.aborted) return;
      const wait = RETRY_MS[Math.min(this.attempt++, RETRY_MS.length - 1)];
      const now = Date.now();
      this.set({ ...this.state, away: { since: this.state.away?.since ?? now, retryAt: now + wait } });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = null;
    }
  }

  private opened(): void {
    // Without an id to resume by, nobody knows what was missed.
    if (this.attempt > 0 && this.lastId === "") this.listener.onReset();
    this.listener.onOpen();
    this.attempt = 0;
    if (this.state.away !== null) this.set({ ...this.state, away: null });
  }

  private take(event: ServerEvent): void {
    if (event.id !== "") this.lastId = event.id;
    let data: unknown;
    try {
      data = JSON.parse(event.data);
    } catch {
      return; // a newer server's event that this page does not know
    }
    if (event.event === "conversation.upsert") {
      this.set(withConversation(this.state, data as Conversation));
      this.listener.onConversation(data as Conversation);
    } else if (event.event === "turn.upsert") {
      const upsert = data as TurnUpsert;
      this.set(withReply(withNewestTurn(this.state, upsert.conversation_id, upsert.turn), upsert.conversation_id, upsert.turn));
      this.listener.onTurn(upsert);
    } else if (event.event === "stats") {
      this.set({ ...this.state, stats: data as Stats });
    } else if (event.event === "reset") {
      this.set({ ...this.state, conversations: new Map(), turns: new Map(), replies: new Map() });
      this.listener.onReset();
    }
  }
}

export function useLive(stream: LiveStream): LiveState {
  return useSyncExternalStore(stream.subscribe, stream.snapshot, stream.snapshot);
}
