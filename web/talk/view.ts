// The page's places, filled from what the talk is like now.
import { clock, duration, judge, REPLY_GOAL } from "../src/lib/format";
import { h, icon } from "./dom";
import { Meter } from "./meter";
import type { Hearing, Microphone, Phase, Reply } from "./session";
import { unheard, type Turn } from "./transcript";

export type Mode = "open" | "hold" | "type";

const kPhases: Record<Phase, string> = {
  idle: "Not connected",
  connecting: "Connecting",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
};
// Between which a talk goes, with the word of each tile.
const kTiles: [Phase, string][] = [["idle", "Idle"], ["listening", "Listening"], ["thinking", "Thinking"], ["speaking", "Speaking"]];
const kHints: Record<Mode, string> = {
  open: "Speak whenever you like, also over the agent",
  hold: "Hold the space bar, or the orb, while you speak",
  type: "Write below; the answer is spoken",
};
const kModes: [Mode, string][] = [["hold", "Hold to talk"], ["open", "Open mic"], ["type", "Type"]];
// Marks of the stages of a reply.
const kStages: Record<string, string> = {
  transcription: "stt", llm_inference: "llm", llm_tool_call: "tool", function_handler: "tool",
  sentence_aggregation: "agg", speech_synthesis: "tts",
};

// " · largest part: LLM inference 32 %": what to look at first.
function largestPart({ total, contributions }: Reply): string {
  const [first] = [...contributions].sort((a, b) => b.ms - a.ms);
  return first === undefined || total <= 0 ? "" : ` · largest part: ${first.label} ${Math.round((first.ms / total) * 100)} %`;
}

export class View {
  readonly startButton = h("button", { class: "btn primary", type: "button" }, "Start");
  readonly trace = h("section", { class: "talk-trace", "aria-label": "Trace" });
  readonly orbButton = h("button", { class: "orb", type: "button", "aria-label": "Start to talk" });
  readonly orb = h("canvas", { class: "orb-canvas" });
  readonly history = h("canvas", { class: "history" });
  readonly input = h("input", { type: "text", placeholder: "Type instead …", "aria-label": "Type instead", maxlength: "2000", autocomplete: "off" });
  readonly form = h("form", { class: "typed" }, this.input, h("button", { type: "submit", "aria-label": "Send" }, icon("send", 15)));
  readonly modeButtons = kModes.map(([mode, label]) => h("button", { type: "button", "data-mode": mode }, label));
  readonly micSelect = h("select", { "aria-label": "Microphone", disabled: "" }, h("option", {}, "Microphone: asked for at Start"));
  private readonly level = h("i");
  private readonly model = h("span", { class: "pill" }, "…");
  private readonly connection = h("span", { class: "connection", role: "status" });
  private readonly time = h("b", { class: "num" }, "0:00");
  private readonly turnNumber = h("span", { class: "dim" });
  private readonly traced = h("span", { class: "traced dim" });
  private readonly phaseWord = h("div", { class: "phase", "aria-live": "polite" });
  private readonly hint = h("div", { class: "hint" });
  private readonly tiles = kTiles.map(([phase, word]) => h("li", { "data-phase": phase }, h("i", { "aria-hidden": "true" }), word));
  private readonly fault = h("div", { class: "fault", role: "alert", hidden: "" });
  private readonly turns = h("ol", { class: "turns", tabindex: "0", "aria-label": "Transcript" });
  private readonly reply = h("section", { class: "last-reply", "aria-label": "Last reply" });
  private readonly voice = new Meter("Voice activity", "voice");
  private readonly turnEnd = new Meter("End of turn", "turn-end");
  private readonly meters = h("div", { class: "meters", hidden: "" }, this.voice.element, this.turnEnd.element);
  private readonly replies: number[] = [];
  private tokens = 0;
  private cuts = 0;

  // `traced`: with a place for the trace.
  constructor(root: HTMLElement, traced: boolean) {
    const orbMic = h("span", { class: "orb-mic" }, icon("mic", 42));
    this.orbButton.append(this.orb, orbMic);
    root.classList.add("talk");
    root.append(
      h("header", { class: "top" },
        h("span", { class: "logo" }, icon("logo", 16)), h("h1", {}, "Talk"), this.model,
        h("span", { class: "spacer" }), this.connection, this.startButton),
      h("div", { class: traced ? "columns traced-columns" : "columns" },
        h("section", { class: "state-column", "aria-label": "State" },
          h("div", { class: "talk-facts num" }, this.time, this.turnNumber, h("span", { class: "spacer" }), this.traced),
          this.fault, this.orbButton, this.phaseWord, this.hint,
          h("div", { class: "modes", role: "group", "aria-label": "How to talk" }, ...this.modeButtons),
          h("ol", { class: "phases", "aria-label": "States of a talk" }, ...this.tiles),
          this.meters, h("span", { class: "spacer" }),
          h("div", { class: "history-head" }, h("span", { class: "dim" }, "last 15 s"), h("span", { class: "spacer" }),
            h("span", { class: "you" }, "● you"), h("span", { class: "bot" }, "● bot")),
          this.history,
          h("label", { class: "microphone" }, icon("mic", 14), this.micSelect, h("span", { class: "mic-level", "aria-hidden": "true" }, this.level))),
        h("section", { class: "words-column" }, h("h2", {}, "Transcript"), this.turns, this.form),
        h("section", { class: "reply-column" }, traced ? this.trace : null, h("h2", {}, "Last reply"), this.reply)));
    this.showReply(null);
  }

  showModel(name: string | null): void {
    this.model.textContent = name ?? "no agent";
  }
  showConversation(id: string, dashboard: string): void {
    const short = id.slice(0, 8);
    const name = dashboard
      ? h("a", { class: "mono acc", href: `${dashboard}?q=${encodeURIComponent(id)}`, target: "_blank", rel: "noopener" }, short)
      : h("span", { class: "mono", title: id }, short);
    this.traced.replaceChildren("traced as ", name);
  }
  showMicrophones(all: Microphone[], heard: string): void {
    this.micSelect.replaceChildren(...all.map(({ id, name }) => h("option", { value: id }, name)));
    this.micSelect.disabled = all.length < 2;
    this.micSelect.value = heard;
  }
  // From 0 to 1.
  showLevel(level: number): void {
    this.level.style.transform = `scaleX(${level.toFixed(2)})`;
  }
  showHearing(hearing: Hearing): void {
    this.meters.hidden = false;
    this.voice.show(hearing.voice, hearing.speaking ? "speech" : "silence", hearing.threshold);
    this.turnEnd.show(hearing.turn, hearing.over ? "over" : "not yet");
  }
  showTime(ms: number): void {
    const text = clock(ms);
    if (this.time.textContent !== text) this.time.textContent = text;
  }
  showPhase(phase: Phase, mode: Mode): void {
    this.phaseWord.dataset.phase = phase;
    this.phaseWord.textContent = kPhases[phase];
    for (const tile of this.tiles) {
      if (tile.dataset.phase === phase) tile.setAttribute("aria-current", "true");
      else tile.removeAttribute("aria-current");
    }
    this.hint.textContent = phase === "idle" ? "Press Start, then speak" : kHints[mode];
    const connected = phase !== "idle" && phase !== "connecting";
    this.connection.textContent = connected ? "connected" : "";
    this.startButton.textContent = phase === "idle" ? "Start" : "End";
    this.startButton.classList.toggle("end", phase !== "idle");
    this.orbButton.setAttribute("aria-label", phase === "idle" ? "Start to talk" : kPhases[phase]);
    this.input.disabled = !connected;
  }
  showMode(mode: Mode): void {
    for (const button of this.modeButtons) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
  showFault(line: string | null): void {
    this.fault.hidden = line === null;
    this.fault.textContent = line ?? "";
  }

  showTurns(turns: Turn[]): void {
    const last = turns.at(-1);
    this.turnNumber.textContent = last ? `turn ${last.number}` : "";
    this.cuts = turns.filter((turn) => turn.cut).length;
    const atEnd = this.turns.scrollHeight - this.turns.scrollTop - this.turns.clientHeight < 40;
    this.turns.replaceChildren(...turns.map((turn) => this.turn(turn, turn === last)));
    if (atEnd) this.turns.scrollTop = this.turns.scrollHeight;
  }

  private turn(turn: Turn, last: boolean): HTMLElement {
    const body = h("div", { class: "words" });
    if (turn.user || turn.partial) {
      body.append(h("p", { class: "user" }, turn.user, turn.partial ? h("span", { class: "partial" }, ` ${turn.partial}`) : null));
    }
    const facts = h("div", { class: "pills" });
    if (turn.reply !== null) facts.append(h("span", { class: `pill num ${judge(turn.reply)}` }, duration(turn.reply)));
    if (turn.cut) facts.append(h("span", { class: "pill bad" }, "cut short"));
    if (facts.childNodes.length > 0) body.append(facts);
    if (turn.bot.length > 0) body.append(h("p", { class: "bot" }, ...turn.bot.flatMap((sentence) => this.sentence(turn, sentence))));
    return h("li", { class: last ? "turn now" : "turn" }, h("div", { class: "turn-number num" }, h("b", {}, `${turn.number}`), clock(turn.at)), body);
  }

  private sentence(turn: Turn, sentence: Turn["bot"][number]): (HTMLElement | string)[] {
    const struck = unheard(turn, sentence);
    if (!struck) return [`${sentence.text} `];
    return [sentence.heard ? `${sentence.heard} ` : "", h("s", {}, struck), " "];
  }

  addTokens(tokens: number): void {
    this.tokens += tokens;
  }

  showReply(reply: Reply | null): void {
    if (!reply) {
      this.reply.replaceChildren(h("p", { class: "dim" }, "How long the agent took, and what for, once it has answered."));
      return;
    }
    this.replies.push(reply.total);
    const sorted = [...this.replies].sort((a, b) => a - b);
    const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? reply.total;
    const bar = h("div", { class: "reply-bar" });
    for (const part of reply.contributions) {
      const piece = h("i", { class: `mark ${kStages[part.key] ?? "wait"}`, title: `${part.label} ${duration(part.ms)}` });
      piece.style.flexGrow = String(Math.max(part.ms, 1));
      bar.append(piece);
    }
    const rows = reply.contributions.map((part) =>
      h("div", { class: "reply-part num" }, h("i", { class: `mark ${kStages[part.key] ?? "wait"}` }), h("span", {}, part.label),
        h("span", { class: "dim" }, part.owner), h("b", {}, duration(part.ms))));
    const fact = (label: string, value: string) => h("span", {}, h("small", {}, label), h("b", {}, value));
    this.reply.replaceChildren(
      h("div", { class: "total num" }, duration(reply.total)), h("div", { class: "dim num" }, `goal ${duration(REPLY_GOAL)}${largestPart(reply)}`), bar, ...rows,
      h("div", { class: "reply-figures num" }, fact("Reply p50", duration(median)), fact("Replies", `${this.replies.length}`), fact("Barge-ins", `${this.cuts}`),
        fact("Tokens", this.tokens.toLocaleString("en"))));
  }

  clear(): void {
    this.meters.hidden = true;
    this.replies.length = 0;
    this.tokens = 0;
    this.traced.replaceChildren();
    this.showTurns([]);
    this.showReply(null);
  }
}
