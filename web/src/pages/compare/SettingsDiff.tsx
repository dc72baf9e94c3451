// The settings in which two conversations differ, of one turn of each.
import { usePage, useSpan, useSpans } from "../../api/data";
import type { ConversationDetail, Span } from "../../api/types";
import { differing, STAGES, type Settings, settingsOf } from "../../lib/settings";

const NO_SPANS: Span[] = [];

/** Of the first turn that the model answered; null while the answers are on their way. */
function useSettings({ conversation: row, turns }: ConversationDetail): Settings | null {
  const { project } = usePage();
  const turn = turns.find((one) => one.llm_calls > 0) ?? turns[0];
  const list = useSpans(project, row.id, turn?.span_id ?? null, turn !== undefined);
  const spans = list.data?.spans ?? NO_SPANS;
  const [stt, llm, tts] = STAGES.map((stage) => spans.find((span) => span.stage === stage)?.id ?? null);
  const asked = [useSpan(project, row.id, stt), useSpan(project, row.id, llm), useSpan(project, row.id, tts)];
  if ((turn !== undefined && list.isPending) || asked.some((query) => query.isLoading)) return null;
  return settingsOf(row, turns, asked.flatMap((query) => query.data ?? []));
}

function Value({ value, tone }: { value: string | null; tone: "bad" | "good" }) {
  return value === null ? <span className="dim">not told</span> : <mark className={`${tone} clip`} title={value}>{value}</mark>;
}

export function SettingsDiff({ left, right }: { left: ConversationDetail; right: ConversationDetail }) {
  const [a, b] = [useSettings(left), useSettings(right)];
  if (a === null || b === null) return null;
  const list = differing(a, b);
  return (
    <section className="card settings-diff" aria-label="Settings that differ">
      <header><b>Settings that differ</b><small>as the spans tell them</small></header>
      {list.length === 0 ? <p className="dim">None of those that both tell.</p> : (
        <dl>{list.map(({ name, a: before, b: after }) => <div key={name}><dt>{name}</dt><dd className="num"><Value value={before} tone="bad" /> → <Value value={after} tone="good" /></dd></div>)}</dl>
      )}
    </section>
  );
}
