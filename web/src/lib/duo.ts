// Two recordings played beside each other, turn by turn: who is through with a turn waits for the other, so that both begin
// the next one together. Times are ms from the start of each conversation.

/** What is played: a deck, or what stands for one. */
export interface Playing {
  readonly length: number;
  now(): number;
  seek(time: number): void;
  play(): void;
  pause(): void;
  snapshot(): { playing: boolean };
  subscribe(watcher: () => void): () => void;
}

/** Where both begin something that belongs together. */
export interface Step { a: number; b: number }
export interface DuoState { playing: boolean; step: number }

/** Nearer to its end than this, a recording is over. */
const END_MS = 60;

export class Duo {
  private state: DuoState = { playing: false, step: 0 };
  private readonly watchers = new Set<() => void>();
  private readonly steps: Step[];
  private readonly leave: (() => void)[];
  private busy = false;

  /** `steps` ascend in both; what lies before the first is played too. */
  constructor(private readonly a: Playing, private readonly b: Playing, steps: Step[]) {
    this.steps = [{ a: 0, b: 0 }, ...steps.filter((step) => step.a > 0 && step.b > 0)];
    this.leave = [a, b].map((one) => one.subscribe(this.follow));
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
  snapshot = (): DuoState => this.state;

  toggle = (): void => (this.state.playing ? this.pause() : this.play());

  play(): void {
    if (this.state.step === this.steps.length - 1 && this.isThrough("a") && this.isThrough("b")) this.goTo(0);
    this.set({ playing: true });
    this.follow();
  }

  pause(): void {
    this.set({ playing: false });
    for (const one of [this.a, this.b]) if (one.snapshot().playing) one.pause();
  }

  /** To the step within which that time of one of them lies: both begin it. */
  seek(side: "a" | "b", time: number): void {
    this.goTo(this.steps.findLastIndex((step) => step[side] <= time));
    this.follow();
  }

  close(): void {
    this.pause();
    for (const leave of this.leave) leave();
  }

  private goTo(step: number): void {
    const at = Math.max(0, step);
    this.set({ step: at });
    this.a.seek(this.steps[at].a);
    this.b.seek(this.steps[at].b);
  }

  private isThrough(side: "a" | "b"): boolean {
    const end = this[side].length - END_MS;
    return this[side].now() >= Math.min(end, this.steps[this.state.step + 1]?.[side] ?? end);
  }

  /** Stops who is through with the step, and begins the next when both are. Told by both: its own doing is not news. */
  private follow = (): void => {
    if (this.busy || !this.state.playing) return;
    this.busy = true;
    while (this.isThrough("a") && this.isThrough("b") && this.state.step < this.steps.length - 1) this.set({ step: this.state.step + 1 });
    const through = { a: this.isThrough("a"), b: this.isThrough("b") };
    for (const side of ["a", "b"] as const) {
      const { playing } = this[side].snapshot();
      if (through[side] && playing) this[side].pause();
      if (!through[side] && !playing) this[side].play();
    }
    this.busy = false;
    if (through.a && through.b) this.pause();
  };

  private set(changes: Partial<DuoState>): void {
    this.state = { ...this.state, ...changes };
    for (const watcher of this.watchers) watcher();
  }
}
