// The little two-lane picture of a conversation: caller above, bot below, barge-ins and errors across.
import { memo } from "react";
import type { Conversation } from "../api/types";
import { strip } from "../lib/strip";

const HEIGHT = 22;

function StripPicture({ row, width, now, height = HEIGHT }: { row: Conversation; width: number; now: number; height?: number }) {
  const marks = strip(row, width, now);
  const label = row.voice
    ? `${row.turns} turns, ${row.barge_ins} barge-ins, ${row.errors} errors`
    : `${row.spans} spans, ${row.errors} errors`;
  return (
    <svg className="strip" width={width} height={height} viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {marks.map((mark, index) =>
        mark.kind === "error" ? (
          // Higher pictures stretch what they hold; a cross stays one.
          <path key={index} className="s-error" transform={`translate(${mark.x + mark.width / 2} ${HEIGHT / 2}) scale(1 ${HEIGHT / height})`} d="M-4-4l8 8m0-8-8 8" />
        ) : (
          <rect key={index} className={`s-${mark.kind}`} x={mark.x} y={mark.y} width={mark.width} height={mark.height} rx={Math.min(1.3, mark.width / 2)} />
        ),
      )}
    </svg>
  );
}

export const Strip = memo(StripPicture);
