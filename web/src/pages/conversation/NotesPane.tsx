// Scores and comments: of the whole call, or of the second where the playhead stands.
import { type FormEvent, useEffect, useRef, useState } from "react";
import { usePage } from "../../api/data";
import { useNewComment, useNewScore, useNotes } from "../../api/notes";
import type { Comment, Score, Turn } from "../../api/types";
import { Pill } from "../../components/bits";
import { Failure, Skeleton } from "../../components/states";
import { type Deck } from "../../lib/deck";
import { ago, clock, scoreText, timeTitle } from "../../lib/format";
import { Fault } from "../settings/parts";
import { useDeckTime } from "./usePlayer";

const SOURCES = { API: "program", EVAL: "evaluator", ANNOTATION: "person" };
/** A playhead that is nearer to the beginning has not been moved. */
const NEAR_MS = 50;

/** `writing`: grows when somebody wants to write a comment. */
interface Props { writing: number; id: string; start: number; turn: Turn | null; deck: Deck | null; go: (at: number) => void }

function At({ at, go }: { at: number | null; go: (at: number) => void }) {
  if (at === null) return <span className="dim">whole call</span>;
  return <button type="button" className="acc num" onClick={() => go(at)}>at {clock(at)}</button>;
}

/** Numbers are numbers, "yes" and "no" are true and false, all else is a category. */
const valueOf = (text: string): number | string => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text.trim());

function ScoreLine({ score, go }: { score: Score; go: (at: number) => void }) {
  return (
    <li><b>{score.name}</b> <Pill tone="accent">{scoreText(score)}</Pill> <span className="dim">{SOURCES[score.source]}</span> <At at={score.at} go={go} />
      <span className="end dim num" title={score.time === null ? undefined : timeTitle(score.time)}>{score.time !== null && ago(score.time)}</span>{score.comment && <p dir="auto">{score.comment}</p>}</li>
  );
}

function CommentLine({ comment, go }: { comment: Comment; go: (at: number) => void }) {
  return (
    <li><b>{comment.author ?? "somebody on this machine"}</b> <At at={comment.at} go={go} /><span className="end dim num" title={comment.time === null ? undefined : timeTitle(comment.time)}>{comment.time !== null && ago(comment.time)}</span><p dir="auto">{comment.content}</p></li>
  );
}

/** Where a new note goes: the playhead while there is sound, else the beginning of the chosen turn. */
function Place({ place, here, set }: { place: number | null; here: boolean; set: (here: boolean) => void }) {
  return place === null ? null : <label className={`pill toggle ${here ? "accent" : ""}`}><input type="checkbox" checked={here} onChange={() => set(!here)} />at {clock(place)}</label>;
}

export function NotesPane({ writing, id, start, turn, deck, go }: Props) {
  const { session, project } = usePage();
  const query = useNotes(project, id);
  const comment = useNewComment(id);
  const score = useNewScore(id);
  const [here, setHere] = useState(false);
  const second = useDeckTime(deck, 1000);
  const place = deck !== null && second >= 0 && deck.now() > NEAR_MS ? Math.round(deck.now()) : turn !== null ? Math.max(0, Math.round(turn.start - start)) : null;
  const at = here && place !== null ? { at: place } : {};
  const submit = (act: (form: FormData, reset: () => void) => void) => (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    act(new FormData(form), () => form.reset());
  };
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (writing > 0) text.current?.focus();
  }, [writing]);
  const mayWrite = session.role !== "viewer";
  return (
    <div className="notes">
      {mayWrite && (
        <>
          <form onSubmit={submit((form, reset) => comment.mutate({ content: String(form.get("content")), ...at }, { onSuccess: reset }))}>
            <textarea ref={text} className="field" name="content" required maxLength={5000} rows={2} placeholder="Comment" aria-label="Comment" />
            <div className="note-actions"><Place place={place} here={here} set={setHere} /><span className="spacer" /><button type="submit" className="btn small primary" disabled={comment.isPending}>Add comment</button></div>
          </form>
          <form className="note-score" onSubmit={submit((form, reset) => score.mutate({ name: String(form.get("name")), value: valueOf(String(form.get("value"))), ...at }, { onSuccess: reset }))}>
            <input className="field" name="name" required maxLength={200} placeholder="Score name" aria-label="Score name" /><input className="field short" name="value" required placeholder="0.9, yes" aria-label="Score value" /><button type="submit" className="btn small" disabled={score.isPending}>Add score</button>
          </form>
          <Fault error={comment.error ?? score.error} />
        </>
      )}
      {query.isPending && <Skeleton rows={3} height={45} />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data && (
        <>
          <h3>Scores <span className="dim num">{query.data.scores.length}</span></h3>
          {query.data.scores.length === 0 ? <p className="dim">No score yet. Programs send them by the public API.</p> : <ul>{query.data.scores.map((one) => <ScoreLine key={one.id} score={one} go={go} />)}</ul>}
          <h3>Comments <span className="dim num">{query.data.comments.length}</span></h3>
          {query.data.comments.length === 0 ? <p className="dim">No comment yet.</p> : <ul>{query.data.comments.map((one) => <CommentLine key={one.id} comment={one} go={go} />)}</ul>}
        </>
      )}
    </div>
  );
}
