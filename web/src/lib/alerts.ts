// Alerts in words.
import type { Alert, NewAlert } from "../api/types";
import { ago, axisTime, count, duration } from "./format";

type Metric = Alert["metric"];
export type Unit = "ms" | "%" | "calls";

export const METRICS: Record<Metric, { name: string; unit: Unit }> = {
  reply_p95: { name: "Reply p95", unit: "ms" }, reply_p50: { name: "Reply p50", unit: "ms" }, stt_p95: { name: "Speech to text p95", unit: "ms" },
  llm_p95: { name: "Language model p95", unit: "ms" }, tts_p95: { name: "Voice p95", unit: "ms" }, barge_in_rate: { name: "Barge-in rate", unit: "%" },
  error_rate: { name: "Errors of services", unit: "%" }, calls: { name: "Calls", unit: "calls" },
};

/** Minutes that a rule may look at, with their words. */
export const WINDOWS: [number, string][] = [[5, "5 min"], [15, "15 min"], [30, "30 min"], [60, "1 h"], [240, "4 h"]];
const windowText = (minutes: number) => WINDOWS.find(([known]) => known === minutes)?.[1] ?? `${count(minutes)} min`;

/** Its times are within the last day. */
const DAY_MS = 86_400_000;

const figure = (value: number, unit: Unit) => (unit === "ms" ? duration(value) : unit === "%" ? `${Number(value.toFixed(1))} %` : count(value));

/** "Reply p95 over 1.20 s for 15 min", "No calls for 15 min". */
export function ruleText({ metric, threshold, window = 15 }: Pick<NewAlert, "metric" | "threshold" | "window">): string {
  const { name, unit } = METRICS[metric];
  if (unit !== "calls") return `${name} over ${figure(threshold, unit)} for ${windowText(window)}`;
  return threshold <= 1 ? `No calls for ${windowText(window)}` : `Fewer than ${figure(threshold, unit)} calls in ${windowText(window)}`;
}

/** What an alert says now; its figure too, while there is one. */
export function stateText({ metric, firing, muted, periods, value }: Alert, now: number): string {
  const last = periods.at(-1);
  const is = value === null ? "no figure now" : `now ${figure(value, METRICS[metric].unit)}`;
  const state = firing && last ? `firing since ${axisTime(last.from, DAY_MS)}` : last ? `quiet · last ${ago(last.to, now)}` : "quiet";
  return [muted ? "muted" : state, is].join(" · ");
}

/** Those that fire and that nobody has muted. */
export const firing = (alerts: Alert[]): Alert[] => alerts.filter((alert) => alert.firing && !alert.muted);
