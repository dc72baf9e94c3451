// Alerts of the project: they are judged when they are asked for, since time alone makes some fire.
import { useMutation, useQuery } from "@tanstack/react-query";
import { get, send } from "./client";
import { usePage, useQueryClient } from "./data";
import type { Alert, AlertPeriod, NewAlert } from "./types";

const MINUTE_MS = 60_000;
const ALERTS = "alerts";

export const useAlerts = (project: string) =>
  useQuery({
    queryKey: [ALERTS, project],
    queryFn: async ({ signal }) => (await get<{ alerts: Alert[] }>(`/api/ui/alerts?${new URLSearchParams({ project })}`, signal)).alerts,
    staleTime: 0,
    refetchInterval: MINUTE_MS,
  });

/** When such an alert would have fired in the last day. */
export const useAlertPreview = (project: string, { metric, threshold, window }: NewAlert) =>
  useQuery({
    queryKey: ["alert-preview", project, metric, threshold, window],
    queryFn: async ({ signal }) =>
      (await get<{ periods: AlertPeriod[] }>(`/api/ui/alert-preview?${new URLSearchParams({ project, metric, threshold: String(threshold), window: String(window ?? 15) })}`, signal)).periods,
    enabled: Number.isFinite(threshold) && threshold >= 0,
    placeholderData: (previous) => previous,
  });

function useAlertChange<Body>(method: "POST" | "PATCH" | "DELETE", path: (body: Body) => string, content: (body: Body) => unknown) {
  const { session, project } = usePage();
  const client = useQueryClient();
  return useMutation<unknown, Error, Body>({
    mutationFn: (body) => send(method, `/api/ui/${path(body)}?${new URLSearchParams({ project })}`, session.csrf_token, content(body)),
    onSuccess: () => client.invalidateQueries({ queryKey: [ALERTS] }),
    networkMode: "always",
  });
}

const pathOf = ({ id }: Alert) => `alerts/${encodeURIComponent(id)}`;
export const useNewAlert = () => useAlertChange<NewAlert>("POST", () => "alerts", (rule) => rule);
export const useMuteAlert = () => useAlertChange<Alert>("PATCH", pathOf, ({ muted }) => ({ muted: !muted }));
export const useRemoveAlert = () => useAlertChange<Alert>("DELETE", pathOf, () => undefined);
