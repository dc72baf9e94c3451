// Text and filters as tokens; the text is searched for when typing pauses.
import { useEffect, useState } from "react";
import { Icon } from "../../components/Icon";
import { chips, type Filters } from "../../lib/rows";

const PAUSE_MS = 200;

export function SearchBar({ filters, apply }: { filters: Filters; apply: (filters: Filters) => void }) {
  const [text, setText] = useState(filters.q);
  useEffect(() => setText(filters.q), [filters.q]);
  useEffect(() => {
    if (text === filters.q) return;
    const timer = setTimeout(() => apply({ ...filters, q: text }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="search-bar">
      <label className="search">
        <Icon name="search" size={15} />
        {chips(filters).filter((chip) => chip.key !== "q").map((chip) => (
          <span key={chip.key + chip.value} className="token">
            <i>{chip.name}</i> {chip.value}
            <button type="button" aria-label={`Drop ${chip.name} ${chip.value}`} onClick={() => apply(chip.without)}><Icon name="cross" size={11} /></button>
          </span>
        ))}
        <input type="search" maxLength={100} value={text} placeholder="Search words, callers, sessions, ids" aria-label="Search"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") apply({ ...filters, q: text });
            if (event.key === "Escape") event.currentTarget.blur();
          }} />
        <kbd>/</kbd>
      </label>
    </div>
  );
}
