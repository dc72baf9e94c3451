// What two conversations were set to, as far as their spans tell it, and where they differ.
import type { AttributeValue, Conversation, SpanDetail, Turn } from "../api/types";
import { duration } from "./format";

/** By name: "llm temperature". */
export type Settings = ReadonlyMap<string, string>;
export interface Difference { name: string; a: string | null; b: string | null }

/** What stands behind these is a setting's name. */
const PREFIXES = ["gen_ai.request.", "param.", "settings."];
const NAMED: Record<string, string> = {
  "gen_ai.provider.name": "provider", "gen_ai.system": "provider", "gen_ai.system_instructions": "system prompt", voice_id: "voice", language: "language",
  "langfuse.observation.prompt.name": "prompt", "langfuse.observation.prompt.version": "prompt version",
};
/** As Pipecat writes what nobody has set. */
const UNSET = "NOT_GIVEN";
export const STAGES = ["stt", "llm", "tts"] as const;

function nameOf(key: string): string | null {
  const prefix = PREFIXES.find((one) => key.startsWith(one));
  return prefix ? key.slice(prefix.length) : (NAMED[key] ?? null);
}

const textOf = (value: AttributeValue): string => (typeof value === "string" ? value : JSON.stringify(value));

/** `spans`: one of each service. A setting that is told by several names counts once, as it is told first. */
export function settingsOf(row: Conversation, turns: Turn[], spans: SpanDetail[]): Settings {
  const settings = new Map<string, string>();
  const note = (name: string, value: string | null) => value !== null && value !== "" && value !== UNSET && !settings.has(name) && settings.set(name, value);
  note("version", row.version);
  note("release", row.release);
  note("environment", row.environment);
  // The pause that tells of the end of speech is waited for in each turn alike.
  const pause = turns.flatMap((turn) => turn.contributions).find((part) => part.owner === "setting" && part.detail.includes("stop_secs"));
  if (pause) note("VAD stop_secs", duration(Math.round(pause.duration)));
  for (const { span, attributes } of spans) {
    for (const [key, value] of attributes) {
      const name = nameOf(key);
      if (name !== null && value !== null) note(`${span.stage} ${name}`, textOf(value));
    }
  }
  return settings;
}

const stageOf = (name: string): string => name.split(" ")[0];

/** In the order of the first, then of the second. Of a service that only one of them has no more than its model is told. */
export function differing(a: Settings, b: Settings): Difference[] {
  const stages = (settings: Settings) => new Set([...settings.keys()].map(stageOf));
  const [left, right] = [stages(a), stages(b)];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => {
    const stage = stageOf(name);
    const isService = (STAGES as readonly string[]).includes(stage);
    if (isService && left.has(stage) !== right.has(stage) && name !== `${stage} model`) return [];
    const [x, y] = [a.get(name) ?? null, b.get(name) ?? null];
    return x === y ? [] : [{ name, a: x, b: y }];
  });
}
