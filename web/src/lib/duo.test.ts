import { describe, expect, it } from "vitest";
import { Duo, type Playing } from "./duo";

class Tape implements Playing {
  private time = 0;
  private playing = false;
  private watchers = new Set<() => void>();
  constructor(readonly length: number) {}
  now = () => this.time;
  snapshot = () => ({ playing: this.playing });
  subscribe = (watcher: () => void) => (this.watchers.add(watcher), () => void this.watchers.delete(watcher));
  seek(time: number) { this.time = time; this.told(); }
  play() { this.playing = true; this.told(); }
  pause() { this.playing = false; this.told(); }
  run(ms: number) {
    if (this.playing) this.time += ms;
    this.told();
  }
  private told() { for (const watcher of this.watchers) watcher(); }
}

function duo() {
  const [a, b] = [new Tape(10_000), new Tape(6000)];
  const both = new Duo(a, b, [{ a: 4000, b: 1000 }, { a: 7000, b: 4000 }]);
  const run = (ms: number) => { a.run(ms); b.run(ms); };
  return { a, b, both, run };
}

describe("two recordings", () => {
  it("begin each turn together: who is through waits", () => {
    const { a, b, both, run } = duo();
    both.play();
    run(1000);
    expect([a.snapshot().playing, b.snapshot().playing]).toEqual([true, false]);
    for (let i = 0; i < 30; i++) run(100);
    expect([a.now(), both.snapshot().step]).toEqual([4000, 1]);
    expect(b.now()).toBeLessThanOrEqual(1100);
    expect([a.snapshot().playing, b.snapshot().playing]).toEqual([true, true]);
  });
  it("stop when both have ended, and begin anew after that", () => {
    const { a, b, both, run } = duo();
    both.play();
    for (let i = 0; i < 200; i++) run(100);
    expect([both.snapshot().playing, a.snapshot().playing, b.snapshot().playing]).toEqual([false, false, false]);
    both.play();
    expect([a.now(), b.now(), both.snapshot()]).toEqual([0, 0, { playing: true, step: 0 }]);
  });
  it("go together to the turn that one of them is clicked at", () => {
    const { a, b, both } = duo();
    both.seek("b", 4500);
    expect([a.now(), b.now(), both.snapshot()]).toEqual([7000, 4000, { playing: false, step: 2 }]);
  });
  it("hear no more of each other when closed", () => {
    const { a, both } = duo();
    both.play();
    both.close();
    a.play();
    a.run(5000);
    expect([a.snapshot().playing, both.snapshot().playing]).toEqual([true, false]);
  });
});
