// "New ones came": a list that is asked for page by page stays as it is until its reader looks again.
import { useState } from "react";
import { usePage } from "../api/data";
import { useLive } from "../api/live";

export function Newer({ what, at, look }: { what: string; at: number; look: () => void }) {
  const { live } = usePage();
  const { conversations } = useLive(live);
  const [seen, setSeen] = useState({ at, conversations });
  // Asked for again, for whatever reason: what was pushed until then is in the answer.
  if (seen.at !== at) setSeen({ at, conversations });
  if (seen.at !== at || seen.conversations === conversations) return null;
  return <button type="button" className="new-chip near" onClick={look}>New {what} <span className="mirror">↑</span></button>;
}
