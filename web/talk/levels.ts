// How loud both sides are: what moves the orb and draws the last seconds.

export type Side = "user" | "bot";

const kStepMs = 100;
const kSteps = 150; // 15 s

// Root mean square of 16-bit samples, stretched so that speech fills 0 to 1.
export function loudness(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.min(1, Math.sqrt(sum / samples.length) / 6000);
}

export class Levels {
  readonly history: Record<Side, Float32Array> = { user: new Float32Array(kSteps), bot: new Float32Array(kSteps) };
  private peak: Record<Side, number> = { user: 0, bot: 0 };
  private now_: Record<Side, number> = { user: 0, bot: 0 };
  private stepped = 0;

  add(side: Side, samples: Int16Array): void {
    const level = loudness(samples);
    this.now_[side] = Math.max(level, this.now_[side] * 0.8);
    this.peak[side] = Math.max(level, this.peak[side]);
  }

  // Lets time pass; to be called for each picture.
  step(now: number): void {
    for (const side of ["user", "bot"] as const) this.now_[side] *= 0.92;
    if (now - this.stepped < kStepMs) return;
    this.stepped = now;
    for (const side of ["user", "bot"] as const) {
      const history = this.history[side];
      history.copyWithin(0, 1);
      history[kSteps - 1] = this.peak[side];
      this.peak[side] = 0;
    }
  }

  now(side: Side): number {
    return this.now_[side];
  }

  clear(): void {
    this.history.user.fill(0);
    this.history.bot.fill(0);
    this.peak = { user: 0, bot: 0 };
    this.now_ = { user: 0, bot: 0 };
  }
}
