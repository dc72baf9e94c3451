// What pages ask for. Nothing is fetched again by a timer or by focus: events say what changed.
import { QueryClient, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { type Filters, toParams } from "../lib/rows";
import { ApiError, get } from "./client";
import { type LiveListener, LiveStream, withTurn } from "./live";
import type { Conversation, ConversationDetail, ConversationPage, IngestHealth, Session, SpanDetail, SpanList } from "./types";

const PAGE = 100;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // The server's own answers stand; only silence is asked again, twice.
        retry: (failures, error) => failures < 2 && error instanceof ApiError && error.away,
        networkMode: "always",
      },
    },
  });
}

export const SESSION = ["session"];
const detailKey = (project: string, id: string) => ["conversation", project, id];
const spansKey = (project: string, id: string) => ["spans", project, id];

export const useSession = () => useQuery({ queryKey: SESSION, queryFn: ({ signal }) => get<Session>("/api/ui/session", signal) });

export function useConversations(project: string, filters: Filters) {
  const params = toParams(filters);
  params.set("project", project);
  params.set("limit", String(PAGE));
  return useInfiniteQuery({
    queryKey: ["conversations", project, params.toString()],
    queryFn: ({ signal, pageParam }) =>
      get<ConversationPage>(`/api/ui/conversations?${params}${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: (previous) => previous,
  });
}

const path = (project: string, id: string, rest = "") =>
  `/api/ui/conversations/${encodeURIComponent(id)}${rest}${rest.includes("?") ? "&" : "?"}project=${encodeURIComponent(project)}`;

export const useConversation = (project: string, id: string) =>
  useQuery({ queryKey: detailKey(project, id), queryFn: ({ signal }) => get<ConversationDetail>(path(project, id), signal) });

/** Spans of a turn, or of the whole when `turn` is null. */
export const useSpans = (project: string, id: string, turn: string | null, enabled: boolean) =>
  useQuery({
    queryKey: [...spansKey(project, id), turn],
    queryFn: ({ signal }) => get<SpanList>(path(project, id, turn ? `/spans?turn=${encodeURIComponent(turn)}` : "/spans"), signal),
    enabled,
    placeholderData: (previous, query) => (query?.queryKey[2] === id && query.queryKey[3] === turn ? previous : undefined),
  });

export const useSpan = (project: string, id: string, span: string | null) =>
  useQuery({
    queryKey: [...spansKey(project, id), "detail", span],
    queryFn: ({ signal }) => get<SpanDetail>(path(project, id, `/spans/${encodeURIComponent(span ?? "")}`), signal),
    enabled: span !== null,
  });

export const useIngestHealth = (project: string) =>
  useQuery({
    queryKey: ["ingest-health", project],
    queryFn: ({ signal }) => get<IngestHealth>(`/api/ui/ingest-health?project=${encodeURIComponent(project)}`, signal),
    retry: false,
  });

/** Puts what the server pushed where the pages read it. */
export function liveListener(client: QueryClient, project: string): LiveListener {
  return {
    onConversation(row: Conversation) {
      const session = client.getQueryData<Session>(SESSION);
      if (session && !session.has_traces) client.setQueryData<Session>(SESSION, { ...session, has_traces: true });
      const key = detailKey(project, row.id);
      const known = client.getQueryData<ConversationDetail>(key);
      if (known) client.setQueryData<ConversationDetail>(key, { ...known, conversation: row });
      // A page that waits for this id, or shows spans that have grown.
      else if (client.getQueryState(key)) void client.invalidateQueries({ queryKey: key });
      void client.invalidateQueries({ queryKey: spansKey(project, row.id) });
    },
    onTurn({ conversation_id, turn }) {
      client.setQueryData<ConversationDetail>(detailKey(project, conversation_id), (known) =>
        known ? { ...known, turns: withTurn(known.turns, turn) } : known,
      );
    },
    onReset() {
      void client.invalidateQueries();
    },
  };
}

export interface Page { session: Session; project: string; live: LiveStream }

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error("usePage outside of the shell");
  return page;
}

export { useQueryClient };
