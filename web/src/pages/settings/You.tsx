// Who is signed in: a new password, and the way out.
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import { SESSION, usePage } from "../../api/data";
import { useChange } from "../../api/settings";
import { Button } from "../../components/bits";
import { Fault, Section } from "./parts";

export function YouSection() {
  const { session } = usePage();
  const client = useQueryClient();
  const change = useChange<{ current_password: string; new_password: string }>("POST", () => "password");
  const [fault, setFault] = useState<Error | null>(null);
  if (session.user === null) {
    return <Section title="You"><p className="none">Nobody is signed in: this machine alone may look. When the server listens elsewhere, or a user exists, it asks for a sign-in.</p></Section>;
  }
  const out = () => send("DELETE", "/api/ui/session", session.csrf_token).then(() => client.resetQueries(), setFault);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = (name: string) => String(new FormData(form).get(name));
    const form = event.currentTarget;
    // All sessions end with the old password, this one too.
    change.mutate({ current_password: text("current"), new_password: text("new") }, { onSuccess: () => client.invalidateQueries({ queryKey: SESSION }) });
  };
  return (
    <Section title="You" note={`${session.user.email} · ${session.role}`} action={<Button icon="exit" onClick={() => void out()}>Sign out</Button>}>
      <form className="inline-form" onSubmit={submit}>
        <input className="field" type="password" name="current" required placeholder="Current password" aria-label="Current password" autoComplete="current-password" /><input className="field" type="password" name="new" required minLength={8} placeholder="New password" aria-label="New password" autoComplete="new-password" />
        <button type="submit" className="btn" disabled={change.isPending}>Change password</button>
      </form>
      <Fault error={fault ?? change.error} />
    </Section>
  );
}
