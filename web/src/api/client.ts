// Requests to /api/ui: JSON or an error that says what was wrong and what to do.
import type { ErrorBody } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number, message: string, readonly fix: string, readonly requestId: string,
    readonly code: ErrorBody["error"]["code"] = undefined,
  ) {
    super(message);
  }
  /** The server did not answer at all. */
  get away(): boolean {
    return this.status === 0;
  }
  /** Nobody is signed in where somebody must be. */
  get strange(): boolean {
    return this.code === "sign_in" || this.code === "first_user";
  }
}

const TIMEOUT_MS = 30_000;

/** Older than this an early answer is asked for again. */
const EARLY_MS = 10_000;

/** What public/first.js asked for before this program was read: each good answer for one reader. */
const early = (globalThis as { early?: Map<string, Promise<Response | null>> }).early;

export async function takeEarly(path: string): Promise<Response | null> {
  const asked = early?.get(path);
  early?.delete(path);
  const answer = performance.now() < EARLY_MS ? await asked : null;
  // One that was refused may be good after a sign-in.
  return answer?.ok ? answer : null;
}

async function ask<T>(path: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    const there = init.method === undefined ? await takeEarly(path) : null;
    response = there ?? (await fetch(path, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit }));
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = limit.aborted;
    throw new ApiError(0, late ? "The server took longer than 30 s" : "The server does not answer", "Look whether “repartee serve” still runs", "");
  }
  if (response.ok) return (await response.json()) as T;
  const body = (await response.json().catch(() => null)) as ErrorBody | null;
  throw new ApiError(
    response.status,
    body?.error?.message ?? `The server answered ${response.status}`,
    body?.error?.fix ?? "",
    body?.error?.request_id ?? "",
    body?.error?.code,
  );
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => ask<T>(path, { headers: { accept: "application/json" } }, signal);

/** A request that changes something; `token` is the csrf_token of the session, "" before there is one. */
export const send = <T>(method: "POST" | "PATCH" | "DELETE", path: string, token: string, body?: unknown): Promise<T> =>
  ask<T>(path, {
    method,
    headers: { accept: "application/json", "x-csrf-token": token, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
