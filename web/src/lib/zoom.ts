// The part of a call that its lanes show. null: the whole call.

export interface View { from: number; to: number }

/** Nothing is to be seen in less. */
const LEAST_MS = 2000;

const whole = (length: number): View => ({ from: 0, to: length });

/** The view that is `factor` as long and has what lies at `at` in the same place; null when that is the whole call. */
export function zoomed(view: View | null, length: number, at: number, factor: number): View | null {
  const { from, to } = view ?? whole(length);
  const span = Math.min(length, Math.max(Math.min(LEAST_MS, length), (to - from) * factor));
  if (span >= length) return null;
  const share = to > from ? (at - from) / (to - from) : 0.5;
  return inside(at - share * span, span, length);
}

/** Moved by so many ms, as far as the call goes. */
export function panned(view: View | null, length: number, by: number): View | null {
  return view === null ? null : inside(view.from + by, view.to - view.from, length);
}

/** The view in which a moment is to be seen: this one, or one that begins a little before it. */
export function following(view: View | null, length: number, at: number): View | null {
  if (view === null || (at >= view.from && at <= view.to)) return view;
  const span = view.to - view.from;
  return inside(at - 0.1 * span, span, length);
}

function inside(from: number, span: number, length: number): View {
  const start = Math.max(0, Math.min(from, length - span));
  return { from: start, to: start + span };
}
