// The talk page: speak with the agent that serves it.
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./talk.css";
import { advice } from "./faults";
import { drawHistory, drawOrb } from "./orb";
import { askAgent, TalkSession, type Phase } from "./session";
import { tell, type Turn } from "./transcript";
import { View, type Mode } from "./view";

const root = document.getElementById("talk");
if (!root) throw new Error("the page has no place for the talk");

const view = new View(root);
const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
const kMaxEvents = 1000;
const events: { at: number; name: string; data: unknown }[] = [];
let phase: Phase = "idle";
let mode: Mode = "open";
let turns: Turn[] = [];
let dashboard = "";

const session = new TalkSession({
  onPhase(next) {
    phase = next;
    view.showPhase(phase, mode);
  },
  onTold(told) {
    turns = tell(turns, told);
    view.showTurns(turns);
  },
  onReply: (reply) => view.showReply(reply),
  onTokens: (total) => view.addTokens(total),
  onConversation: (id) => view.showConversation(id, dashboard),
  onEvent(name, data) {
    events.push({ at: Math.round(performance.now()), name, data });
    if (events.length > kMaxEvents) events.shift();
  },
  onFault: (fault) => view.showFault(advice(fault)),
});

async function toggle(): Promise<void> {
  if (session.active) return session.stop();
  view.showFault(null);
  view.clear();
  turns = [];
  await session.start(mode === "open");
}

function setMode(next: Mode): void {
  mode = next;
  session.openMic(mode === "open");
  view.showMode(mode);
  view.showPhase(phase, mode);
  if (mode === "type") view.input.focus();
}

function hold(down: boolean): void {
  if (mode === "hold" && session.active) session.openMic(down);
}

// While space is held it does nothing else, but in the line that is typed it is a space.
function onSpace(event: KeyboardEvent, down: boolean): void {
  if (event.code !== "Space" || mode !== "hold" || event.target === view.input) return;
  event.preventDefault();
  if (!event.repeat) hold(down);
}

view.startButton.addEventListener("click", () => void toggle());
view.orbButton.addEventListener("click", () => {
  if (!session.active) void toggle();
});
view.orbButton.addEventListener("pointerdown", () => hold(true));
for (const name of ["pointerup", "pointerleave"]) view.orbButton.addEventListener(name, () => hold(false));
window.addEventListener("keydown", (event) => onSpace(event, true));
window.addEventListener("keyup", (event) => onSpace(event, false));
window.addEventListener("blur", () => hold(false));
window.addEventListener("pagehide", () => void session.stop());
for (const button of view.modeButtons) button.addEventListener("click", () => setMode(button.dataset.mode as Mode));
view.form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = view.input.value.trim();
  if (!text || !session.active) return;
  view.input.value = "";
  turns = tell(turns, { kind: "interrupted", at: session.elapsed });
  turns = tell(turns, { kind: "user-text", at: session.elapsed, text, final: true, typed: true });
  view.showTurns(turns);
  void session.type(text);
});

function picture(now: number): void {
  session.levels.step(now);
  view.showTime(session.elapsed);
  drawOrb(view.orb, phase, session.levels, now, stillness.matches);
  drawHistory(view.history, session.levels);
  requestAnimationFrame(picture);
}

view.showMode(mode);
view.showPhase(phase, mode);
requestAnimationFrame(picture);
void askAgent().then((agent) => {
  dashboard = agent?.dashboard_url ?? "";
  view.showModel(agent?.language_model ?? null);
  if (!agent) view.showFault(advice("no-agent"));
});
