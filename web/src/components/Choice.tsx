// A button that opens a list of boxes to tick: "Status any", "Kind tool, agent".
import { useEffect, useRef, useState } from "react";
import { Icon } from "./Icon";

/** `short`: said on the button instead of every word. */
export function Choice(props: { name: string; options: [string, string][]; chosen: string[]; change: (chosen: string[]) => void; short?: string }) {
  const { name, options, chosen, change, short } = props;
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => !ref.current?.contains(event.target as Node) && setOpen(false);
    addEventListener("pointerdown", outside);
    addEventListener("focusin", outside);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("focusin", outside);
    };
  }, [open]);
  const words = options.filter(([value]) => chosen.includes(value)).map(([, word]) => word.toLowerCase());
  return (
    <div className="choice" ref={ref} onKeyDown={(event) => {
      if (event.key !== "Escape" || !open) return;
      event.stopPropagation();
      setOpen(false);
      ref.current?.querySelector("button")?.focus();
    }}>
      <button type="button" className={`btn small ${chosen.length > 0 && short === undefined ? "set" : ""}`} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="sub">{name}</span> {short ?? (words.length > 0 ? words.join(", ") : "any")}<Icon name="down" size={13} />
      </button>
      {open && (
        <fieldset className="choice-list">
          <legend className="visually-hidden">{name}</legend>
          {options.map(([value, word]) => (
            <label key={value} className="option">
              <input type="checkbox" checked={chosen.includes(value)}
                onChange={() => change(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value])} />
              {word}
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
