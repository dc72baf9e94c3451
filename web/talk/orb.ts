// The orb: its colour and its movement give the state; with reduced motion it is a still ring.
import type { Levels } from "./levels";
import type { Phase } from "./session";

const kRays = 96;
const kColour: Record<Phase, string> = {
  idle: "--ink3",
  connecting: "--acc",
  listening: "--user",
  thinking: "--stt",
  speaking: "--bot",
};

function fit(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const scale = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context?.setTransform(scale, 0, 0, scale, 0, 0);
  context?.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function drawOrb(canvas: HTMLCanvasElement, phase: Phase, levels: Levels, now: number, still: boolean): void {
  const context = fit(canvas);
  if (!context) return;
  const middle = canvas.clientWidth / 2;
  const radius = canvas.clientWidth * 0.3;
  const ink = colour(kColour[phase]);
  const disc = (size: number, alpha: number, fill: string | CanvasGradient) => {
    context.globalAlpha = alpha;
    context.fillStyle = fill;
    context.beginPath();
    context.arc(middle, middle, size, 0, 2 * Math.PI);
    context.fill();
    context.globalAlpha = 1;
  };
  disc(radius * 1.42, 0.045, ink);
  disc(radius * 1.22, 0.08, ink);
  const busy = phase === "thinking" || phase === "connecting";
  if (busy) drawArcs(context, middle, radius, ink, still ? 0 : now);
  if (phase === "listening" || phase === "speaking") {
    drawRays(context, middle, radius, ink, still ? 0.2 : levels.now(phase === "speaking" ? "bot" : "user"), still ? 0 : now);
  }
  const shade = context.createRadialGradient(middle - radius * 0.3, middle - radius * 0.4, radius * 0.1, middle, middle, radius * 1.2);
  shade.addColorStop(0, ink);
  shade.addColorStop(1, colour("--orb-shade"));
  disc(radius, phase === "idle" ? 0.55 : 1, shade);
}

function drawArcs(context: CanvasRenderingContext2D, middle: number, radius: number, ink: string, now: number): void {
  context.strokeStyle = ink;
  context.lineWidth = 4;
  context.lineCap = "round";
  for (let i = 0; i < 3; ++i) {
    const from = (i / 3) * 2 * Math.PI + now / 600;
    context.globalAlpha = 0.35 + i * 0.3;
    context.beginPath();
    context.arc(middle, middle, radius * 1.42, from, from + 1);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function drawRays(context: CanvasRenderingContext2D, middle: number, radius: number, ink: string, level: number, now: number): void {
  context.strokeStyle = ink;
  context.lineWidth = 3;
  context.lineCap = "round";
  for (let i = 0; i < kRays; ++i) {
    const angle = (i / kRays) * 2 * Math.PI;
    const wave = Math.abs(Math.sin(angle * 3 + now / 420) * Math.cos(angle * 2.2 - now / 700));
    const from = radius * 1.09;
    const to = from + radius * (0.03 + 0.45 * wave * level);
    context.beginPath();
    context.moveTo(middle + Math.cos(angle) * from, middle + Math.sin(angle) * from);
    context.lineTo(middle + Math.cos(angle) * to, middle + Math.sin(angle) * to);
    context.stroke();
  }
}

// The last 15 seconds, the user above the bot.
export function drawHistory(canvas: HTMLCanvasElement, levels: Levels): void {
  const context = fit(canvas);
  if (!context) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  for (const [side, y] of [["user", height * 0.28], ["bot", height * 0.72]] as const) {
    const history = levels.history[side];
    context.fillStyle = colour(`--${side}`);
    const step = width / history.length;
    history.forEach((level, i) => {
      if (level < 0.01) return;
      const tall = Math.max(2, level * height * 0.5);
      context.fillRect(i * step, y - tall / 2, Math.max(1, step - 1), tall);
    });
  }
  context.fillStyle = colour("--ink");
  context.fillRect(width - 1.5, 0, 1.5, height);
}
