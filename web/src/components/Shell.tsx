// The frame of every page: navigation, command menu, keys, the one event stream.
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { NavLink, Outlet, useNavigate, useParams } from "react-router";
import { liveListener, PageContext, useQueryClient, useSession } from "../api/data";
import { LiveStream, useLive } from "../api/live";
import type { Session } from "../api/types";
import { duration } from "../lib/format";
import { useKeys } from "../lib/keys";
import { toggleTheme } from "../lib/theme";
import { ApiError } from "../api/client";
import { SignIn } from "../pages/SignIn";
import { Brand } from "./Brand";
import { Icon } from "./Icon";
import { KeysHelp } from "./KeysHelp";
import { later } from "./later";
import { AwayBanner, Failure, State } from "./states";

const CommandMenu = later(async () => (await import("./CommandMenu")).CommandMenu);

function Rate({ live, session }: { live: LiveStream; session: Session }) {
  const { stats, away } = useLive(live);
  if (away !== null) return <div className="rate"><span className="dot bad" />Connection lost</div>;
  if (!session.has_traces) return <div className="rate"><span className="dot good" />Waiting for spans</div>;
  const rate = stats ? `${stats.spans_per_second < 10 ? Number(stats.spans_per_second.toFixed(1)) : Math.round(stats.spans_per_second)} spans/s` : "Connected";
  return (
    <div className="rate num">
      <span className="dot good" />{rate}
      {stats?.lag_ms != null && <span className="end">lag {duration(stats.lag_ms)}</span>}
    </div>
  );
}

export function Sidebar({ session, project, live, openMenu }: { session: Session; project: string; live: LiveStream; openMenu: () => void }) {
  const { stats } = useLive(live);
  const name = session.projects.find((known) => known.id === project)?.name ?? project;
  return (
    <nav className="side" aria-label="Pages">
      <Brand />
      <button type="button" className="project" onClick={openMenu} title="Command menu">
        <span className="dot caller" /><b>{name}</b><kbd>⌘K</kbd>
      </button>
      <NavLink to={`/p/${project}/conversations`}>
        <Icon name="conversations" />Conversations
      </NavLink>
      <NavLink to={`/p/${project}/live`}>
        <Icon name="live" />Live
        {!!stats?.live && <span className="live-count"><span className="dot good pulse" />{stats.live}</span>}
      </NavLink>
      <NavLink to={`/p/${project}/talk`} reloadDocument><Icon name="talk" />Talk</NavLink>
      <NavLink to={`/p/${project}/sessions`}><Icon name="sessions" />Sessions</NavLink>
      <NavLink to={`/p/${project}/callers`}><Icon name="user" />Callers</NavLink>
      <NavLink to={`/p/${project}/spans`}><Icon name="spans" />Spans</NavLink>
      <div className="section">Measure</div>
      <NavLink to={`/p/${project}/latency`}><Icon name="latency" />Latency</NavLink>
      <span className="spacer" />
      <NavLink to={`/p/${project}/settings`}><Icon name="settings" />Settings</NavLink>
      <button type="button" className="side-button" onClick={toggleTheme}><Icon name="sun" />Theme<kbd>T</kbd></button>
      <Rate live={live} session={session} />
      <div className="version" title={`Repartee ${session.version}`}>{session.version}</div>
    </nav>
  );
}

export function Tabs({ project, openMenu }: { project: string; openMenu: () => void }) {
  return (
    <nav className="tabs" aria-label="Pages">
      <NavLink to={`/p/${project}/conversations`}><Icon name="conversations" size={20} />Calls</NavLink>
      <NavLink to={`/p/${project}/live`}><Icon name="live" size={20} />Live</NavLink>
      <NavLink to={`/p/${project}/talk`} reloadDocument><Icon name="talk" size={20} />Talk</NavLink>
      <NavLink to={`/p/${project}/latency`}><Icon name="latency" size={20} />Latency</NavLink>
      <button type="button" onClick={openMenu}><Icon name="more" size={20} />More</button>
    </nav>
  );
}

function Frame({ session }: { session: Session }) {
  const { project = session.project.id } = useParams();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [open, setOpen] = useState<"menu" | "keys" | null>(null);
  const live = useMemo(
    () => new LiveStream(`/api/ui/events?project=${encodeURIComponent(project)}`, liveListener(client, project)),
    [client, project],
  );
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, [live]);
  useKeys({
    "mod+k": () => setOpen((now) => (now === "menu" ? null : "menu")),
    "?": () => setOpen("keys"),
    "g c": () => void navigate(`/p/${project}/conversations`),
    "g v": () => void navigate(`/p/${project}/live`),
    "g l": () => void navigate(`/p/${project}/latency`),
    "g s": () => void navigate(`/p/${project}/spans`),
    t: toggleTheme,
  });
  const page = useMemo(() => ({ session, project, live }), [session, project, live]);
  const openMenu = () => setOpen("menu");
  return (
    <PageContext.Provider value={page}>
      <div className="app">
        <Sidebar session={session} project={project} live={live} openMenu={openMenu} />
        <main>
          <AwayBanner live={live} />
          <Outlet />
        </main>
        <Tabs project={project} openMenu={openMenu} />
      </div>
      {open === "menu" && <CommandMenu close={() => setOpen(null)} showKeys={() => setOpen("keys")} />}
      {open === "keys" && <KeysHelp close={() => setOpen(null)} />}
    </PageContext.Provider>
  );
}

/** The bar above a page. */
export function Top({ children }: { children: ReactNode }) {
  return <header className="top">{children}</header>;
}

export function Shell() {
  const session = useSession();
  if (session.error instanceof ApiError && session.error.strange) return <SignIn first={session.error.code === "first_user"} fix={session.error.fix} />;
  if (session.data) return <Frame session={session.data} />;
  if (session.isError) return <Failure error={session.error} retry={() => void session.refetch()} />;
  return <div className="app" aria-busy="true" />;
}

export function UnknownPage() {
  return (
    <State title="There is no such page" actions={<NavLink className="btn" to="/">Conversations</NavLink>}>
      The command menu (⌘K) names every page.
    </State>
  );
}
