import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { ApiError } from "./api/client";
import { fetchSession, newQueryClient, useSession } from "./api/data";
import { later, readLater } from "./components/later";
import { Shell, UnknownPage } from "./components/Shell";
import { Failure } from "./components/states";
import { Conversations } from "./pages/Conversations";
import { SignIn } from "./pages/SignIn";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/list.css";
import "./styles/conversation.css";
import "./styles/compare.css";
import "./styles/spans.css";
import "./styles/latency.css";
import "./styles/live.css";
import "./styles/lists.css";
import "./styles/settings.css";

// The list, with which most begin, is read at once; the others as files of their own, the likeliest next one first.
const ConversationPage = later(async () => (await import("./pages/Conversation")).ConversationPage);
const LivePage = later(async () => (await import("./pages/Live")).LivePage);
const LatencyPage = later(async () => (await import("./pages/Latency")).LatencyPage);
const SpansPage = later(async () => (await import("./pages/Spans")).SpansPage);
const SessionsPage = later(async () => (await import("./pages/Groups")).SessionsPage);
const CallersPage = later(async () => (await import("./pages/Groups")).CallersPage);
const GroupPage = later(async () => (await import("./pages/Groups")).GroupPage);
const ComparePage = later(async () => (await import("./pages/Compare")).ComparePage);
const SettingsPage = later(async () => (await import("./pages/Settings")).SettingsPage);
// Brings the agent's client, which no other page needs and which loads a document of its own: never read ahead.
const TalkPage = later(async () => (await import("./pages/Talk")).TalkPage, { ahead: false });

function Home() {
  const session = useSession();
  if (session.error instanceof ApiError && session.error.strange) return <SignIn first={session.error.code === "first_user"} fix={session.error.fix} />;
  if (session.isError) return <Failure error={session.error} retry={() => void session.refetch()} />;
  return session.data ? <Navigate to={`/p/${session.data.project.id}/conversations${location.search}`} replace /> : null;
}

const client = newQueryClient();
const root = document.getElementById("root")!;

const draw = () => createRoot(root).render(
  <QueryClientProvider client={client}>
    {/* Page and address change together: the next key must meet the page that the last one asked for. */}
    <BrowserRouter useTransitions={false}>
      <Routes>
        <Route path="/" element={<Home />} />
        <Route path="/p/:project" element={<Shell />}>
          <Route index element={<Navigate to="conversations" replace />} />
          <Route path="conversations" element={<Conversations />} />
          <Route path="conversations/:id" element={<ConversationPage />} />
          <Route path="compare" element={<ComparePage />} />
          <Route path="live" element={<LivePage />} />
          <Route path="talk" element={<TalkPage />} />
          <Route path="ingest-health" element={<Navigate to="../settings/ingest" replace />} />
          <Route path="settings" element={<SettingsPage />} />
          <Route path="settings/:tab" element={<SettingsPage />} />
          <Route path="latency" element={<LatencyPage />} />
          <Route path="spans" element={<SpansPage />} />
          <Route path="sessions" element={<SessionsPage />} />
          <Route path="sessions/:id" element={<GroupPage what="sessions" />} />
          <Route path="callers" element={<CallersPage />} />
          <Route path="callers/:id" element={<GroupPage what="callers" />} />
          <Route path="*" element={<UnknownPage />} />
        </Route>
        <Route path="*" element={<Navigate to="/" replace />} />
      </Routes>
    </BrowserRouter>
  </QueryClientProvider>,
);

// The frame that index.html brought stays until it is known who looks at it.
void fetchSession(client).then(() => {
  draw();
  void readLater();
});
