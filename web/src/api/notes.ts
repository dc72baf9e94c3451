// Scores and comments of a conversation.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, send } from "./client";
import { usePage } from "./data";
import type { Comment, Notes, Score } from "./types";

const key = (project: string, id: string) => ["notes", project, id];
const path = (project: string, id: string, what: string) => `/api/ui/conversations/${encodeURIComponent(id)}/${what}?project=${encodeURIComponent(project)}`;

export const useNotes = (project: string, id: string) =>
  useQuery({ queryKey: key(project, id), queryFn: ({ signal }) => get<Notes>(path(project, id, "notes"), signal), staleTime: 0 });

function useNew<Body, Answer>(id: string, what: "comments" | "scores") {
  const { session, project } = usePage();
  const client = useQueryClient();
  return useMutation<Answer, Error, Body>({
    mutationFn: (body) => send<Answer>("POST", path(project, id, what), session.csrf_token, body),
    // Rows show scores, too.
    onSuccess: () => Promise.all([key(project, id), ["conversation", project, id], ["conversations"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
    networkMode: "always",
  });
}

export const useNewComment = (id: string) => useNew<{ content: string; at?: number }, Comment>(id, "comments");
export const useNewScore = (id: string) => useNew<{ name: string; value: number | string; comment?: string; at?: number }, Score>(id, "scores");
