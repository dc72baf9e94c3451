// Pieces that the sections of the settings share.
import { type ReactNode, useState } from "react";
import { ApiError } from "../../api/client";
import { Icon } from "../../components/Icon";
import { Failure, Skeleton } from "../../components/states";

/** What a section shows before it has its answer, or instead of it. */
export function Asked({ query, children }: { query: { isPending: boolean; isError: boolean; error: unknown; refetch: () => unknown }; children: ReactNode }) {
  if (query.isPending) return <Skeleton rows={4} height={45} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return children;
}

export function Fault({ error }: { error: Error | null }) {
  if (error === null) return null;
  const fix = error instanceof ApiError ? error.fix : "";
  return <p className="banner bad" role="alert"><Icon name="warn" /><span><b>{error.message.replace(/\.$/, "")}.</b> {fix}</span></p>;
}

/** A button that asks once more, with the name of what it does, before it does it. */
export function Sure({ word, act, label, busy }: { word: string; act: () => void; label: string; busy?: boolean }) {
  const [asked, setAsked] = useState(false);
  if (!asked) return <button type="button" className="quiet" aria-label={label} onClick={() => setAsked(true)}>{word}</button>;
  return (
    <span className="sure"><button type="button" className="bad" disabled={busy} autoFocus aria-label={`${label}, yes`} onClick={act} onBlur={() => setAsked(false)}>{word} now</button></span>
  );
}

export function Section({ title, note, children, action }: { title: string; note?: ReactNode; children: ReactNode; action?: ReactNode }) {
  return <section className="card settings-card"><header><b>{title}</b>{note && <small>{note}</small>}<span className="spacer" />{action}</header>{children}</section>;
}

export const bytes = (value: number | null | undefined): string => {
  if (value == null) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [amount, unit] = [value, 0];
  while (amount >= 1000 && unit < units.length - 1) [amount, unit] = [amount / 1000, unit + 1];
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
};
