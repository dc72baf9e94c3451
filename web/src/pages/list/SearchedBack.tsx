// How far a search came that took too long, and going on; of a list in another order, of what that is.
import { Button } from "../../components/bits";
import { started } from "../../lib/format";

export function SearchedBack({ to, found, busy, go }: { to: number; found: number; busy: boolean; go: (() => void) | null }) {
  if (go === null) return <p className="searched num" role="status">In this order are those since {started(to)}: choose a time to see older ones.</p>;
  return (
    <p className="searched num" role="status">{found === 0 && "Nothing found yet. "}Searched back to {started(to)}. <Button small onClick={go}>{busy ? "Searching" : "Continue"}</Button></p>
  );
}
