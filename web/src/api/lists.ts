// Lists that are asked for page by page: spans of all traces, sessions, callers. What is pushed meanwhile does not
// move them: the page offers to look again.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type SpanFilters, spanParams } from "../lib/spanFilters";
import { get } from "./client";
import type { CallGroupPage, SpanPage, SpanPoints } from "./types";

const PAGE = 100;

function useList<T extends { next_cursor: string | null }>(what: string, project: string, params: URLSearchParams, range: () => URLSearchParams) {
  return useInfiniteQuery({
    queryKey: [what, project, params.toString()],
    queryFn: ({ signal, pageParam }) => {
      const all = new URLSearchParams([...params, ...range(), ["project", project], ["limit", String(PAGE)]]);
      if (pageParam !== "") all.set("cursor", pageParam);
      return get<T>(`/api/ui/${what}?${all}`, signal);
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: (previous) => previous,
  });
}

/** The last `length` ms up to the moment of the request; null: all that is kept. */
const since = (length: number | null) => new URLSearchParams(length === null ? [] : [["from", String(Date.now() - length)]]);

export const useSpanList = (project: string, filters: SpanFilters) =>
  useList<SpanPage>("spans", project, spanParams(filters), () => since(filters.range));

export const useSpanPoints = (project: string, filters: SpanFilters) =>
  useQuery({
    queryKey: ["spans", "points", project, spanParams(filters).toString()],
    queryFn: ({ signal }) => get<SpanPoints>(`/api/ui/span-points?${new URLSearchParams([...spanParams(filters), ...since(filters.range), ["project", project]])}`, signal),
    placeholderData: (previous) => previous,
  });

export const useGroups = (project: string, what: "sessions" | "callers", text: string) =>
  useList<CallGroupPage>(what, project, new URLSearchParams(text === "" ? [] : [["q", text]]), () => new URLSearchParams());
