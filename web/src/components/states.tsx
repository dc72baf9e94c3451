// Empty, waiting and error: what is true, why, and the next step.
import { type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import type { LiveStream } from "../api/live";
import { useLive } from "../api/live";
import { startedShort } from "../lib/format";
import { Button, useLate } from "./bits";
import { Icon } from "./Icon";

export function State({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="state" role="status">
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className="state-actions">{actions}</div>}
    </div>
  );
}

export function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  const known = error instanceof ApiError ? error : null;
  return (
    <State title={known?.message ?? "This page met a fault of its own"} actions={<Button onClick={retry}>Try again</Button>}>
      {known?.fix || (known ? "" : String(error))}
      {known?.requestId && <> Request <span className="mono">{known.requestId}</span></>}
    </State>
  );
}

/** The same as one line above content that stays. */
export function FailureBar({ error, retry }: { error: unknown; retry: () => void }) {
  const known = error instanceof ApiError ? error : null;
  return (
    <div className="banner bad" role="alert">
      <Icon name="warn" />
      <span>
        <b>{known?.message ?? String(error)}.</b> {known?.fix} {known?.requestId && <span className="mono">{known.requestId}</span>}
      </span>
      <Button small onClick={retry}>Try again</Button>
    </div>
  );
}

export function AwayBanner({ live }: { live: LiveStream }) {
  const { away } = useLive(live);
  const [now, setNow] = useState(Date.now);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (away === null) return setShown(false);
    // A server that restarts is back within a second; that is no news.
    const patience = setTimeout(() => setShown(true), 1500);
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => {
      clearTimeout(patience);
      clearInterval(timer);
    };
  }, [away === null]);
  if (away === null || !shown) return null;
  const left = Math.ceil((away.retryAt - now) / 1000);
  return (
    <div className="banner bad" role="alert">
      <Icon name="plug" />
      <span><b>The server does not answer.</b> What you see is from {startedShort(away.since)}.</span>
      <span className="sub num">{left > 0 ? `again in ${left} s` : "trying"}</span>
      <Button small onClick={live.retryNow}>Now</Button>
    </div>
  );
}

/** Grey rows in the size of the result, after 150 ms. */
export function Skeleton({ rows, height }: { rows: number; height: number }) {
  const late = useLate(true);
  if (!late) return null;
  return (
    <div className="skeleton" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} style={{ height, opacity: 1 - row / (rows + 1) }}>
          <i style={{ width: 8 }} /><i style={{ width: 62 }} /><i style={{ width: `${22 + ((row * 7) % 5) * 4}%` }} /><i className="end" style={{ width: 70 }} />
        </div>
      ))}
    </div>
  );
}
