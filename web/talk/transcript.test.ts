import { describe, expect, it } from "vitest";
import { tell, unheard, type Told, type Turn } from "./transcript";

const play = (...told: Told[]): Turn[] => told.reduce(tell, []);
const user = (text: string, final = true): Told => ({ kind: "user-text", at: 0, text, final, typed: false });
const bot = (segment: number, text: string, heard = "", done = false): Told => ({
  kind: "bot-text",
  at: 0,
  segment,
  text,
  heard,
  done,
});
const interrupted: Told = { kind: "interrupted", at: 0 };

describe("transcript", () => {
  it("replaces a guess by the next one and drops it for the final text", () => {
    expect(play(user("hel", false), user("hello th", false))[0]).toMatchObject({ user: "", partial: "hello th" });
    expect(play(user("hel", false), user("Hello."), user("Again."))[0]).toMatchObject({
      user: "Hello. Again.",
      partial: "",
    });
  });

  it("begins a turn when the user speaks after the bot", () => {
    const turns = play(user("One?"), bot(1, "Yes.", "Yes.", true), user("Two?"));
    expect(turns.map((turn) => [turn.number, turn.user])).toEqual([
      [1, "One?"],
      [2, "Two?"],
    ]);
  });

  it("lets the bot begin", () => {
    expect(play(bot(1, "Hello."))[0]).toMatchObject({ number: 1, user: "", bot: [{ text: "Hello." }] });
  });

  it("strikes what was cut, and only that", () => {
    const turns = play(
      user("Go on."),
      bot(1, "Good day.", "Good day.", true),
      bot(2, "It is late now.", "It is"),
      bot(3, "Never begun."),
      interrupted,
    );
    const turn = turns[0]!;
    expect(turn.cut).toBe(true);
    expect(turn.bot.map((sentence) => unheard(turn, sentence))).toEqual(["", "late now.", "Never begun."]);
  });

  it("takes the progress of a sentence to the turn that it belongs to", () => {
    const turns = play(user("A"), bot(1, "One two."), user("B"), bot(1, "One two.", "One", false));
    expect(turns[0]!.bot[0]!.heard).toBe("One");
    expect(turns[1]!.bot).toEqual([]);
  });

  it("calls nothing cut when all was said", () => {
    expect(play(user("A"), bot(1, "One.", "One.", true), interrupted)[0]!.cut).toBe(false);
  });

  it("keeps the latest 500 turns", () => {
    let turns: Turn[] = [];
    for (let i = 0; i < 600; ++i) turns = tell(tell(turns, user(`${i}`)), bot(i, "Yes.", "Yes.", true));
    expect(turns.length).toBe(500);
    expect(turns.at(-1)!.number).toBe(600);
  });
});
