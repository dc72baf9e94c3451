// One span beside the list: where it stands in its trace, its neighbours, and all that it carries.
import { Link } from "react-router";
import { usePage, useSpan, useSpans } from "../../api/data";
import type { Span } from "../../api/types";
import { CopyButton } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { Failure, Skeleton } from "../../components/states";
import { duration, stamp } from "../../lib/format";
import { markOfSpan } from "../../lib/marks";
import { ancestors, bar, neighbours, rangeOf } from "../../lib/tree";
import { type FilterBy, SpanPane } from "../conversation/SpanPane";

const NEIGHBOURS = 6;

function Place({ trace, span }: { trace: string; span: Span }) {
  const { project } = usePage();
  // A turn's own spans are enough; a trace without turns is asked for as a whole.
  const { data } = useSpans(project, trace, span.turn, true);
  const all = data?.spans ?? [];
  const near = neighbours(all, span, NEIGHBOURS);
  const range = rangeOf(near, span.start);
  const to = `/p/${project}/conversations/${trace}?span=${span.id}`;
  return (
    <>
      <div className="breadcrumb">
        <span className="clip">{[...ancestors(all, span), span].map((one, index, list) => (
          <span key={one.id}>{index > 0 && <span className="dim"> › </span>}{index === list.length - 1 ? <b>{one.label}</b> : <span className="sub">{one.label}</span>}</span>
        ))}</span>
        <Link className="acc" to={to}>{span.turn ? "open turn" : "open trace"} →</Link>
      </div>
      {near.length > 1 && (
        <div className="near">
          {near.map((one) => {
            const place = bar(one, range, one.start);
            return (
              <div key={one.id} className={one.id === span.id ? "own" : ""}><span className="clip">{one.label}</span>
                <span className="track"><i className={`m-${markOfSpan(one)}`} style={{ left: `${place.left}%`, width: `${place.width}%` }} /></span>
                <span className="r num sub">{one.end === null ? "open" : duration(one.end - one.start)}</span></div>
            );
          })}
        </div>
      )}
    </>
  );
}

interface Props { trace: string; id: string; close: () => void; move: (by: number) => void; filterBy: FilterBy }

export function SpanDrawer({ trace, id, close, move, filterBy }: Props) {
  const { project } = usePage();
  const query = useSpan(project, trace, id);
  const span = query.data?.span;
  return (
    <aside className="span-drawer" aria-label="Span">
      <header>
        <span className="mono dim clip" title={id}>{span && stamp(span.start)} {id}</span><span className="spacer" />
        <button type="button" className="btn small ghost" aria-label="Previous span" onClick={() => move(-1)}><Icon name="up" size={15} /></button>
        <button type="button" className="btn small ghost" aria-label="Next span" onClick={() => move(1)}><span className="flip"><Icon name="up" size={15} /></span></button>
        <button type="button" className="btn small ghost" aria-label="Close" onClick={close}><Icon name="cross" size={15} /></button>
      </header>
      <div className="drawer-body">
        {query.isPending && <Skeleton rows={8} height={29} />}
        {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
        {span && <><Place trace={trace} span={span} /><SpanPane trace={trace} span={span} first="attributes" filterBy={filterBy} /></>}
      </div>
      {query.data && (
        <footer><Link className="btn primary" to={`/p/${project}/conversations/${trace}?span=${id}`}>Open trace</Link>
          <CopyButton text={JSON.stringify(query.data, null, 2)} label="Copy JSON" /></footer>
      )}
    </aside>
  );
}
