// A talk as a part of a page: what the agent tells is shown, what is pressed is done. The agent's own page is this and
// nothing else; the dashboard puts the trace beside it.
import "./talk.css";
import { advice } from "./faults";
import { drawHistory, drawOrb } from "./orb";
import { askAgent, mayTalk, TalkSession, type Phase } from "./session";
import { tell, type Turn } from "./transcript";
import { View, type Mode } from "./view";

export interface TalkOptions {
  agent: string; // origin
  // Where the conversation is shown; null: the agent says where.
  dashboard: string | null;
  // Beside the transcript there is a place for the trace.
  traced: boolean;
  onConversation?(id: string): void;
}

export interface Talk {
  trace: HTMLElement; // empty
  end(): void;
}

const kMaxEvents = 1000;

export function mountTalk(root: HTMLElement, options: TalkOptions): Talk {
  const view = new View(root, options.traced);
  const over = new AbortController();
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  const events: { at: number; name: string; data: unknown }[] = [];
  let phase: Phase = "idle";
  let mode: Mode = "open";
  let turns: Turn[] = [];
  let dashboard = options.dashboard ?? "";

  const session = new TalkSession(options.agent, {
    onMicrophones: (all, heard) => view.showMicrophones(all, heard),
    onPhase(next) {
      phase = next;
      view.showPhase(phase, mode);
    },
    onTold(told) {
      turns = tell(turns, told);
      view.showTurns(turns);
    },
    onReply: (reply) => view.showReply(reply),
    onHearing: (hearing) => view.showHearing(hearing),
    onTokens: (total) => view.addTokens(total),
    onConversation(id) {
      view.showConversation(id, dashboard);
      options.onConversation?.(id);
    },
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

  function send(event: SubmitEvent): void {
    event.preventDefault();
    const text = view.input.value.trim();
    if (!text || !session.active) return;
    view.input.value = "";
    turns = tell(turns, { kind: "interrupted", at: session.elapsed });
    turns = tell(turns, { kind: "user-text", at: session.elapsed, text, final: true, typed: true });
    view.showTurns(turns);
    void session.type(text);
  }

  function picture(now: number): void {
    if (over.signal.aborted) return;
    session.levels.step(now);
    view.showTime(session.elapsed);
    view.showLevel(session.levels.now("user"));
    drawOrb(view.orb, phase, session.levels, now, stillness.matches);
    drawHistory(view.history, session.levels);
    requestAnimationFrame(picture);
  }

  const { signal } = over;
  view.startButton.addEventListener("click", () => void toggle());
  view.orbButton.addEventListener("click", () => {
    if (!session.active) void toggle();
  });
  view.orbButton.addEventListener("pointerdown", () => hold(true));
  for (const name of ["pointerup", "pointerleave"]) view.orbButton.addEventListener(name, () => hold(false));
  for (const button of view.modeButtons) button.addEventListener("click", () => setMode(button.dataset.mode as Mode));
  view.micSelect.addEventListener("change", () => session.chooseMic(view.micSelect.value));
  view.form.addEventListener("submit", send);
  window.addEventListener("keydown", (event) => onSpace(event, true), { signal });
  window.addEventListener("keyup", (event) => onSpace(event, false), { signal });
  window.addEventListener("blur", () => hold(false), { signal });
  window.addEventListener("pagehide", () => void session.stop(), { signal });

  view.showMode(mode);
  view.showPhase(phase, mode);
  if (!mayTalk()) view.showFault(advice("insecure"));
  requestAnimationFrame(picture);
  void askAgent(options.agent).then((agent) => {
    dashboard = options.dashboard ?? agent?.dashboard_url ?? "";
    view.showModel(agent?.language_model ?? null);
    if (!agent) view.showFault(advice("no-agent"));
  });
  return {
    trace: view.trace,
    end() {
      over.abort();
      void session.stop();
      root.replaceChildren();
    },
  };
}
