// What pages ask for. Nothing is fetched again by a timer or by focus: events say what changed.
import { QueryCache, QueryClient, queryOptions, type UseQueryResult, useInfiniteQuery, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { type Box, boxParams } from "../lib/box";
import { type Filters, toParams } from "../lib/rows";
import { ApiError, get } from "./client";
import { type LiveListener, LiveStream, withTurn } from "./live";
import type {
  Conversation, ConversationDetail, ConversationPage, Facets, FoundTurns, Heatmap, Histogram, IngestHealth, Latency, ReplyParts, Retention, Series, Session, SpanDetail, SpanList, Tombstone, Turn,
} from "./types";

const PAGE = 100;

export function newQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    // A session that has ended shows on whatever is asked next.
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (error instanceof ApiError && error.strange && query.queryKey[0] !== SESSION[0]) void client.invalidateQueries({ queryKey: SESSION });
      },
    }),
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
  return client;
}

export const SESSION = ["session"];
const detailKey = (project: string, id: string) => ["conversation", project, id];
const spansKey = (project: string, id: string) => ["spans", project, id];

/** Asked for before anything is drawn; a failure stands until it is asked for again. */
const SESSION_QUERY = queryOptions({ queryKey: SESSION, queryFn: ({ signal }) => get<Session>("/api/ui/session", signal), retryOnMount: false });

export const fetchSession = (client: QueryClient): Promise<unknown> => client.query(SESSION_QUERY).catch(() => null);
export const useSession = () => useQuery(SESSION_QUERY);

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

export const conversationPath = (project: string, id: string, rest = "") =>
  `/api/ui/conversations/${encodeURIComponent(id)}${rest}${rest.includes("?") ? "&" : "?"}project=${encodeURIComponent(project)}`;

const detailQuery = (project: string, id: string) =>
  queryOptions({ queryKey: detailKey(project, id), queryFn: ({ signal }) => get<ConversationDetail>(conversationPath(project, id), signal), enabled: id !== "" });

export const useConversation = (project: string, id: string) => useQuery(detailQuery(project, id));

const turnsOf = (results: UseQueryResult<ConversationDetail>[]): ReadonlyMap<string, Turn[]> =>
  new Map(results.flatMap(({ data }) => (data ? [[data.conversation.id, data.turns] as const] : [])));

/** Of several calls, by id, as they come. */
export const useTurnsOfCalls = (project: string, ids: string[]) => useQueries({ queries: ids.map((id) => detailQuery(project, id)), combine: turnsOf });

/** Of a conversation that was deleted. */
export const useTombstone = (project: string, id: string) =>
  useQuery({ queryKey: ["tombstone", project, id], queryFn: ({ signal }) => get<Tombstone>(conversationPath(project, id, "/tombstone"), signal), staleTime: 0 });

/** How long the project keeps its conversations. */
export const useRetention = (project: string) =>
  useQuery({ queryKey: ["retention", project], queryFn: ({ signal }) => get<Retention>(`/api/ui/retention?${new URLSearchParams({ project })}`, signal), staleTime: 0 });

/** Spans of a turn, or of the whole when `turn` is null. */
export const useSpans = (project: string, id: string, turn: string | null, enabled: boolean) =>
  useQuery({
    queryKey: [...spansKey(project, id), turn],
    queryFn: ({ signal }) => get<SpanList>(conversationPath(project, id, turn ? `/spans?turn=${encodeURIComponent(turn)}` : "/spans"), signal),
    enabled,
    placeholderData: (previous, query) => (query?.queryKey[2] === id && query.queryKey[3] === turn ? previous : undefined),
  });

export const useSpan = (project: string, id: string, span: string | null) =>
  useQuery({
    queryKey: [...spansKey(project, id), "detail", span],
    queryFn: ({ signal }) => get<SpanDetail>(conversationPath(project, id, `/spans/${encodeURIComponent(span ?? "")}`), signal),
    enabled: span !== null,
  });

export const useIngestHealth = (project: string) =>
  useQuery({
    queryKey: ["ingest-health", project],
    queryFn: ({ signal }) => get<IngestHealth>(`/api/ui/ingest-health?project=${encodeURIComponent(project)}`, signal),
    retry: false,
    // Refusals are not pushed: who comes back from the terminal sees them.
    staleTime: 0,
    refetchOnWindowFocus: "always",
  });

/** Counts are the same in each order. */
function withFilters(project: string, filters: Filters, more: Record<string, string> = {}): URLSearchParams {
  const params = toParams({ ...filters, sort: "" });
  for (const [key, value] of Object.entries({ project, ...more })) params.set(key, value);
  return params;
}

export const FIGURES = "figures";

export const useFacets = (project: string, filters: Filters) =>
  useQuery({
    queryKey: [FIGURES, "facets", withFilters(project, filters).toString()],
    queryFn: ({ queryKey, signal }) => get<Facets>(`/api/ui/facets?${queryKey[2]}`, signal),
    placeholderData: (previous) => previous,
  });

export const useHistogram = (project: string, filters: Filters, bins: number) =>
  useQuery({
    queryKey: [FIGURES, "histogram", withFilters(project, filters, { bins: String(bins) }).toString()],
    queryFn: ({ queryKey, signal }) => get<Histogram>(`/api/ui/histogram?${queryKey[2]}`, signal),
    placeholderData: (previous) => previous,
  });

/** Of the last `length` ms, up to the moment of each request; `back`: of the time of that length so long before. */
function useFigures<T>(what: "latency" | "series" | "heatmap" | "reply-parts" | "turns", project: string, length: number, { step, back = 0 }: { step?: number; back?: number } = {}) {
  return useQuery({
    queryKey: [FIGURES, what, project, length, back],
    queryFn: ({ signal }) => {
      const to = Date.now() - back;
      const params = new URLSearchParams({ project, from: String(to - length), to: String(to) });
      if (step !== undefined) params.set("step", String(step));
      return get<T>(`/api/ui/${what}?${params}`, signal);
    },
    placeholderData: (previous) => previous,
  });
}

export const useLatency = (project: string, length: number, back = 0) => useFigures<Latency>("latency", project, length, { back });
export const useSeries = (project: string, length: number, step: number) => useFigures<Series>("series", project, length, { step });
export const useHeatmap = (project: string, length: number, step: number) => useFigures<Heatmap>("heatmap", project, length, { step });
export const useReplyParts = (project: string, length: number) => useFigures<ReplyParts>("reply-parts", project, length);
/** Agent versions and releases with their first conversations, of the last `length` ms and as long before. */
export const useReleases = (project: string, length: number) =>
  useQuery({
    queryKey: [FIGURES, "releases", project, length],
    queryFn: ({ signal }) => get<Facets>(`/api/ui/facets?${new URLSearchParams({ project, from: String(Date.now() - 2 * length) })}`, signal),
    placeholderData: (previous) => previous,
  });
export const useSlowest = (project: string, length: number) => useFigures<FoundTurns>("turns", project, length);

/** The turns within a box of time and reply time; null: none is asked for. */
export const useTurnsOf = (project: string, box: Box | null) =>
  useQuery({
    queryKey: ["turns", project, box],
    queryFn: ({ signal }) => get<FoundTurns>(`/api/ui/turns?${new URLSearchParams({ project, limit: "50", ...boxParams(box!) })}`, signal),
    enabled: box !== null,
  });

/** Figures follow what is pushed, at most this often. */
const FIGURES_MS = 2000;

/** Puts what the server pushed where the pages read it. */
export function liveListener(client: QueryClient, project: string): LiveListener {
  let pending = false;
  const figuresChanged = () => {
    if (pending) return;
    pending = true;
    setTimeout(() => {
      pending = false;
      void client.invalidateQueries({ queryKey: [FIGURES] });
    }, FIGURES_MS);
  };
  return {
    // The server's figures are up to a second behind its rows: nothing is pushed for spans that came just before.
    onOpen: figuresChanged,
    onConversation(row: Conversation) {
      const session = client.getQueryData<Session>(SESSION);
      if (session && !session.has_traces) client.setQueryData<Session>(SESSION, { ...session, has_traces: true });
      const key = detailKey(project, row.id);
      const known = client.getQueryData<ConversationDetail>(key);
      if (known) client.setQueryData<ConversationDetail>(key, { ...known, conversation: row });
      // A page that waits for this id, or shows spans that have grown.
      else if (client.getQueryState(key)) void client.invalidateQueries({ queryKey: key });
      void client.invalidateQueries({ queryKey: spansKey(project, row.id) });
      figuresChanged();
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
