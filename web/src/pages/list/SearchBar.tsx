// Text and filters as tokens; the text is searched for when typing pauses, a token when it is entered.
import { useEffect, useId, useState } from "react";
import { useFacets, usePage } from "../../api/data";
import { Icon } from "../../components/Icon";
import { completions, isToken, typed } from "../../lib/query";
import { chips, type Filters } from "../../lib/rows";

const PAUSE_MS = 200;

export function SearchBar({ filters, apply }: { filters: Filters; apply: (filters: Filters) => void }) {
  const { project } = usePage();
  const { data } = useFacets(project, filters);
  const [text, setText] = useState(filters.q);
  const [focused, setFocused] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const list = useId();
  useEffect(() => setText(filters.q), [filters.q]);
  const options = focused ? completions(text, data) : [];
  // A token that is being written is no text to search for.
  const unfinished = isToken(text, filters);
  useEffect(() => {
    if (text === filters.q || unfinished) return;
    const timer = setTimeout(() => apply({ ...filters, q: text }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, unfinished]);
  const enter = (value: string) => {
    const next = typed(filters, value);
    setChosen(-1);
    setText(next.q);
    apply(next);
  };
  const take = (option: string) => {
    setChosen(-1);
    if (/[:<>]$/.test(option)) setText(option);
    else enter(option);
  };
  const onKey = (event: React.KeyboardEvent<HTMLInputElement>) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && options.length > 0) {
      event.preventDefault();
      setChosen(Math.max(-1, Math.min(options.length - 1, chosen + step)));
    }
    if (event.key === "Tab" && !event.shiftKey && options.length > 0) {
      event.preventDefault();
      take(options[Math.max(0, chosen)]);
    }
    if (event.key === "Enter") chosen >= 0 && options[chosen] ? take(options[chosen]) : enter(text);
    if (event.key === "Escape") event.currentTarget.blur();
    if (event.key === "Backspace" && text === "") {
      const last = chips(filters).filter((chip) => chip.key !== "q").pop();
      if (last) apply(last.without);
    }
  };
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
        <input type="search" maxLength={200} value={text} placeholder="Search what was said, callers, ids · outcome:error, reply>1200" aria-label="Search" role="combobox" aria-expanded={options.length > 0} aria-controls={list}
          aria-autocomplete="list" aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined} autoComplete="off"
          onChange={(event) => { setText(event.target.value); setChosen(-1); }} onFocus={() => setFocused(true)} onBlur={() => setFocused(false)} onKeyDown={onKey} />
        <kbd>/</kbd>
      </label>
      <ul id={list} role="listbox" aria-label="Ways to go on" className="completions" hidden={options.length === 0}>
        {options.map((option, index) => (
          <li key={option} id={`${list}-${index}`} role="option" aria-selected={index === chosen} onPointerDown={(event) => { event.preventDefault(); take(option); }}>{option.split(" ").pop()}</li>
        ))}
      </ul>
    </div>
  );
}
