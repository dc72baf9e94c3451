// Requests to /api/ui: JSON or an error that says what was wrong and what to do.
import type { UiError } from "./types";

export class ApiError extends Error {
  constructor(readonly status: number, message: string, readonly fix: string, readonly requestId: string) {
    super(message);
  }
  /** The server did not answer at all. */
  get away(): boolean {
    return this.status === 0;
  }
}

const TIMEOUT_MS = 30_000;

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      headers: { accept: "application/json" },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = limit.aborted;
    throw new ApiError(0, late ? "The server took longer than 30 s" : "The server does not answer", "Look whether “repartee serve” still runs", "");
  }
  if (response.ok) return (await response.json()) as T;
  const body = (await response.json().catch(() => null)) as UiError | null;
  throw new ApiError(
    response.status,
    body?.error?.message ?? `The server answered ${response.status}`,
    body?.error?.fix ?? "",
    body?.error?.request_id ?? "",
  );
}
