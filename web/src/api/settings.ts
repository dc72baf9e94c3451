// What the settings show and change. Lists are asked for again after each change: they are short.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, send } from "./client";
import { usePage } from "./data";
import type { Key, MadeKey, Member, Price, Role, Server, SettingsProject, Unpriced } from "./types";

export interface Prices { models: Price[]; unpriced: Unpriced[] }
/** What deleting all that began before would free. */

const SETTINGS = "settings";

function useSettings<T>(path: string) {
  const { project } = usePage();
  return useQuery({
    queryKey: [SETTINGS, project, path],
    queryFn: ({ signal }) => get<T>(`/api/ui/${path}${path.includes("?") ? "&" : "?"}project=${encodeURIComponent(project)}`, signal),
    staleTime: 0,
    retry: false,
  });
}

export const useProjectKeys = () => useSettings<{ keys: Key[] }>("keys");
export const useMembers = () => useSettings<{ members: Member[] }>("members");
export const useProjects = () => useSettings<{ projects: SettingsProject[] }>("projects");
export const useServer = () => useSettings<Server>("server");
export const usePrices = () => useSettings<Prices>("prices");

/** Changes something, then asks for the settings again. */
export function useChange<Body, Answer = unknown>(method: "POST" | "PATCH" | "DELETE", path: (body: Body) => string) {
  const { session, project } = usePage();
  const client = useQueryClient();
  return useMutation<Answer, Error, Body>({
    mutationFn: (body) => send<Answer>(method, `/api/ui/${path(body)}?project=${encodeURIComponent(project)}`, session.csrf_token, method === "DELETE" ? undefined : body),
    onSuccess: () => client.invalidateQueries({ queryKey: [SETTINGS] }),
    networkMode: "always",
  });
}

export const useNewKey = () => useChange<{ note: string }, MadeKey>("POST", () => "keys");
export const useRevokeKey = () => useChange<{ id: string }>("DELETE", ({ id }) => `keys/${encodeURIComponent(id)}`);
export const useNewMember = () => useChange<{ email: string; name: string; password: string; role: Role }>("POST", () => "members");
export const useRemoveMember = () => useChange<{ id: string }>("DELETE", ({ id }) => `members/${encodeURIComponent(id)}`);
