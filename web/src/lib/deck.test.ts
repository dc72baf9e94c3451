import { describe, expect, it } from "vitest";
import { chosenTracks, nextSound, playingAt, spokenWords, type Track } from "./deck";

const track = (id: string, lane: Track["lane"], from: number, to: number): Track => ({ id, lane, from, to, url: `/${id}` });

describe("the recordings of a call", () => {
  it("of both speakers make those of each needless", () => {
    const both = track("both", "both", 0, 60_000);
    expect(chosenTracks([track("a", "caller", 0, 59_000), both, track("b", "bot", 0, 60_000)])).toEqual([both]);
  });

  it("of each speaker are played together, and clips one after the other", () => {
    const pair = [track("a", "caller", 0, 60_000), track("b", "bot", 500, 59_000)];
    expect(chosenTracks(pair)).toEqual(pair);
    expect(playingAt(pair, 600).map((one) => one.id)).toEqual(["a", "b"]);
    const clips = [track("2", "both", 9000, 12_000), track("1", "both", 1000, 4000)];
    expect(chosenTracks(clips).map((one) => one.id)).toEqual(["1", "2"]);
    expect(playingAt(clips, 5000)).toEqual([]);
  });

  it("are jumped over where nobody speaks", () => {
    const blocks = [{ from: 1000, to: 3000 }, { from: 8000, to: 9000 }];
    expect(nextSound(blocks, 2000)).toBe(2000);
    expect(nextSound(blocks, 4000)).toBe(7800);
    expect(nextSound(blocks, 9500)).toBeNull();
  });

  it("lead through the words, never through the middle of one", () => {
    expect(spokenWords("Thursday at four ten is free.", 0.5)).toEqual(["Thursday at four", " ten is free."]);
    expect(spokenWords("Thursday", 0)).toEqual(["", "Thursday"]);
    expect(spokenWords("Thursday at four", 1)).toEqual(["Thursday at four", ""]);
    expect(spokenWords("", 0.5)).toEqual(["", ""]);
  });
});
