// The list of conversations: filters with counts and two ends, columns, and two calls side by side.
import { barriers, becomes, call, clean, equal, fits, inAddress, keysOf, openPage, placeOf, request, runCases, send, serverFor, spanBytes, startBrowser, until } from "./kit.mjs";
import { announce, recording } from "./sound.mjs";
import { fillDay, replay } from "./store.mjs";

const browser = await startBrowser();
const withServer = serverFor(browser);
const total = async (page) => Number((await page.locator("header.top .num").first().innerText()).replace(/\D/g, ""));

await runCases({
  "services are filters with counts, and ranges have two ends that keys move": withServer(async (server, home) => {
    await fillDay(server, 30);
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, `${home}/conversations`);
    await until("all are counted", async () => (await total(page)) === 31);
    const facet = page.locator("fieldset.facet", { hasText: "Speech to text" });
    const option = facet.locator("label", { hasText: "nova-3" }).first();
    const facets = async (query) => (await fetch(`${server.url}/api/ui/facets?${query}`)).json();
    await until("the figures have all", async () => (await facets("")).total === 31);
    const name = (await option.locator("span:not(.num)").first().innerText()).trim();
    const counted = (await facets("")).stt.find((one) => one.value === name)?.count;
    await becomes(async () => Number(await option.locator(".num").innerText()), counted, "the filter's count");
    await option.click();
    await until("the list has those alone", async () => (await total(page)) === counted);
    await until("the address says so", () => inAddress(page, "stt")?.includes("nova-3"));
    await option.click();
    await until("all are listed again", async () => (await total(page)) === 31 && inAddress(page, "stt") === null);
    const low = page.getByLabel("Reply p95, at least");
    await until("the slider has places", async () => (await low.getAttribute("max")) !== "0");
    await low.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    await until("the address has the lower end", () => inAddress(page, "reply_from") === "750");
    await becomes(() => total(page), (await facets("reply_from=750")).total, "the slow ones");
    await page.getByLabel("Reply p95, below").focus();
    await page.keyboard.press("ArrowLeft");
    await until("the address has the upper end", () => inAddress(page, "reply_to") === "10000");
    await page.getByLabel("Drop reply p95 from").click();
    await until("the lower end is dropped", () => inAddress(page, "reply_from") === null);
    await becomes(() => low.inputValue(), "0", "the slider");
    await until("the answer is there", async () => (await page.locator(".scroller.old").count()) === 0);
    equal(await barriers(page), [], "barriers");
    clean(page);
  }),

  "columns are chosen and kept, and those that do not fit are left out": withServer(async (server, home) => {
    await fillDay(server, 6);
    const page = await openPage(browser, server, `${home}/conversations`, { width: 1800 });
    const heads = () => page.locator(".heads [role=columnheader]").allInnerTexts();
    await until("agent is a column", async () => (await heads()).includes("Agent"));
    await page.getByRole("button", { name: "Columns" }).click();
    await page.locator(".choice-list label", { hasText: "Language model" }).click();
    await page.locator(".choice-list label", { hasText: "Barge-ins" }).click();
    await page.keyboard.press("Escape");
    await until("the columns are as chosen", async () => ((all) => all.includes("Language model") && !all.includes("Barge-ins"))(await heads()));
    const chosen = await heads();
    await page.reload();
    await becomes(heads, chosen, "columns after a reload");
    for (const width of [1280, 1000, 760]) {
      await page.setViewportSize({ width, height: 720 });
      await until(`no cell is cut at ${width}`, async () => page.locator(".row").first().evaluate((row) => [...row.children].every((cell) => cell.getBoundingClientRect().right <= row.getBoundingClientRect().right)));
    }
    await until("fewer columns where there is less room", async () => (await heads()).length < chosen.length);
    clean(page);
  }),

  "two that are selected are compared, turn beside turn": withServer(async (server, home) => {
    const now = Date.now();
    await replay(server, "two_turns_end", { start: now - 90_000, salt: 1 });
    await replay(server, "interruption", { start: now - 60_000, salt: 2 });
    const page = await openPage(browser, server, `${home}/conversations`);
    await becomes(() => page.locator("[data-id]").count(), 2, "rows");
    const box = page.locator("[data-id] .tick").first();
    await box.hover();
    await box.click();
    await page.getByText("1 conversation selected").waitFor();
    await box.click();
    await page.getByText("1 conversation selected").waitFor({ state: "detached" });
    for (const key of ["j", "x", "j", "x", "c"]) await page.keyboard.press(key);
    await page.locator(".compare-head").nth(1).waitFor();
    await until("heads and turns", async () => (await page.locator(".compare-row").count()) >= 3);
    await page.locator(".compare-turn").first().waitFor();
    const before = inAddress(page, "a");
    await page.getByRole("button", { name: "Swap A" }).click();
    await until("they are swapped", () => inAddress(page, "b") === before);
    equal(await barriers(page), [], "barriers");
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page, 390, "the comparison");
    await page.goto(`${server.url}${home}/compare`);
    await page.getByText("Select two in the list").waitFor();
    clean(page);
  }),

  "what is the same in both is folded away, and both are heard from the same turn on": withServer(async (server, home) => {
    const [a, b] = ["0ca11".padEnd(32, "0"), "0ca12".padEnd(32, "0")];
    await send(server, call("0ca11", Date.now() - 60_000));
    await send(server, call("0ca12", Date.now() - 30_000));
    const page = await openPage(browser, server, `${home}/compare?a=${a}&b=${b}`);
    await page.locator(".compare-turn").nth(1).waitFor();
    await page.getByText("Neither has a recording").waitFor();
    await page.getByRole("button", { name: "only differences" }).click();
    await page.getByText("turn 1 · 1 turn, same words").waitFor();
    await becomes(() => page.locator(".compare-turn").count(), 0, "turns with differences");
    await becomes(() => inAddress(page, "only"), "differences", "the address");
    await (await announce(server, a, recording(4)))();
    await (await announce(server, b, recording(3)))();
    await page.reload();
    await page.getByRole("button", { name: "Play both" }).click();
    await page.getByRole("button", { name: "Pause both" }).waitFor();
    const heads = () => page.locator(".both .playhead > g").evaluateAll((all) => all.map((one) => Number(/translate\(([\d.]+)/.exec(one.getAttribute("transform"))[1])));
    await until("both move", async () => ((at) => at.length === 2 && at.every((one) => one > 20))(await heads()));
    await page.getByRole("button", { name: "Hear B" }).click();
    await becomes(() => page.getByRole("button", { name: "Hear B" }).getAttribute("aria-pressed"), "false", "B is heard");
    await page.getByRole("button", { name: "Play both" }).waitFor();
    equal(await barriers(page), [], "barriers");
    clean(page);
  }),

  "scores are a column and a filter by name, number and word": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    await send(server, call("0ca12", Date.now() - 30_000));
    const [a, b] = ["0ca11".padEnd(32, "0"), "0ca12".padEnd(32, "0")];
    for (const score of [{ traceId: a, name: "quality", value: 0.94 }, { traceId: b, name: "quality", value: 0.41 }, { traceId: b, name: "solved", value: "by phone" }]) {
      const answer = await fetch(`${server.url}/api/public/scores`, { method: "POST", headers: { ...keysOf(server), "content-type": "application/json" }, body: JSON.stringify(score) });
      equal(answer.status, 200, "a score");
    }
    const page = await openPage(browser, server, `${home}/conversations`, { width: 1680 });
    await page.locator(`[data-id="${a}"] .score`, { hasText: "0.94" }).waitFor();
    await page.locator(`[data-id="${b}"] .score`, { hasText: "+1" }).waitFor();
    await becomes(() => page.locator(".heads [role=columnheader]").allInnerTexts().then((all) => all.includes("Score")), true, "a column of scores");
    const facet = page.locator("fieldset.facet", { has: page.locator("legend", { hasText: /^Score$/ }) });
    await becomes(() => facet.locator("label", { hasText: "quality" }).locator(".num").innerText(), "2", "calls with this score");
    await facet.locator("label", { hasText: "quality" }).click();
    await until("the address has the name", () => inAddress(page, "score") === "quality");
    await page.getByLabel("quality, at least").fill("5");
    await until("the address has the number", () => inAddress(page, "score_from") === "0.5");
    await becomes(() => page.locator("[data-id]").count(), 1, "rows with a high score");
    equal(await barriers(page), [], "barriers");
    await page.getByLabel("Drop score quality").click();
    await becomes(() => page.locator("[data-id]").count(), 2, "rows without the filter");
    await page.getByLabel("Search", { exact: true }).fill("score:solved");
    await page.keyboard.press("Enter");
    await page.locator("fieldset.facet", { hasText: "solved is" }).locator("label", { hasText: "by phone" }).click();
    await becomes(() => page.locator("[data-id]").evaluateAll((rows) => rows.map((row) => row.dataset.id)), [b], "rows that were solved by phone");
    await page.locator(`[data-id="${b}"]`).click();
    await page.locator(".facts", { hasText: "by phone" }).waitFor();
    clean(page);
  }),

  "the heads of the columns turn the list to their order, which stays in the address": withServer(async (server, home) => {
    const now = Date.now();
    const [a, b] = ["0ca11", "0ca12"].map((id) => id.padEnd(32, "0"));
    await send(server, call("0ca11", now - 60_000));
    await send(server, call("0ca12", now - 30_000, { replies: 2.4 }));
    const page = await openPage(browser, server, `${home}/conversations`);
    const ids = () => page.locator("[data-id]").evaluateAll((rows) => [...rows].sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top).map((row) => row.dataset.id));
    const head = (name) => page.getByRole("columnheader", { name });
    await becomes(ids, [b, a], "newest first");
    await becomes(() => head("Started").getAttribute("aria-sort"), "descending", "the order before");
    await head("Reply p95").getByRole("button").click();
    await becomes(() => head("Reply p95").getAttribute("aria-sort"), "descending", "the order after");
    await becomes(ids, [b, a], "the slowest first");
    await head("Reply p95").getByRole("button").click();
    await becomes(ids, [a, b], "the quickest first");
    equal(inAddress(page, "sort"), "reply_p95.asc", "the address");
    await page.reload();
    await becomes(ids, [a, b], "the quickest first, after loading anew");
    equal(await barriers(page), [], "barriers");
    await head("Reply p95").getByRole("button").click();
    await becomes(ids, [b, a], "newest first again");
    clean(page);
  }),

  "calls with a recording are counted, and shown alone": withServer(async (server, home) => {
    const recorded = "0ca11".padEnd(32, "0");
    await send(server, call("0ca11", Date.now() - 60_000));
    await send(server, call("0ca12", Date.now() - 30_000));
    await (await announce(server, recorded, recording(1)))();
    const page = await openPage(browser, server, `${home}/conversations`);
    const option = page.locator("fieldset.facet label", { hasText: "With a recording" });
    await becomes(() => option.locator(".num").innerText(), "1", "calls with a recording");
    await option.click();
    await becomes(() => page.locator("[data-id]").evaluateAll((rows) => rows.map((row) => row.dataset.id)), [recorded], "rows");
    await until("the address has the filter", () => inAddress(page, "audio") === "true");
    await page.getByLabel("Drop recorded only").click();
    await becomes(() => page.locator("[data-id]").count(), 2, "rows without the filter");
    clean(page);
  }),

  "what is selected can be deleted, and its address says that it was": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    await send(server, call("0ca12", Date.now() - 30_000));
    const gone = "0ca12".padEnd(32, "0");
    const page = await openPage(browser, server, `${home}/conversations`);
    await becomes(() => page.locator("[data-id]").count(), 2, "rows");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByRole("button", { name: "Delete 1 conversation" }).click();
    await page.getByRole("button", { name: "Delete 1 conversation, yes" }).click();
    await becomes(() => page.locator("[data-id]").evaluateAll((rows) => rows.map((row) => row.dataset.id)), ["0ca11".padEnd(32, "0")], "rows after");
    await page.locator(".selection").waitFor({ state: "detached" });
    page.expected.push(/410/);
    await page.goto(`${server.url}${home}/conversations/${gone}`);
    await page.getByRole("heading", { name: "This conversation was deleted" }).waitFor();
    await page.getByText("within a day of the call").waitFor();
    await page.getByText("took 0:04, with 1 turn").waitFor();
    for (const theme of ["dark", "light"]) {
      await page.evaluate((wanted) => (document.documentElement.dataset.theme = wanted), theme);
      equal(await barriers(page), [], `barriers, ${theme}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page, 390, "the page");
    await send(server, call("0ca12", Date.now() - 30_000));
    await page.locator(".turn").waitFor();
    clean(page);
  }),

  "a search that took long says how far it came, and goes on when it is told to": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, null);
    const first = (url) => url.pathname.endsWith("/api/ui/conversations") && url.searchParams.get("q") === "Sunday" && !url.searchParams.has("cursor");
    await page.route(first, async (route) => {
      const answer = await route.fetch();
      const stopped = { rows: [], total: 0, next_cursor: "9000000000000000000.0.0.0", searched_from: Date.UTC(2026, 2, 12, 12) };
      await route.fulfill({ response: answer, json: { ...(await answer.json()), ...stopped } });
    });
    await page.goto(`${server.url}${home}/conversations?q=Sunday`);
    await page.getByText(/Nothing found yet. Searched back to 12 Mar 2026/).waitFor();
    equal(await page.getByText("No conversation matches").count(), 0, "claims that there is none");
    equal(await barriers(page), [], "barriers");
    await page.getByRole("button", { name: "Continue" }).click();
    await becomes(() => page.locator("[data-id]").count(), 1, "rows that were found by going on");
    await becomes(() => page.getByRole("button", { name: "Continue" }).count(), 0, "ways to go on");
    clean(page);
  }),

  "settings in which two calls differ are told beside their turns": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000, { attributes: { "langfuse.version": "v41" } }));
    await send(server, call("0ca12", Date.now() - 30_000, { attributes: { "langfuse.version": "v42" } }));
    const [a, b] = ["0ca11".padEnd(32, "0"), "0ca12".padEnd(32, "0")];
    const page = await openPage(browser, server, `${home}/compare?a=${a}&b=${b}`);
    await becomes(() => page.locator(".settings-diff dl > div").allInnerTexts().then((all) => all.map((text) => text.replace(/\s+/g, " "))), ["version v41 → v42"], "settings that differ");
    equal(await barriers(page), [], "barriers");
    await page.goto(`${server.url}${home}/compare?a=${a}&b=${a}`);
    await page.getByText("None of those that both tell.").waitFor();
    clean(page);
  }),

  "the list shows the last hour, or all times": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    await send(server, call("0ca12", Date.now() - 5 * 3_600_000));
    const page = await openPage(browser, server, `${home}/conversations`);
    await becomes(() => page.locator("[data-id]").count(), 2, "rows of all times");
    await page.getByLabel("Time", { exact: true }).selectOption("1h");
    await becomes(() => page.locator("[data-id]").count(), 1, "rows of the last hour");
    await until("the address says so", () => inAddress(page, "from") !== null);
    await page.reload();
    await becomes(() => page.getByLabel("Time", { exact: true }).inputValue(), "1h", "the time after a reload");
    await page.getByLabel("Time", { exact: true }).selectOption("all");
    await becomes(() => page.locator("[data-id]").count(), 2, "rows of all times again");
    clean(page);
  }),

  "a transcript is searched by key, a tree leaves short spans out": withServer(async (server, home) => {
    const now = Date.now();
    await replay(server, "two_turns_end", { start: now - 90_000, salt: 1 });
    await send(server, request([["b0", "b0", 0, 9000], ["b1", "long", 100, 3000], ["b2", "short", 3100, 3110]].map(([span, name, from, to]) =>
      spanBytes({ trace: "7be2", span, parent: span === "b0" ? null : "b0", name, from: now + from - 60_000, to: now + to - 60_000 }))));
    const page = await openPage(browser, server, `${home}/conversations`);
    await page.locator("[data-id]", { hasText: "capital of France" }).click();
    await becomes(() => page.locator(".turn").count(), 2, "turns");
    await page.keyboard.press("/");
    await page.getByLabel("Words in the transcript").fill("italy");
    await becomes(() => page.locator(".turn").count(), 1, "turns that mention it");
    await page.getByLabel("Words in the transcript").fill("spain");
    await page.getByText("No turn says this.").waitFor();
    equal(await barriers(page), [], "barriers");
    await page.keyboard.press("Escape");
    await becomes(() => page.locator(".turn").count(), 2, "turns without the search");
    await page.goto(`${server.url}${home}/conversations/${"7be2".padEnd(32, "0")}`);
    await becomes(() => page.locator(".span-row").count(), 3, "spans");
    await page.getByText("hide under 50 ms").click();
    await becomes(() => page.locator(".span-row").count(), 2, "spans that are not short");
    clean(page);
  }),

  "on a narrow screen the filters that are asked for most are in reach": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    await send(server, call("0ca12", Date.now() - 5000, { running: true }));
    const page = await openPage(browser, server, `${home}/conversations`, { width: 390, height: 844 });
    const rows = () => page.locator("[data-id]").count();
    await becomes(rows, 2, "rows");
    const live = page.getByRole("group", { name: "Quick filters" }).getByRole("button", { name: "Live" });
    await live.click();
    await becomes(rows, 1, "rows of calls that run");
    await becomes(() => live.getAttribute("aria-pressed"), "true", "the filter is on");
    equal(await barriers(page), [], "barriers");
    await live.click();
    await becomes(rows, 2, "rows without the filter");
    await fits(page, 390, "the list");
    clean(page);
  }),

  "the lanes of a call zoom by keys and wheel, and a long call is few elements": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, `${home}/conversations/${"0ca11".padEnd(32, "0")}`);
    const lanes = page.locator(".lane-area svg");
    await lanes.waitFor();
    await lanes.locator("text.axis").first().waitFor();
    await page.keyboard.press("+");
    await page.getByRole("button", { name: "Show the whole call (0)" }).waitFor({ state: "attached" });
    await page.keyboard.press("0");
    await until("the whole call is shown", async () => (await page.getByRole("button", { name: "Show the whole call (0)" }).count()) === 0);
    const place = await placeOf(lanes);
    await page.mouse.move(place.x + place.width / 2, place.y + 40);
    await page.mouse.wheel(0, -400);
    await page.getByRole("button", { name: "Show the whole call (0)" }).waitFor({ state: "attached" });
    await page.keyboard.press("0");
    await page.keyboard.press("a");
    await until("a comment can be written", () => page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"));
    clean(page);
  }),
});
await browser.close();
