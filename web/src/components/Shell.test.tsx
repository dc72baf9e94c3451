import { renderToStaticMarkup } from "react-dom/server";
import { MemoryRouter } from "react-router";
import { describe, expect, it } from "vitest";
import page from "../../index.html?raw";
import { LiveStream } from "../api/live";
import type { Session } from "../api/types";
import { Sidebar, Tabs } from "./Shell";

/** Each icon with the word beside it, in order. */
const places = (markup: string) => [...markup.matchAll(/<path d="([^"]+)"\s*(?:\/>|><\/path>)<\/svg>([^<]*)/g)].map(([, icon, name]) => [name, icon]);

describe("the frame that index.html brings", () => {
  it("has the places of the frame that the program draws, in the same order", () => {
    const session = { version: "1", has_traces: true, project: { id: "p" }, projects: [] } as unknown as Session;
    const live = new LiveStream("/api/ui/events", { onOpen() {}, onConversation() {}, onTurn() {}, onReset() {} });
    const drawn = renderToStaticMarkup(
      <MemoryRouter>
        <Sidebar session={session} project="p" live={live} openMenu={() => {}} />
        <Tabs project="p" openMenu={() => {}} />
      </MemoryRouter>,
    );

    expect(places(page).map(([name]) => name)).toContain("Latency");
    expect(places(page)).toEqual(places(drawn));
  });
});
