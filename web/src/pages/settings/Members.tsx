// Members of the organization and what they may do.
import { type FormEvent } from "react";
import { usePage } from "../../api/data";
import { useChange, useMembers, useNewMember, useRemoveMember } from "../../api/settings";
import type { Member, Role } from "../../api/types";
import { Pill } from "../../components/bits";
import { ago, plural, timeTitle } from "../../lib/format";
import { Asked, Fault, Section, Sure } from "./parts";

const ROLES: [Role, string][] = [["owner", "Owner"], ["member", "Member"], ["viewer", "Viewer"]];
const useRole = () => useChange<{ id: string; role: Role }>("PATCH", ({ id }) => `members/${encodeURIComponent(id)}`);

function Row({ member, mayChange }: { member: Member; mayChange: boolean }) {
  const role = useRole();
  const remove = useRemoveMember();
  return (
    <tr>
      <td><b>{member.name || member.email}</b> {member.is_you && <Pill tone="accent">you</Pill>}<Fault error={role.error ?? remove.error} /></td>
      <td className="sub">{member.email}</td>
      <td>{mayChange ? (
        <label className="btn small select"><select aria-label={`Role of ${member.email}`} value={member.role} disabled={role.isPending} onChange={(event) => role.mutate({ id: member.id, role: event.target.value as Role })}>
          {ROLES.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
        </select></label>
      ) : member.role}</td>
      <td className="num sub" title={member.last_sign_in === null ? undefined : timeTitle(member.last_sign_in)}>{member.last_sign_in === null ? "not yet" : ago(member.last_sign_in)}</td>
      <td className="r">{mayChange && <Sure word="remove" label={`Remove ${member.email}`} busy={remove.isPending} act={() => remove.mutate({ id: member.id })} />}</td>
    </tr>
  );
}

export function MembersSection() {
  const { session } = usePage();
  const query = useMembers();
  const add = useNewMember();
  const members = query.data?.members ?? [];
  const mayChange = session.role === "owner";
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = (name: string) => String(new FormData(form).get(name));
    add.mutate({ email: text("email"), name: text("name"), password: text("password"), role: text("role") as Role }, { onSuccess: () => form.reset() });
  };
  return (
    <Section title="Members" note={query.data && `${plural(members.length, "person", "people")} in ${session.organization.name}`}>
      {mayChange && (
        <form className="inline-form" onSubmit={submit}>
          <input className="field" name="email" type="email" required placeholder="E-mail" aria-label="E-mail" autoComplete="off" /><input className="field" name="name" placeholder="Name" aria-label="Name" autoComplete="off" />
          <input className="field" name="password" type="password" required minLength={8} placeholder="First password" aria-label="First password" autoComplete="new-password" />
          <label className="btn select"><select name="role" aria-label="Role" defaultValue="member">{ROLES.map(([value, word]) => <option key={value} value={value}>{word}</option>)}</select></label>
          <button type="submit" className="btn primary" disabled={add.isPending}>Add</button>
        </form>
      )}
      <Fault error={add.error} />
      {members.length === 0 && query.isSuccess && <p className="dim none">Nobody yet: this machine alone may look, without a sign-in. As soon as a member is added, everybody signs in.</p>}
      <Asked query={query}>
        {members.length > 0 && (
          <div className="span-table" role="group" aria-label="Members" tabIndex={0}>
            <table><thead><tr><th>Name</th><th>E-mail</th><th>Role</th><th>Last sign-in</th><th><span className="visually-hidden">Remove</span></th></tr></thead>
              <tbody>{members.map((member) => <Row key={member.id} member={member} mayChange={mayChange} />)}</tbody></table>
          </div>
        )}
      </Asked>
      <p className="dim none">A viewer sees everything; a member also makes keys and prices, scores and comments; an owner also manages people, projects and retention.</p>
    </Section>
  );
}
