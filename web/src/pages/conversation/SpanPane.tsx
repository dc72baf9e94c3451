// One span: messages, attributes, events, and all of it as it came.
import { useState } from "react";
import { usePage, useSpan } from "../../api/data";
import type { AttributeValue, Span, SpanDetail } from "../../api/types";
import { CopyButton, Pill, Segments } from "../../components/bits";
import { Icon, type IconName } from "../../components/Icon";
import { Failure, Skeleton } from "../../components/states";
import { count, duration, money } from "../../lib/format";
import { changes } from "../../lib/changes";
import { type Message, messages, pretty, type Role } from "../../lib/messages";
import { markOfSpan as markOf } from "../../lib/marks";
import { lengthOf } from "./SpanRows";

type Tab = "messages" | "changes" | "attributes" | "events" | "raw";

const WHO: Record<Role, { word: string; icon: IconName }> = {
  system: { word: "System", icon: "lock" }, user: { word: "User", icon: "user" }, assistant: { word: "Assistant", icon: "conversations" },
  tool: { word: "Tool result", icon: "tool" }, call: { word: "Tool call", icon: "tool" }, text: { word: "Text", icon: "conversations" },
};
/** Longer texts are shown on request. */
const LONG = 1200;

function Bubble({ message, folded }: { message: Message; folded: boolean }) {
  const [open, setOpen] = useState(!folded);
  const [whole, setWhole] = useState(false);
  const { word, icon } = WHO[message.role];
  const text = whole || message.text.length <= LONG ? message.text : `${message.text.slice(0, LONG)} …`;
  return (
    <div className={`message ${message.role}`}>
      <button type="button" className="message-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={icon} size={13} /><b>{word}</b><span className="dim clip">{message.name}</span>
        {!open && <span className="dim clip peek">{message.text.slice(0, 120)}</span>}
      </button>
      {open && <div className={message.code ? "mono text" : "text"} dir="auto">{text === "" ? <span className="dim">empty</span> : text}
        {text !== message.text && <button type="button" className="more" onClick={() => setWhole(true)}>show all</button>}</div>}
    </div>
  );
}

function Messages({ detail }: { detail: SpanDetail }) {
  const stage = detail.span.stage;
  const spoken = stage === "stt" || stage === "tts";
  const input = messages(detail.input, stage === "tool" ? "call" : spoken ? "text" : "user");
  const output = messages(detail.output, stage === "tool" ? "tool" : spoken ? "text" : "assistant");
  if (input.length + output.length === 0) return <p className="dim none">This span carries no messages. What it measured is in its attributes.</p>;
  return (
    <div className="messages">
      {input.map((message, index) => <Bubble key={`i${index}`} message={message} folded={message.role === "system" || (input.length > 6 && index < input.length - 4)} />)}
      {output.map((message, index) => <Bubble key={`o${index}`} message={message} folded={false} />)}
    </div>
  );
}

/** What the model was told that it was not told at its call before. */
function Changed({ detail, trace, before }: { detail: SpanDetail; trace: string; before: string }) {
  const { project } = usePage();
  const query = useSpan(project, trace, before);
  if (query.isPending) return <Skeleton rows={3} height={29} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const { same, gone, added } = changes(messages(query.data.input, "user"), messages(detail.input, "user"));
  return (
    <div className="messages">
      <p className="dim">{same === 0 ? "Nothing is as in the call before." : `${same} ${same === 1 ? "message is" : "messages are"} as in the call before.`}{gone.length + added.length === 0 && " Nothing else was said."}</p>
      {gone.map((message, index) => <div key={`g${index}`} className="gone"><Bubble message={message} folded /></div>)}
      {added.map((message, index) => <div key={`a${index}`} className="added"><Bubble message={message} folded={false} /></div>)}
    </div>
  );
}

const shown = (value: AttributeValue): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Narrows a list to the spans that have this value, or have it not. */
export type FilterBy = (key: string, value: string, equal: boolean) => void;
/** Longer values are no filters. */
const FILTER_MOST = 120;

function Attributes({ title, list, filterBy }: { title?: string; list: [string, AttributeValue][]; filterBy?: FilterBy }) {
  if (list.length === 0) return null;
  return (
    <>
      {title && <h4>{title}</h4>}
      <dl className="attributes">
        {list.map(([key, value], index) => {
          const text = shown(value);
          return (
            <div key={index}><dt>{key}</dt><dd className="num">{text}{filterBy && text.length <= FILTER_MOST && (
              <span className="filter-by"><button type="button" aria-label={`Only ${key} ${text}`} onClick={() => filterBy(key, text, true)}>is</button>
                <button type="button" aria-label={`Not ${key} ${text}`} onClick={() => filterBy(key, text, false)}>is not</button></span>
            )}</dd></div>
          );
        })}
      </dl>
    </>
  );
}

function Events({ detail }: { detail: SpanDetail }) {
  if (detail.events.length + detail.links.length === 0) return <p className="dim none">No events and no links.</p>;
  return (
    <>
      {detail.events.map((event, index) => (
        <div key={index} className="event"><b>{event.name}</b> <span className="dim num">after {duration(event.time - detail.span.start)}</span><Attributes list={event.attributes} /></div>
      ))}
      {detail.links.map((link) => <div key={link.span_id} className="event">Link to <span className="mono">{link.trace_id} / {link.span_id}</span></div>)}
    </>
  );
}

function Figures({ span }: { span: Span }) {
  const figures: [string, string][] = [];
  if (span.ttfb !== null) figures.push([span.stage === "llm" ? "First token" : "First byte", duration(span.ttfb)]);
  if (span.input_tokens !== null || span.output_tokens !== null) figures.push(["Tokens", `${count(span.input_tokens)} → ${count(span.output_tokens)}`]);
  if (span.provider) figures.push(["Provider", span.provider]);
  if (span.cost !== null) figures.push(["Cost", money(span.cost)]);
  if (figures.length === 0) return null;
  return <div className="figures">{figures.map(([name, value]) => <div key={name}><span>{name}</span><b className="num">{value}</b></div>)}</div>;
}

export function SpanPane({ trace, span, first = "messages", filterBy }: { trace: string; span: Span; first?: Tab; filterBy?: FilterBy }) {
  const { project } = usePage();
  const [tab, setTab] = useState<Tab>(first);
  const query = useSpan(project, trace, span.id);
  const detail = query.data;
  return (
    <section className="card span-pane" data-testid="span">
      <header>
        <i className={`sq m-${markOf(span)}`} /><b className="clip">{span.label}</b><small className="clip">{span.model}</small>
        {span.provisional && <Pill tone="accent">open</Pill>}
        <span className="spacer" />
        <b className="num">{span.end === null ? "" : duration(lengthOf(span, 0))}</b>
      </header>
      <Figures span={span} />
      {detail?.status && <div className="banner bad"><Icon name="warn" /><span dir="auto">{detail.status}</span></div>}
      <div className="pane-tabs">
        <Segments label="Span" value={tab} onChange={setTab} options={[["messages", "Messages"], ...(detail?.previous_call ? [["changes", "What changed"] as [Tab, string]] : []), ["attributes", "Attributes"],
          ["events", <>Events{!!detail?.events.length && <small className="num">{detail.events.length}</small>}</>], ["raw", "Raw"]]} />
        <span className="spacer" />
        <span className="mono dim hide-narrow">{span.id}</span>
      </div>
      {query.isPending && <Skeleton rows={3} height={29} />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {detail && (
        <div className="pane-body" key={detail.span.id}>
          {(tab === "messages" || (tab === "changes" && !detail.previous_call)) && <Messages detail={detail} />}
          {tab === "changes" && detail.previous_call && <Changed detail={detail} trace={trace} before={detail.previous_call} />}
          {tab === "attributes" && <><Attributes list={detail.attributes} filterBy={filterBy} /><Attributes title="Resource" list={detail.resource} filterBy={filterBy} />
            <Attributes title="Scope" list={([["name", detail.scope.name], ["version", detail.scope.version]] as [string, string][]).filter(([, value]) => value !== "")} /></>}
          {tab === "events" && <Events detail={detail} />}
          {tab === "raw" && <div className="raw"><CopyButton text={JSON.stringify(detail, null, 2)} label="Copy the span" /><pre tabIndex={0}>{pretty(detail)}</pre></div>}
        </div>
      )}
    </section>
  );
}
