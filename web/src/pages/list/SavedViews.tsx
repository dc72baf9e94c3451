// Views: filters with a name, kept by this browser.
import { type FormEvent, useState } from "react";
import { Modal } from "../../components/bits";
import { chips, type Filters, fromParams, NO_FILTERS, toParams } from "../../lib/rows";
import { type View, readViews, writeViews } from "../../lib/views";

export function SavedViews({ project, filters, apply }: { project: string; filters: Filters; apply: (filters: Filters) => void }) {
  const [views, setViews] = useState<View[]>(() => readViews(project));
  const [naming, setNaming] = useState(false);
  const now = toParams(filters).toString();
  const known = views.find((view) => view.query === now);
  const keep = (next: View[]) => {
    setViews(next);
    writeViews(project, next);
  };
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name")).trim();
    keep([...views.filter((view) => view.name !== name), { name, query: now }]);
    setNaming(false);
  };
  return (
    <span className="hide-narrow views">
      <label className="btn select"><span className="sub">View:</span>
        <select aria-label="View" value={known?.name ?? (now === "" ? "" : "\u0000")} onChange={(event) => apply(event.target.value === "" ? NO_FILTERS : fromParams(new URLSearchParams(views.find((view) => view.name === event.target.value)?.query)))}>
          <option value="">All calls</option>
          {views.map((view) => <option key={view.name} value={view.name}>{view.name}</option>)}
          {!known && now !== "" && <option value={"\u0000"} disabled>not saved</option>}
        </select>
      </label>
      {known && <button type="button" className="btn" onClick={() => keep(views.filter((view) => view !== known))}>Forget view</button>}
      {!known && chips(filters).length > 0 && <button type="button" className="btn primary" onClick={() => setNaming(true)}>Save view</button>}
      {naming && (
        <Modal label="Save view" className="menu" onClose={() => setNaming(false)}>
          <form className="inline-form" onSubmit={save}><input className="field" name="name" required maxLength={60} autoFocus placeholder="Name of the view" aria-label="Name of the view" /><button type="submit" className="btn primary">Save</button></form>
        </Modal>
      )}
    </span>
  );
}
