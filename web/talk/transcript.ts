// The transcript of a talk, as a pure function of what the agent tells: turns of the user and the bot, with
// what is still a guess, what was heard and what never was.

export interface Sentence {
  segment: number;
  text: string;
  heard: string; // as far as it is known to have been spoken
  done: boolean;
}

export interface Turn {
  number: number;
  at: number; // milliseconds since the talk began
  user: string; // final texts
  partial: string; // a guess that the next one replaces
  typed: boolean;
  bot: Sentence[];
  cut: boolean; // the user spoke over the bot
  reply: number | null; // milliseconds from the end of the user's speech to the bot's first sound
}

export type Told =
  | { kind: "user-started"; at: number }
  | { kind: "user-text"; at: number; text: string; final: boolean; typed: boolean }
  | { kind: "bot-text"; at: number; segment: number; text: string; heard: string; done: boolean }
  | { kind: "interrupted"; at: number }
  | { kind: "reply"; at: number; ms: number };

const kMaxTurns = 500; // the oldest go

function opened(turns: Turn[], at: number): Turn[] {
  const number = (turns.at(-1)?.number ?? 0) + 1;
  const turn: Turn = { number, at, user: "", partial: "", typed: false, bot: [], cut: false, reply: null };
  return [...turns, turn].slice(-kMaxTurns);
}

// A turn is over for the user as soon as the bot has said something in it.
function forUser(turns: Turn[], at: number): Turn[] {
  const last = turns.at(-1);
  return last && last.bot.length === 0 ? turns : opened(turns, at);
}

function changed(turns: Turn[], change: (turn: Turn) => Turn): Turn[] {
  const last = turns.at(-1);
  return last ? [...turns.slice(0, -1), change(last)] : turns;
}

function joined(a: string, b: string): string {
  return a === "" ? b : `${a} ${b}`;
}

export function tell(turns: Turn[], told: Told): Turn[] {
  switch (told.kind) {
    case "user-started":
      return turns;
    case "user-text":
      return changed(forUser(turns, told.at), (turn) =>
        told.final
          ? { ...turn, user: joined(turn.user, told.text), partial: "", typed: turn.typed || told.typed }
          : { ...turn, partial: told.text },
      );
    case "bot-text":
      return withSentence(turns, told);
    case "interrupted":
      return changed(turns, (turn) => (turn.bot.some((s) => !s.done) ? { ...turn, cut: true } : turn));
    case "reply":
      return changed(turns, (turn) => ({ ...turn, reply: told.ms }));
  }
}

function withSentence(turns: Turn[], told: Extract<Told, { kind: "bot-text" }>): Turn[] {
  const { segment, text, heard, done } = told;
  const owner = turns.findIndex((turn) => turn.bot.some((s) => s.segment === segment));
  if (owner >= 0) {
    return turns.map((turn, i) =>
      i === owner
        ? { ...turn, bot: turn.bot.map((s) => (s.segment === segment ? { segment, text, heard, done } : s)) }
        : turn,
    );
  }
  const begun = turns.length === 0 ? opened(turns, told.at) : turns;
  return changed(begun, (turn) => ({ ...turn, bot: [...turn.bot, { segment, text, heard, done }] }));
}

// What is shown struck through: the rest of a sentence that the user cut.
export function unheard(turn: Turn, sentence: Sentence): string {
  if (!turn.cut || sentence.done) return "";
  return sentence.text.slice(sentence.heard.length).trimStart();
}
