import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { newQueryClient, useSession } from "./api/data";
import { Shell, UnknownPage } from "./components/Shell";
import { Failure } from "./components/states";
import { applyTheme } from "./lib/theme";
import { ConversationPage } from "./pages/Conversation";
import { Conversations } from "./pages/Conversations";
import { IngestHealthPage } from "./pages/IngestHealth";
import { LatencyPage } from "./pages/Latency";
import { LivePage } from "./pages/Live";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/list.css";
import "./styles/conversation.css";
import "./styles/spans.css";
import "./styles/latency.css";
import "./styles/live.css";

applyTheme();

function Home() {
  const session = useSession();
  if (session.isError) return <Failure error={session.error} retry={() => void session.refetch()} />;
  return session.data ? <Navigate to={`/p/${session.data.project.id}/conversations`} replace /> : null;
}

createRoot(document.getElementById("root")!).render(
  <QueryClientProvider client={newQueryClient()}>
    <BrowserRouter>
      <Routes>
        <Route path="/" element={<Home />} />
        <Route path="/p/:project" element={<Shell />}>
          <Route index element={<Navigate to="conversations" replace />} />
          <Route path="conversations" element={<Conversations />} />
          <Route path="conversations/:id" element={<ConversationPage />} />
          <Route path="live" element={<LivePage />} />
          <Route path="ingest-health" element={<IngestHealthPage />} />
          <Route path="latency" element={<LatencyPage />} />
          <Route path="*" element={<UnknownPage />} />
        </Route>
        <Route path="*" element={<Navigate to="/" replace />} />
      </Routes>
    </BrowserRouter>
  </QueryClientProvider>,
);
