// Many small shapes as one path: a long call has thousands, and each would be an element.

/** A box with round corners. */
export function box(x: number, y: number, width: number, height: number, round: number): string {
  const r = Math.min(round, width / 2, height / 2);
  const n = (value: number) => value.toFixed(1);
  return `M${n(x + r)} ${n(y)}h${n(width - 2 * r)}a${n(r)} ${n(r)} 0 0 1 ${n(r)} ${n(r)}v${n(height - 2 * r)}a${n(r)} ${n(r)} 0 0 1 ${n(-r)} ${n(r)}h${n(2 * r - width)}a${n(r)} ${n(r)} 0 0 1 ${n(-r)} ${n(-r)}v${n(2 * r - height)}a${n(r)} ${n(r)} 0 0 1 ${n(r)} ${n(-r)}z`;
}

/** What begins further than `room` behind the last one taken, in order: labels that do not run into each other. */
export function apart<T>(marks: T[], at: (mark: T) => number, room: number): T[] {
  let last = -Infinity;
  return marks.filter((mark) => {
    if (at(mark) - last < room) return false;
    last = at(mark);
    return true;
  });
}
