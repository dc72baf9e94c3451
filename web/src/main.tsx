import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { lazy, Suspense } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { ApiError } from "./api/client";
import { newQueryClient, useSession } from "./api/data";
import { Shell, UnknownPage } from "./components/Shell";
import { Failure } from "./components/states";
import { applyTheme } from "./lib/theme";
import { ComparePage } from "./pages/Compare";
import { ConversationPage } from "./pages/Conversation";
import { Conversations } from "./pages/Conversations";
import { LatencyPage } from "./pages/Latency";
import { LivePage } from "./pages/Live";
import { CallersPage, GroupPage, SessionsPage } from "./pages/Groups";
import { SettingsPage } from "./pages/Settings";
import { SignIn } from "./pages/SignIn";
import { SpansPage } from "./pages/Spans";
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

applyTheme();

// Brings the agent's client, which no other page needs.
const TalkPage = lazy(async () => ({ default: (await import("./pages/Talk")).TalkPage }));

function Home() {
  const session = useSession();
  if (session.error instanceof ApiError && session.error.strange) return <SignIn first={session.error.code === "first_user"} fix={session.error.fix} />;
  if (session.isError) return <Failure error={session.error} retry={() => void session.refetch()} />;
  return session.data ? <Navigate to={`/p/${session.data.project.id}/conversations${location.search}`} replace /> : null;
}

createRoot(document.getElementById("root")!).render(
  <QueryClientProvider client={newQueryClient()}>
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
          <Route path="talk" element={<Suspense><TalkPage /></Suspense>} />
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
