// What replies were spent on: stacked over time, or part by part.
import { useState } from "react";
import type { ReplyParts } from "../../api/types";
import { Segments, useWidth } from "../../components/bits";
import { axisTop } from "../../lib/bands";
import { type Box, boxOfStep } from "../../lib/box";
import { axisTime, duration, plural, startedShort } from "../../lib/format";

const HEIGHT = 176;
const LEFT = 40;
const BOTTOM = 18;
const NAMES = { wait: "waiting for the end", stt: "speech to text", llm: "language model", tool: "tools", aggregation: "aggregation", tts: "voice", transport: "transport", unattributed: "unattributed" };

function Course({ parts, choose }: { parts: ReplyParts; choose: (box: Box) => void }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const steps = parts.time.length;
  const step = steps > 1 ? parts.time[1] - parts.time[0] : 1;
  const sums = parts.time.map((_, index) => parts.stages.reduce((sum, stage) => sum + (stage.mean[index] ?? 0), 0));
  const top = axisTop(Math.max(400, ...sums));
  const wide = Math.max(1, (width - LEFT - 4) / Math.max(1, steps));
  const y = (value: number) => 4 + (1 - value / top) * (HEIGHT - BOTTOM - 4);
  return (
    <div className="course" ref={ref}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="group" aria-label="What replies were spent on, over time">
          {[0, 0.5, 1].map((share) => (
            <g key={share}><line className="hair" x1={LEFT} x2={width - 4} y1={y(top * share)} y2={y(top * share)} /><text className="axis" x={LEFT - 6} y={y(top * share) + 3.5} textAnchor="end">{((top * share) / 1000).toFixed(1)} s</text></g>
          ))}
          {parts.time.map((time, index) => {
            let under = 0;
            if (sums[index] === 0) return null;
            const pick = () => choose(boxOfStep(time, step, 0));
            return (
              <g key={time} className="stack" role="button" tabIndex={0} aria-label={`${startedShort(time)}: ${duration(sums[index])}`} onClick={pick} onKeyDown={(event) => event.key === "Enter" && pick()}>
                <title>{`${startedShort(time)}: ${duration(sums[index])}\n${parts.stages.filter((stage) => stage.mean[index]).map((stage) => `${NAMES[stage.stage]} ${duration(stage.mean[index])}`).join("\n")}`}</title>
                {parts.stages.map((stage) => {
                  const value = stage.mean[index] ?? 0;
                  if (value <= 0) return null;
                  under += value;
                  return <rect key={stage.stage} className={`part ${stage.stage}`} x={LEFT + index * wide} y={y(under)} width={Math.max(1, wide - 1.5)} height={Math.max(0.5, y(under - value) - y(under) - 1)} />;
                })}
              </g>
            );
          })}
          {[0, 0.25, 0.5, 0.75].map((share) => <text key={share} className="axis" x={LEFT + share * (width - LEFT)} y={HEIGHT - 4}>{axisTime(parts.time[Math.floor(share * steps)] ?? parts.time[0], step * steps)}</text>)}
        </svg>
      )}
      <div className="stage-keys">{parts.stages.filter((stage) => stage.mean.some((value) => value)).map((stage) => <span key={stage.stage}><i className={`sq p-${stage.stage}`} />{NAMES[stage.stage]}</span>)}</div>
    </div>
  );
}

function Table({ parts }: { parts: ReplyParts }) {
  const most = Math.max(1, ...parts.parts.map((part) => part.p95 ?? part.mean));
  return (
    <div className="parts">
      {parts.parts.map((part) => (
        <div key={part.name} title={`${part.name}: mean ${duration(part.mean)}, p50 ${duration(part.p50)}, p95 ${duration(part.p95)}`}>
          <span className="clip">{part.name}</span>
          <span className="track"><i className={`p-${part.stage}`} style={{ width: `${(part.mean / most) * 100}%` }} />{part.p95 !== null && <u style={{ left: `${(part.p95 / most) * 100}%` }} />}</span>
          <span className="r num">{duration(part.mean)}</span>
        </div>
      ))}
    </div>
  );
}

export function WhereTimeGoes({ parts, choose }: { parts: ReplyParts; choose: (box: Box) => void }) {
  const [shown, setShown] = useState<"course" | "parts">("course");
  return (
    <section className="card">
      <header><b>Where the time goes</b><small className="num clip" title={`mean of ${plural(parts.turns, "turn")}`}>{plural(parts.turns, "turn")}</small><span className="spacer" />
        <Segments label="Where the time goes" value={shown} onChange={setShown} options={[["course", "Course"], ["parts", "Parts"]]} /></header>
      {shown === "course" ? <Course parts={parts} choose={choose} /> : <Table parts={parts} />}
    </section>
  );
}
