// Lines to be pasted elsewhere: values and notes are told apart, and one button copies all.
import type { ReactNode } from "react";
import { CopyButton } from "./bits";

const SETTING = /^([A-Z_]+=)(.+)$/;
const QUOTED = /("[^"]*"|'[^']*')/;

function coloured(line: string): ReactNode {
  if (line.startsWith("#")) return <span className="dim">{line}</span>;
  const setting = SETTING.exec(line);
  if (setting) return <>{setting[1]}<span className="value">{setting[2]}</span></>;
  return line.split(QUOTED).map((part, index) => (index % 2 === 1 ? <span key={index} className="value">{part}</span> : part));
}

export function Snippet({ text, label, plain = false }: { text: string; label: string; plain?: boolean }) {
  return (
    <div className={`snippet ${plain ? "plain" : ""}`}>
      <pre tabIndex={0}>{text.split("\n").map((line, index) => <span key={index}>{coloured(line)}{"\n"}</span>)}</pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
