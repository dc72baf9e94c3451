// Who is there? Shown in place of every page until the server knows.
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, send } from "../api/client";
import type { SignedIn } from "../api/types";
import { CopyButton } from "../components/bits";
import { Brand } from "../components/Brand";
import { Icon } from "../components/Icon";

function Form() {
  const client = useQueryClient();
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const enter = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await send<SignedIn>("POST", "/api/ui/session", "", { email: String(form.get("email")), password: String(form.get("password")) });
      // Nothing that another person has seen stays.
      await client.resetQueries();
    } catch (fault) {
      setError(fault instanceof ApiError ? fault : new ApiError(0, String(fault), "", ""));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={enter} aria-busy={busy}>
      <label>E-mail<input className="field" name="email" type="email" autoComplete="username" required autoFocus /></label>
      <label>Password<input className="field" name="password" type="password" autoComplete="current-password" required /></label>
      {error && <p className="banner bad" role="alert"><Icon name="warn" /><span><b>{error.message}.</b> {error.fix}</span></p>}
      <button type="submit" className="btn primary" disabled={busy}>Sign in</button>
      <p className="dim">An owner of the organization makes accounts and sets new passwords.</p>
    </form>
  );
}

export function SignIn({ first, fix }: { first: boolean; fix: string }) {
  const command = fix.slice(fix.indexOf("repartee users"));
  return (
    <main className="sign-in">
      <div className="card">
        <Brand />
        {first ? (
          <>
            <h1>No user is made yet</h1>
            <p className="sub">This server can be reached from other machines, so its dashboard needs a sign-in. Make the first user on the server’s machine; it becomes the owner.</p>
            <div className="snippet"><pre tabIndex={0}>{command}</pre><CopyButton text={command} label="Copy the command" /></div>
            <button type="button" className="btn" onClick={() => location.reload()}>Look again</button>
          </>
        ) : (
          <><h1>Sign in</h1><Form /></>
        )}
      </div>
    </main>
  );
}
