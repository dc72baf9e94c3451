// Facts of the server.
import { useServer } from "../../api/settings";
import { ago, count, started } from "../../lib/format";
import { Asked, bytes, Section } from "./parts";

export function ServerSection() {
  const query = useServer();
  const data = query.data;
  const port = (number: number | null) => (number === null ? <span className="dim">not listening</span> : number);
  return (
    <Asked query={query}>
      {data && (
        <>
          <Section title="Server" note={`Repartee ${data.version}`}>
            <div className="health-figures">
              <div><span>Running since</span><b className="num">{started(data.started)}</b></div><div><span>Up</span><b className="num">{ago(data.started).replace(" ago", "")}</b></div>
              <div><span>Dashboard and public API</span><b className="num">{port(data.ports.http)}</b></div><div><span>OTLP over HTTP</span><b className="num">{port(data.ports.otlp_http)}</b></div><div><span>OTLP over gRPC</span><b className="num">{port(data.ports.otlp_grpc)}</b></div>
              {data.data.bytes !== null && <div><span>Data on disk</span><b className="num">{bytes(data.data.bytes)}</b></div>}{data.data.free_bytes !== null && <div><span>Free</span><b className="num">{bytes(data.data.free_bytes)}</b></div>}
            </div>
            {data.data.folder && <p className="none">Data folder <span className="mono">{data.data.folder}</span></p>}
          </Section>
          <Section title="Limits" note="what is beyond is refused with its reason, never dropped in silence">
            <div className="span-table" role="group" aria-label="Limits" tabIndex={0}><table><thead><tr><th>What</th><th className="r">At most</th></tr></thead><tbody>
              {data.limits.map((limit) => <tr key={limit.name}><td>{limit.name}</td><td className="r num">{limit.unit === "bytes" ? bytes(limit.most) : `${count(limit.most)} ${limit.unit}`}</td></tr>)}
            </tbody></table></div>
          </Section>
        </>
      )}
    </Asked>
  );
}
