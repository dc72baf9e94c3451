// Saved views of the list: kept by this browser, per project.
export interface View { name: string; query: string }

const MOST = 40;
const keyOf = (project: string) => `repartee.views.${project}`;

/** What is kept; nothing when storage is off or holds something else. */
export function readViews(project: string): View[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(keyOf(project)) ?? "[]");
    if (!Array.isArray(list)) return [];
    return list.filter((view): view is View => typeof view?.name === "string" && view.name !== "" && typeof view?.query === "string").slice(0, MOST);
  } catch {
    return [];
  }
}

export function writeViews(project: string, views: View[]): void {
  try {
    localStorage.setItem(keyOf(project), JSON.stringify(views.slice(-MOST)));
  } catch {
    // Holds for this page only.
  }
}
