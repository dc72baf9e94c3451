// Keys: made, shown once, revoked.
import { type FormEvent, useState } from "react";
import { usePage } from "../../api/data";
import { useNewKey, useProjectKeys, useRevokeKey } from "../../api/settings";
import type { Key, MadeKey } from "../../api/types";
import { CopyButton } from "../../components/bits";
import { ago, plural, timeTitle } from "../../lib/format";
import { environment } from "../../lib/snippets";
import { Asked, Fault, Section, Sure } from "./parts";

function Made({ made, close }: { made: MadeKey; close: () => void }) {
  const { session } = usePage();
  return (
    <div className="made" role="status">
      <p><b>Key “{made.note}” is ready.</b> Copy the secret now, it is not shown again.<button type="button" className="quiet end" onClick={close}>close</button></p>
      <div className="made-row"><input className="field mono" readOnly aria-label="Secret key" value={made.secret_key} onFocus={(event) => event.currentTarget.select()} /><CopyButton text={made.secret_key} label="Copy the secret key" /></div>
      <div className="snippet"><pre tabIndex={0}>{environment(session, made.public_key, made.secret_key)}</pre><CopyButton text={environment(session, made.public_key, made.secret_key)} label="Copy the .env lines" /></div>
    </div>
  );
}

function Row({ value }: { value: Key }) {
  const revoke = useRevokeKey();
  return (
    <tr>
      <td><span className={`dot ${value.last_used === null ? "" : "good"}`} /> <b>{value.note || "no note"}</b><Fault error={revoke.error} /></td>
      <td className="mono">{value.public_key}</td><td className="mono dim">{value.display_secret_key}</td>
      <td className="num sub" title={value.last_used === null ? undefined : timeTitle(value.last_used)}>{value.last_used === null ? "not yet" : ago(value.last_used)}</td>
      <td className="r"><Sure word="revoke" label={`Revoke ${value.note || value.public_key}`} busy={revoke.isPending} act={() => revoke.mutate({ id: value.id })} /></td>
    </tr>
  );
}

export function KeysSection() {
  const query = useProjectKeys();
  const make = useNewKey();
  const [shown, setShown] = useState(true);
  const keys = query.data?.keys ?? [];
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    make.mutate({ note: String(new FormData(form).get("note")) }, { onSuccess: () => { setShown(true); form.reset(); } });
  };
  return (
    <Section title="Keys" note={query.data && `${plural(keys.length, "key")} in use`}>
      <form className="inline-form" onSubmit={submit}>
        <input className="field" name="note" required maxLength={200} placeholder="What the new key is for" aria-label="What the new key is for" /><button type="submit" className="btn primary" disabled={make.isPending}>New key</button>
      </form>
      <Fault error={make.error} />
      {make.data && shown && <Made made={make.data} close={() => setShown(false)} />}
      <Asked query={query}>
        <div className="span-table" role="group" aria-label="Keys" tabIndex={0}>
          <table><thead><tr><th>Name</th><th>Public key</th><th>Secret</th><th>Last used</th><th><span className="visually-hidden">Revoke</span></th></tr></thead>
            <tbody>{keys.map((value) => <Row key={value.id} value={value} />)}</tbody></table>
        </div>
        {keys.length === 0 && <p className="dim none">No key yet. Programs on this machine need none; others do.</p>}
      </Asked>
    </Section>
  );
}
