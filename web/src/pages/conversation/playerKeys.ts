// Keys of the player, skipping silence, and the playhead in the address.
import { useEffect, useState } from "react";
import type { Conversation, Turn } from "../../api/types";
import { useKeys } from "../../lib/keys";
import { lanes } from "../../lib/lanes";
import { type Player, useDeck } from "./usePlayer";

const STEP_MS = 1000;

/** `t`: seconds from the start, as the address says; `note` writes it there. */
export function usePlayerKeys(player: Player, turns: Turn[], row: Conversation, t: string | null, note: (t: string | null) => void): { skipping: boolean; skip: (on: boolean) => void } {
  const { deck } = player;
  const { playing } = useDeck(deck);
  const [skipping, setSkipping] = useState(false);
  useEffect(() => {
    deck?.skipSilence(skipping ? lanes(turns, row.start, row.end, row.end ?? row.start).blocks : null);
  }, [deck, skipping, turns]);
  useEffect(() => {
    const seconds = Number(t);
    if (deck && t !== null && Number.isFinite(seconds)) deck.seek(seconds * 1000);
  }, [deck]);
  useEffect(() => {
    // Where it stopped is what a link should lead to.
    if (deck && !playing && deck.now() > 0) note((deck.now() / 1000).toFixed(1));
  }, [playing]);
  const by = (ms: number) => deck?.seek(deck.now() + ms);
  useKeys({ " ": () => deck?.toggle(), ",": () => by(-STEP_MS), ".": () => by(STEP_MS), S: () => setSkipping(!skipping), s: () => setSkipping(!skipping) }, deck !== null);
  return { skipping, skip: setSkipping };
}
