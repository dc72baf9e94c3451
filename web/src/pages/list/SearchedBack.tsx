// How far a search came that took too long, and going on.
import { Button } from "../../components/bits";
import { started } from "../../lib/format";

export function SearchedBack({ to, found, busy, go }: { to: number; found: number; busy: boolean; go: () => void }) {
  return (
    <p className="searched num" role="status">{found === 0 && "Nothing found yet. "}Searched back to {started(to)}. <Button small onClick={go}>{busy ? "Searching" : "Continue"}</Button></p>
  );
}
