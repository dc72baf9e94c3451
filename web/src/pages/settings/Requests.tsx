// The latest requests that brought traces, or why some were refused.
import type { ReceivedRequest, Refusal } from "../../api/types";
import { Pill } from "../../components/bits";
import { duration, startedShort, timeTitle } from "../../lib/format";
import { bytes } from "./parts";

function When({ time, count = 1 }: { time: number; count?: number }) {
  return <td className="num" title={timeTitle(time)}>{startedShort(time)}{count > 1 && <span className="dim"> × {count}</span>}</td>;
}

function Reason({ reason, fix }: { reason: string; fix: string }) {
  return <td className="reason">{reason.replace(/\.$/, "")}{fix !== "" && <span className="dim"> · {fix}</span>}</td>;
}

/** "200", "partly" if some spans of it were refused, "401". */
function Answer({ status, reason }: { status: number; reason: string }) {
  if (status >= 400) return <Pill tone="bad">{status}</Pill>;
  return reason === "" ? <Pill tone="good">{status}</Pill> : <Pill tone="warn">partly</Pill>;
}

export function Refusals({ refused }: { refused: Refusal[] }) {
  if (refused.length === 0) return <p className="dim none">No request was refused. What is missing was not sent here: the lines below say where to.</p>;
  return (
    <div className="span-table refusals" role="group" aria-label="Refusals" tabIndex={0}>
      <table>
        <thead><tr><th>Received ↓</th><th>From</th><th>Path</th><th>Answer</th><th>Reason · fix</th></tr></thead>
        <tbody>
          {refused.map((one, index) => (
            <tr key={index}><When time={one.time} count={one.count} /><td>{one.from}</td><td className="mono">{one.path}</td><td><Answer {...one} /></td><Reason {...one} /></tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Requests({ received }: { received: ReceivedRequest[] }) {
  if (received.length === 0) return <p className="dim none">No request came yet: the lines below say where to send.</p>;
  return (
    <div className="span-table refusals" role="group" aria-label="Requests" tabIndex={0}>
      <table>
        <thead><tr><th>Received ↓</th><th>From</th><th>Path</th><th className="r">Size</th><th className="r">Took</th><th>Answer</th><th>Reason · fix</th></tr></thead>
        <tbody>
          {received.map((one, index) => (
            <tr key={index}><When time={one.time} /><td>{one.from}</td><td className="mono">{one.path}</td><td className="r num">{bytes(one.bytes)}</td><td className="r num">{duration(one.took)}</td>
              <td><Answer {...one} /></td>{one.reason === "" ? <td className="dim">stored</td> : <Reason {...one} />}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
