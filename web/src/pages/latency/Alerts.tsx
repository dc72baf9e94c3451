// The alerts: what each says now, and making a new one beside what it would have said in the last day.
import { type FormEvent, useState } from "react";
import { useAlertPreview, useAlerts, useMuteAlert, useNewAlert, useRemoveAlert } from "../../api/alerts";
import { usePage } from "../../api/data";
import type { Alert, NewAlert } from "../../api/types";
import { Button, Modal } from "../../components/bits";
import { Failure, Skeleton } from "../../components/states";
import { firing, METRICS, ruleText, stateText, WINDOWS } from "../../lib/alerts";
import { plural } from "../../lib/format";
import { Fault, Sure } from "../settings/parts";

const FIRST: NewAlert = { metric: "reply_p95", threshold: 1200, window: 15 };
/** What one begins with when a figure of another unit is chosen. */
const USUAL = { ms: 1200, "%": 10, calls: 1 };

function Row({ alert, mayChange }: { alert: Alert; mayChange: boolean }) {
  const mute = useMuteAlert();
  const remove = useRemoveAlert();
  const name = alert.name || ruleText(alert);
  const tone = alert.muted ? "" : alert.firing ? "error" : "ok";
  return (
    <li>
      <span className={`dot ${tone}`} /><b className="clip" title={ruleText(alert)}>{name}</b>
      <span className={`end num clip ${alert.firing && !alert.muted ? "bad" : "sub"}`}>{stateText(alert, Date.now())}</span>
      {mayChange && <button type="button" className="quiet" aria-label={`${alert.muted ? "Unmute" : "Mute"} ${name}`} disabled={mute.isPending} onClick={() => mute.mutate(alert)}>{alert.muted ? "unmute" : "mute"}</button>}
      {mayChange && <Sure word="remove" label={`Remove ${name}`} busy={remove.isPending} act={() => remove.mutate(alert)} />}
    </li>
  );
}

function Preview({ rule }: { rule: NewAlert }) {
  const { project } = usePage();
  const { data } = useAlertPreview(project, rule);
  if (data === undefined) return <p className="dim" role="status">{ruleText(rule)}</p>;
  return <p className="sub" role="status"><b>{ruleText(rule)}</b> would have fired {data.length === 0 ? "never" : plural(data.length, "time")} in the last 24 h.</p>;
}

function Maker({ close }: { close: () => void }) {
  const [rule, setRule] = useState(FIRST);
  const make = useNewAlert();
  const { unit } = METRICS[rule.metric];
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    make.mutate({ ...rule, name: String(new FormData(event.currentTarget).get("name")).trim() }, { onSuccess: close });
  };
  const choose = (metric: Alert["metric"]) => setRule((old) => ({ ...old, metric, threshold: METRICS[metric].unit === METRICS[old.metric].unit ? old.threshold : USUAL[METRICS[metric].unit] }));
  return (
    <Modal label="New alert" className="menu" onClose={close}>
      <form className="alert-form" onSubmit={submit}>
        <h2>New alert</h2>
        <div className="alert-fields">
          <label className="btn select"><select aria-label="Figure" value={rule.metric} onChange={(event) => choose(event.target.value as Alert["metric"])}>
            {(Object.keys(METRICS) as Alert["metric"][]).map((metric) => <option key={metric} value={metric}>{METRICS[metric].name}</option>)}
          </select></label>
          <span className="sub">{unit === "calls" ? "fewer than" : "over"}</span>
          <input className="field short" type="number" min={0} step="any" required aria-label="Threshold" value={Number.isFinite(rule.threshold) ? rule.threshold : ""} onChange={(event) => setRule({ ...rule, threshold: event.target.valueAsNumber })} />
          <span className="sub">{unit === "calls" ? "in" : `${unit} for`}</span>
          <label className="btn select"><select aria-label="For how long" value={rule.window} onChange={(event) => setRule({ ...rule, window: Number(event.target.value) })}>
            {WINDOWS.map(([minutes, word]) => <option key={minutes} value={minutes}>{word}</option>)}
          </select></label>
        </div>
        <input className="field" name="name" maxLength={200} placeholder="Name, if it needs one" aria-label="Name" />
        {Number.isFinite(rule.threshold) && <Preview rule={rule} />}
        <Fault error={make.error} />
        <div className="state-actions"><button type="submit" className="btn primary" disabled={make.isPending}>Make alert</button><Button tone="ghost" onClick={close}>Cancel</Button></div>
      </form>
    </Modal>
  );
}

export function AlertsCard() {
  const { session, project } = usePage();
  const query = useAlerts(project);
  const [making, setMaking] = useState(false);
  const mayChange = session.role !== "viewer";
  const count = firing(query.data ?? []).length;
  return (
    <section className="card alerts-card" aria-label="Alerts">
      <header><b>Alerts</b>{query.data && query.data.length > 0 && <small className="num">{count === 0 ? "none firing" : `${count} firing`}</small>}<span className="spacer" />
        {mayChange && <Button small icon="bell" onClick={() => setMaking(true)}>New alert</Button>}</header>
      {query.isPending && <Skeleton rows={2} height={34} />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data?.length === 0 && <p className="none sub">No alert yet. One is judged as you look: it shows here and in the chart, and nobody is called.</p>}
      {query.data && query.data.length > 0 && <ul>{query.data.map((alert) => <Row key={alert.id} alert={alert} mayChange={mayChange} />)}</ul>}
      {making && <Maker close={() => setMaking(false)} />}
    </section>
  );
}
