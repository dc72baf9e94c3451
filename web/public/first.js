// What must not wait for the program of the page: the theme, before anything is painted, and the first answers, which
// are on their way while the program is read. It takes them from `early` (src/api/client.ts).
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("repartee.theme");
  } catch {
    // Storage is off: the system decides.
  }
  const light = chosen === null ? matchMedia("(prefers-color-scheme: light)").matches : chosen === "light";
  document.documentElement.dataset.theme = light ? "light" : "dark";

  const early = (globalThis.early = new Map());
  // A failure is told by the program, which asks again.
  const ask = (path, how) => early.set(path, fetch(path, how).catch(() => null));
  const json = { headers: { accept: "application/json" }, signal: AbortSignal.timeout(30_000) };
  const [, project, page] = /^\/p\/([\w.-]+)\/(.+)$/.exec(location.pathname) ?? [];
  // The stream first: what is written after an answer was made comes by it.
  if (project) ask(`/api/ui/events?project=${project}`, { headers: { accept: "text/event-stream" }, cache: "no-store" });
  ask("/api/ui/session", json);
  if (page === "conversations" && location.search === "") ask(`/api/ui/conversations?project=${project}&limit=100`, json);
})();
