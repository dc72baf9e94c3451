// Parts of the program that are files of their own: read when they are first needed, or when the browser has nothing
// else to do. Once read they are drawn in the same step as the address changes, which React's own lazy parts are not.
import { type ComponentType, useEffect, useState } from "react";
import { Button } from "./bits";
import { State } from "./states";

const asking: (() => Promise<void>)[] = [];

const idle = () => new Promise<void>((done) => {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(() => done(), { timeout: 2000 });
  else setTimeout(done, 200);
});

/** Reads every part that is still missing, one after the other; those that fail are asked for again when they are needed. */
export async function readLater(): Promise<void> {
  for (const ask of asking) {
    await idle();
    await ask().catch(() => {});
  }
}

/** The component that `load` brings; until it is there nothing is drawn in its place. `ahead`: it may be read before it is needed. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, { ahead = true } = {}): ComponentType<P> {
  let found: ComponentType<P> | null = null;
  let asked: Promise<void> | null = null;
  const ask = () => (asked ??= load().then((component) => void (found = component)).finally(() => (asked = null)));
  if (ahead) asking.push(() => (found === null ? ask() : Promise.resolve()));
  return function Later(props: P) {
    const [state, setState] = useState<"waiting" | "there" | "failed">(found === null ? "waiting" : "there");
    useEffect(() => {
      if (state === "waiting") void ask().then(() => setState("there"), () => setState("failed"));
    }, []);
    if (state === "failed") {
      return (
        <State title="This page could not be read" actions={<Button onClick={() => location.reload()}>Load anew</Button>}>
          The server does not answer, or has been replaced by another version since this tab was opened.
        </State>
      );
    }
    const Found = found;
    return Found && <Found {...props} />;
  };
}
