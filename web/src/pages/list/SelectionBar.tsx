// What is selected, and what can be done with it.
import { usePage } from "../../api/data";
import { useDelete } from "../../api/remove";
import type { Conversation } from "../../api/types";
import { Button } from "../../components/bits";
import { plural } from "../../lib/format";
import { Sure } from "../settings/parts";

/** The rows as the API gave them, as a file. */
function save(rows: Conversation[]): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(rows, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "conversations.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function SelectionBar({ rows, compare, clear, gone }: { rows: Conversation[]; compare: () => void; clear: () => void; gone: () => void }) {
  const { session } = usePage();
  const remove = useDelete();
  const act = () => remove.mutate(rows.map((row) => row.id), { onSuccess: gone });
  return (
    <footer className="foot selection" role="status">
      <b>{plural(rows.length, "conversation")} selected</b>{rows.length === 2 && <Button small keys="C" onClick={compare}>Compare</Button>}<Button small onClick={() => save(rows)}>Export JSON</Button>
      {session.role !== "viewer" && <Sure word="Delete" label={`Delete ${plural(rows.length, "conversation")}`} busy={remove.isPending} act={act} />}
      {remove.error !== null && <span className="bad" role="alert">{remove.error.message}</span>}<span className="spacer" />
      <Button small tone="ghost" onClick={clear}>Clear</Button>
    </footer>
  );
}
