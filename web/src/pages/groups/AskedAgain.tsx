// The same wish in several calls: what an earlier one did not settle.
import type { Asked } from "../../lib/asked";

export function AskedAgain({ asked, go }: { asked: Asked[]; go: (call: string) => void }) {
  if (asked.length === 0) return null;
  return (
    <section className="card" aria-label="Asked again"><header><b>Asked again</b><small>same wish, new call</small></header>
      {asked.map(({ text, calls }) => (
        <div key={calls[0].id + text} className="asked"><span className={`dot ${calls.length > 2 ? "error" : "warning"}`} /><span className="clip" dir="auto" title={text}>{text}</span>
          <span className="end num sub">calls {calls.map(({ id, number }, index) => <span key={id}>{index > 0 && ", "}<button type="button" className="quiet" aria-label={`Show call ${number}`} onClick={() => go(id)}>{number}</button></span>)}</span></div>
      ))}
    </section>
  );
}
