// The recordings of a conversation and the peaks for their picture.
import { useQueries, useQuery } from "@tanstack/react-query";
import { get } from "./client";
import type { Audio, Peaks } from "./types";

const path = (project: string, id: string, rest = "") => `/api/ui/conversations/${encodeURIComponent(id)}/audio${rest}?project=${encodeURIComponent(project)}`;
/** While an announced recording is on its way it is asked for again so often. */
const PENDING_MS = 3000;
/** And so often while its bytes come in. */
const UPLOADING_MS = 1000;

export const recordingUrl = (project: string, id: string, recording: string) => path(project, id, `/${encodeURIComponent(recording)}`);

/** `ended` changes when the call ends: the recording is sent after that. */
export const useAudio = (project: string, id: string, ended: boolean) =>
  useQuery({
    queryKey: ["audio", project, id, ended],
    queryFn: ({ signal }) => get<Audio>(path(project, id), signal),
    placeholderData: (previous) => previous,
    refetchInterval: ({ state }) => {
      const coming = state.data?.recordings.filter((recording) => !recording.uploaded) ?? [];
      return coming.length === 0 ? false : coming.some((recording) => recording.received !== null) ? UPLOADING_MS : PENDING_MS;
    },
  });

export interface PeaksWanted { recording: string; bins: number }

export const usePeaks = (project: string, id: string, wanted: PeaksWanted[]) =>
  useQueries({
    queries: wanted.map(({ recording, bins }) => ({
      queryKey: ["peaks", project, id, recording, bins],
      queryFn: ({ signal }: { signal: AbortSignal }) => get<Peaks>(`${path(project, id, `/${encodeURIComponent(recording)}/peaks`)}&bins=${bins}`, signal),
      placeholderData: (previous: Peaks | undefined) => previous,
    })),
  });
