// Settings: one section at a time, each with an address of its own.
import { NavLink, Navigate, useParams } from "react-router";
import { usePage } from "../api/data";
import { Icon, type IconName } from "../components/Icon";
import { Top, UnknownPage } from "../components/Shell";
import { IngestHealthSection } from "./IngestHealth";
import { KeysSection } from "./settings/Keys";
import { MembersSection } from "./settings/Members";
import { PricesSection } from "./settings/Prices";
import { RetentionSection } from "./settings/Retention";
import { ServerSection } from "./settings/Server";
import { YouSection } from "./settings/You";

const SECTIONS: [string, string, IconName, () => React.ReactNode][] = [
  ["keys", "Keys", "key", KeysSection], ["retention", "Retention", "clock", RetentionSection], ["prices", "Prices", "dollar", PricesSection],
  ["members", "Members", "members", MembersSection], ["ingest", "Ingest health", "pulse", IngestHealthSection], ["server", "Server", "server", ServerSection], ["you", "You", "user", YouSection],
];

export function SettingsPage() {
  const { session, project } = usePage();
  const { tab } = useParams();
  if (tab === undefined) return <Navigate to={`/p/${project}/settings/keys`} replace />;
  const Section = SECTIONS.find(([name]) => name === tab)?.[3];
  if (Section === undefined) return <UnknownPage />;
  return (
    <>
      <Top><h1>Settings</h1><span className="dim clip">{session.organization.name} · {session.projects.find((known) => known.id === project)?.name}</span></Top>
      <div className="settings-page">
        <nav aria-label="Settings">
          {SECTIONS.map(([name, word, icon]) => <NavLink key={name} to={`/p/${project}/settings/${name}`}><Icon name={icon} />{word}</NavLink>)}
        </nav>
        <div className="settings-body"><Section /></div>
      </div>
    </>
  );
}
