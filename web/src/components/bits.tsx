// Small pieces that every page uses.
import { ToggleGroup } from "radix-ui";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { ScoreMark } from "../api/types";
import { duration, judge, scoreText, type Verdict } from "../lib/format";
import { Icon, type IconName } from "./Icon";

export function Pill({ tone = "plain", children, title }: { tone?: Verdict | "plain" | "accent"; children: ReactNode; title?: string }) {
  return <span className={`pill ${tone}`} title={title}>{children}</span>;
}

/** A reply time, coloured against its goal; the word is in the title. */
export function Reply({ value }: { value: number | null }) {
  const verdict = judge(value);
  const words = { good: "within the goal", warn: "over the goal", bad: "slow", none: "no reply measured" };
  return <span className={`reply ${verdict}`} title={words[verdict]}>{duration(value)}</span>;
}

/** The first of a call's scores; all of them are in the title. What is good or bad of one, only its name could say. */
export function ScorePill({ scores }: { scores: ScoreMark[] }) {
  const [first, ...more] = scores;
  const all = scores.map((score) => `${score.name} ${scoreText(score)}`).join(" · ");
  return <span className="pill accent score num" title={all}><span className="clip">{scoreText(first)}</span>{more.length > 0 && <small>+{more.length}</small>}</span>;
}

export function Button(props: {
  children: ReactNode; onClick?: () => void; icon?: IconName; tone?: "primary" | "ghost"; small?: boolean; label?: string; keys?: string;
}) {
  const { children, onClick, icon, tone, small, label, keys } = props;
  return (
    <button type="button" className={`btn ${tone ?? ""} ${small ? "small" : ""}`} onClick={onClick} aria-label={label} title={label}>
      {icon && <Icon name={icon} size={14} />}
      {children}
      {keys && <kbd>{keys}</kbd>}
    </button>
  );
}

/** One of several; arrow keys move. */
export function Segments<T extends string>(props: { label: string; value: T; options: [T, ReactNode][]; onChange: (value: T) => void }) {
  return (
    <ToggleGroup.Root type="single" className="seg" aria-label={props.label} value={props.value}
      onValueChange={(value) => value && props.onChange(value as T)}>
      {props.options.map(([value, name]) => (
        <ToggleGroup.Item key={value} value={value}>{name}</ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => void navigator.clipboard?.writeText(text).then(() => setDone(true), () => setDone(false));
  return (
    <button type="button" className="btn small copy" onClick={copy} aria-label={label} title={label}>
      <Icon name={done ? "check" : "copy"} size={13} />
      {done ? "copied" : "copy"}
    </button>
  );
}

/** A modal window by the browser's own means: focus is kept inside and returned, escape closes. */
export function Modal({ label, className, onClose, children }: { label: string; className: string; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // A click on the dialog itself is one on its backdrop: the content fills the rest.
    <dialog ref={ref} className={className} aria-label={label} onClose={onClose}
      onClick={(event) => event.target === ref.current && onClose()}>
      <div className="modal-body">{children}</div>
    </dialog>
  );
}

/** The width inside an element's padding, for drawings that are sharp at any size. */
export function useWidth<E extends HTMLElement>(): [React.RefObject<E | null>, number] {
  const ref = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    const { paddingLeft, paddingRight } = getComputedStyle(element);
    setWidth(Math.floor(element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)));
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** Now, moving on each second while `running`: for what is still open. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return running ? Math.max(now, Date.now() - 1000) : now;
}

/** True from 150 ms on: what is faster needs no skeleton. */
export function useLate(waiting: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!waiting) return setLate(false);
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, [waiting]);
  return waiting && late;
}
