// One talk: Pipecat's own client over its websocket transport, and what it tells, in the words of this page.
import { LogLevel, PipecatClient, type BotOutputData, type TransportState } from "@pipecat-ai/client-js";
import { WavMediaManager, WebSocketTransport } from "@pipecat-ai/websocket-transport";
import { microphoneFault, type Fault } from "./faults";
import { Levels } from "./levels";
import type { Told } from "./transcript";

export type Phase = "idle" | "connecting" | "listening" | "thinking" | "speaking";

export interface Contribution {
  key: string;
  label: string;
  owner: string;
  ms: number;
}
export interface Reply {
  total: number;
  contributions: Contribution[];
}

// What the agent hears, as it tells it; each from 0 to 1 but for the last two.
export interface Hearing {
  voice: number;
  threshold: number; // a voice from here on
  turn: number; // how near the user's turn is to its end
  speaking: boolean;
  over: boolean; // the turn has ended
}

export interface AgentInfo {
  language_model: string;
  dashboard_url: string;
}

export interface Microphone {
  id: string;
  name: string;
}

export interface Listener {
  // Those that there are, and the id of the one that is heard.
  onMicrophones(all: Microphone[], heard: string): void;
  onPhase(phase: Phase): void;
  onTold(told: Told): void;
  onReply(reply: Reply): void;
  onHearing(hearing: Hearing): void;
  onTokens(total: number): void;
  onConversation(id: string): void;
  onEvent(name: string, data: unknown): void;
  onFault(fault: Fault): void;
}

// The recorder's own default is another rate than the transport labels its sound with.
const kChunk = 512;
const kRate = 16000;

class ListeningMediaManager extends WavMediaManager {
  constructor(private readonly levels: Levels) {
    super(kChunk, kRate);
  }
  override setUserAudioCallback(callback: (data: ArrayBuffer) => void): void {
    super.setUserAudioCallback((data) => {
      this.levels.add("user", new Int16Array(data));
      callback(data);
    });
  }
  override bufferBotAudio(data: ArrayBuffer | Int16Array, id?: string): Int16Array {
    this.levels.add("bot", data instanceof Int16Array ? data : new Int16Array(data));
    return super.bufferBotAudio(data, id);
  }
}

// `agent`: its origin; null if it does not answer.
export async function askAgent(agent: string): Promise<AgentInfo | null> {
  try {
    const answer = await fetch(`${agent}/api/agent`);
    return answer.ok ? ((await answer.json()) as AgentInfo) : null;
  } catch {
    return null;
  }
}

// Away from the machine itself browsers give the microphone to https pages alone.
export const mayTalk = (): boolean => window.isSecureContext && navigator.mediaDevices !== undefined;

export class TalkSession {
  readonly levels = new Levels();
  private client: PipecatClient | null = null;
  private phase: Phase = "idle";
  private began = 0;
  private leaving = false;
  private wanted = ""; // the microphone that was chosen

  constructor(private readonly agent: string, private readonly listener: Listener) {}

  get active(): boolean {
    return this.client !== null;
  }
  // Milliseconds since the agent was there.
  get elapsed(): number {
    return this.began === 0 ? 0 : performance.now() - this.began;
  }

  async start(micOpen: boolean): Promise<void> {
    if (this.client) return;
    if (!mayTalk()) return this.listener.onFault("insecure");
    this.setPhase("connecting");
    const fault = await this.microphone();
    if (fault) return this.fail(fault);
    if (!(await askAgent(this.agent))) return this.fail("no-agent");
    const client = this.makeClient();
    client.setLogLevel(LogLevel.WARN);
    this.client = client;
    this.leaving = false;
    try {
      await client.initDevices();
      if (this.wanted !== "") client.updateMic(this.wanted);
      await this.tellMicrophones(client);
      // http becomes ws, https wss. This client cannot read interruption frames; what is sent ahead of time is too little to matter.
      await client.connect({ wsUrl: `${this.agent.replace(/^http/, "ws")}/ws?interruptions=off` });
      if (!micOpen) client.enableMic(false);
    } catch {
      this.close();
      this.fail("busy-agent");
    }
  }

  async stop(): Promise<void> {
    this.leaving = true;
    const client = this.client;
    this.close();
    await client?.disconnect().catch(() => undefined);
  }

  openMic(open: boolean): void {
    this.client?.enableMic(open);
  }

  // From now on, and in the talks to come.
  chooseMic(id: string): void {
    this.wanted = id;
    this.client?.updateMic(id);
  }

  async type(text: string): Promise<void> {
    await this.client?.sendText(text, { run_immediately: true, audio_response: true });
  }

  // The browser's own question comes here, where its answer is understood.
  private async microphone(): Promise<Fault | null> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of stream.getTracks()) track.stop();
      return null;
    } catch (error) {
      return microphoneFault(error);
    }
  }

  private async tellMicrophones(client: PipecatClient): Promise<void> {
    const all = await client.getAllMics();
    const heard = this.wanted || (client.selectedMic as { deviceId?: string }).deviceId || "default";
    this.listener.onMicrophones(all.map((one, index) => ({ id: one.deviceId, name: one.label || `Microphone ${index + 1}` })), heard);
  }

  private makeClient(): PipecatClient {
    const told = this.listener;
    return new PipecatClient({
      transport: new WebSocketTransport({ mediaManager: new ListeningMediaManager(this.levels) }),
      enableMic: true,
      enableCam: false,
      callbacks: {
        onBotReady: () => this.ready(),
        onTransportStateChanged: (state: TransportState) => told.onEvent("transport", state),
        onDisconnected: () => this.disconnected(),
        onAvailableMicsUpdated: () => this.client && void this.tellMicrophones(this.client).catch(() => undefined),
        onUserStartedSpeaking: () => this.note("user-started-speaking", { kind: "user-started", at: this.elapsed }, "listening"),
        onUserStoppedSpeaking: () => this.note("user-stopped-speaking", null, "thinking"),
        onUserTranscript: (data) =>
          this.note("user-transcription", {
            kind: "user-text", at: this.elapsed, text: data.text, final: data.final, typed: false,
          }),
        onBotLlmStarted: () => this.note("bot-llm-started", null, "thinking"),
        onBotStartedSpeaking: () => this.note("bot-started-speaking", null, "speaking"),
        onBotStoppedSpeaking: () => this.note("bot-stopped-speaking", null, "listening"),
        onBotOutput: (data) => this.botOutput(data),
        onMetrics: (data) => this.metrics(data),
        onServerMessage: (data: unknown) => this.serverMessage(data),
        onError: (message) => told.onEvent("error", message.data),
      },
    });
  }

  private ready(): void {
    this.began = performance.now();
    this.setPhase("listening");
    this.client
      ?.sendClientRequest("conversation", {})
      .then((answer) => {
        const id = (answer as { conversation_id?: unknown }).conversation_id;
        if (typeof id === "string") this.listener.onConversation(id);
      })
      .catch(() => undefined);
    // An agent that does not know the question leaves the meters out.
    this.client?.sendClientRequest("hearing", {}).catch(() => undefined);
  }

  private note(event: string, told: Told | null, phase?: Phase): void {
    this.listener.onEvent(event, told);
    if (told) this.listener.onTold(told);
    if (!phase) return;
    // Over a speaking bot the user's turn begins with an interruption.
    if (event === "user-started-speaking" && this.phase === "speaking") {
      this.listener.onTold({ kind: "interrupted", at: this.elapsed });
    }
    if (event === "bot-stopped-speaking" && this.phase !== "speaking") return;
    this.setPhase(phase);
  }

  // A segment's progress is the client's to show; services without word times tell only of the whole.
  private botOutput(data: BotOutputData): void {
    const more = data as BotOutputData & {
      segment_id?: number;
      spoken_status?: string;
      spoken_progress?: { accumulated_text?: string };
    };
    this.note("bot-output", {
      kind: "bot-text",
      at: this.elapsed,
      segment: more.segment_id ?? -1,
      text: data.text,
      heard: more.spoken_progress?.accumulated_text ?? "",
      done: more.spoken_status === "completed",
    });
  }

  private metrics(data: unknown): void {
    this.listener.onEvent("metrics", data);
    const { tokens } = data as { tokens?: { total_tokens?: number }[] };
    for (const usage of tokens ?? []) this.listener.onTokens(usage.total_tokens ?? 0);
  }

  private serverMessage(data: unknown): void {
    const message = data as { type?: unknown; total_ms?: unknown; contributions?: unknown };
    if (message.type === "hearing") return this.listener.onHearing(data as Hearing);
    this.listener.onEvent("server-message", data);
    if (message.type !== "latency" || typeof message.total_ms !== "number") return;
    const contributions = Array.isArray(message.contributions) ? (message.contributions as Contribution[]) : [];
    this.listener.onTold({ kind: "reply", at: this.elapsed, ms: message.total_ms });
    this.listener.onReply({ total: message.total_ms, contributions });
  }

  private disconnected(): void {
    this.listener.onEvent("disconnected", null);
    if (!this.client || this.leaving) return;
    const talked = this.began > 0;
    this.close();
    if (talked) this.fail("lost");
  }

  private close(): void {
    this.client = null;
    this.began = 0;
    this.levels.clear();
    this.setPhase("idle");
  }

  private fail(fault: Fault): void {
    this.setPhase("idle");
    this.listener.onFault(fault);
  }

  private setPhase(phase: Phase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.listener.onPhase(phase);
  }
}
