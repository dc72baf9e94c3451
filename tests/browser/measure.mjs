// Latency and the live wall in a real browser: figures beside the period before, marks that open their turns, calls sorted
// by trouble.
import { join } from "node:path";
import { barriers, becomes, call, clean, equal, holds, inAddress, openFollowing, openPage, placeOf, runCases, send, serverFor, SHOTS, startBrowser, until } from "./kit.mjs";
import { counted, fillDay, replay } from "./store.mjs";

const HOUR = 3_600_000;
const browser = await startBrowser();
const withServer = serverFor(browser);

const boxOf = (page) => inAddress(page, "box");
const turns = (page) => page.locator(".turns-card .slowest a");

await runCases({
  "six figures stand beside the period before, with services, course and slowest turns": withServer(async (server, home) => {
    await fillDay(server, 60);
    for (const back of [30, 31, 33, 40]) await replay(server, "two_turns_end", { start: Date.now() - back * HOUR, salt: 100 + back });
    await counted(server, 48);
    const page = await openPage(browser, server, `${home}/latency`);
    await becomes(() => page.locator(".kpis .card").count(), 6, "figures");
    await until("the period before is there", async () => (await page.locator(".kpi-head i").count()) >= 4);
    await page.locator(".services tbody tr", { hasText: "LLM" }).first().waitFor();
    await until("distributions are drawn", async () => (await page.locator(".services .distribution rect").count()) > 10);
    await until("the course of the parts is drawn", async () => (await page.locator(".course .stack").count()) > 3);
    await page.getByRole("radio", { name: "Parts" }).click();
    await page.locator(".parts > div").first().waitFor();
    await becomes(() => turns(page).count(), 8, "slowest turns");
    await page.getByRole("radio", { name: "Language model" }).click();
    await page.getByText("Language model: time to first result").waitFor();
    await becomes(() => inAddress(page, "of"), "llm_ttfb", "the address says of what");
    clean(page);
  }),

  "a release that began within the range is marked, and its tag opens its calls": withServer(async (server, home) => {
    const now = Date.now();
    for (const [back, version, salt] of [[30, "v41", 1], [20, "v41", 2], [6, "v42", 3], [2, "v42", 4]]) {
      await replay(server, "two_turns_end", { start: now - back * HOUR, salt, attributes: { "langfuse.version": version } });
    }
    await counted(server, 48);
    const page = await openPage(browser, server, `${home}/latency`);
    const tag = page.locator(".release-tag");
    await becomes(() => tag.allInnerTexts(), ["v42"], "tags");
    await becomes(() => page.locator(".release-line").count(), 1, "lines");
    equal(await barriers(page), [], "barriers");
    await tag.click();
    await becomes(() => inAddress(page, "version"), "v42", "the list's filter");
    await becomes(() => page.locator("[data-id]").count(), 2, "its calls");
    clean(page);
  }),

  "a box over the heatmap opens its turns, is in the address, and back closes it": withServer(async (server, home) => {
    await fillDay(server, 60);
    const page = await openPage(browser, server, `${home}/latency`);
    const map = page.locator(".heatmap svg");
    await page.locator(".reply-chart svg").waitFor();
    await page.locator(".course .stack").first().waitFor();
    await turns(page).first().waitFor();
    await map.scrollIntoViewIfNeeded();
    const place = await placeOf(map);
    await page.mouse.move(place.x + 60, place.y + 10);
    await page.mouse.down();
    await page.mouse.move(place.x + place.width - 8, place.y + place.height - 30, { steps: 6 });
    await page.mouse.up();
    await page.getByText("Turns in the box").waitFor();
    await turns(page).first().waitFor();
    const [from, to, low, high] = boxOf(page).split("~").map(Number);
    holds(to > from && high > low, `the box ${boxOf(page)}`);
    const all = await (await fetch(`${server.url}/api/ui/turns?from=${from}&to=${to}&reply_from=${low}&reply_to=${high}&limit=50`)).json();
    await becomes(() => turns(page).count(), all.turns.length, "turns of the box");
    await page.reload();
    await page.getByText("Turns in the box").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("Slowest turns").waitFor();
    await page.goBack();
    await page.getByText("Turns in the box").waitFor();
    await turns(page).first().click();
    await page.locator(".turn.on").waitFor();
    clean(page);
  }),

  "each mark opens its turns by keyboard alone": withServer(async (server, home) => {
    await fillDay(server, 60);
    const page = await openPage(browser, server, `${home}/latency`);
    const map = page.locator(".heatmap svg");
    await map.focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press("Shift+ArrowUp");
    for (let i = 0; i < 47; i++) await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Enter");
    await until("the box is in the address", () => boxOf(page) !== null);
    await turns(page).first().waitFor();
    await page.locator(".reply-chart svg").focus();
    const before = boxOf(page);
    for (let i = 0; i < 20 && (await page.locator(".chart-card").count()) === 0; i++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await until("the chart's step is the box", () => boxOf(page) !== before);
    await page.locator(".course .stack").last().focus();
    const chart = boxOf(page);
    await page.keyboard.press("Enter");
    await until("the column is the box", () => boxOf(page) !== chart);
    equal(await barriers(page), [], "barriers");
    clean(page);
  }),

  "the wall shows what needs a look first, with what is said and how long replies take": withServer(async (server, home) => {
    const page = await openFollowing(browser, server, `${home}/live`);
    await page.getByText("No call is running").waitFor();
    const now = Date.now();
    await send(server, call("0ca11", now - 5000, { running: true, said: "Do you open on Sunday?" }));
    await replay(server, "tool_error", { start: now - 6000, salt: 7, requests: 1 });
    await page.locator(".call").nth(1).waitFor();
    await until("figures of the last minutes", async () => !(await page.locator(".live-figures b").nth(1).innerText()).includes("–"));
    const first = page.locator(".call", { hasText: "Do you open on Sunday?" });
    await first.waitFor();
    equal(await barriers(page), [], "barriers");
    await page.screenshot({ path: join(SHOTS, "live-wall-dark-1280.png") });
    await page.getByRole("radio", { name: "Table" }).click();
    await becomes(() => page.locator(".live-row").count(), 2, "rows");
    await becomes(() => inAddress(page, "as"), "table", "the address");
    await page.keyboard.press("/");
    await page.keyboard.type("sunday");
    await becomes(() => page.locator(".live-row").count(), 1, "rows that have the word");
    equal(await barriers(page), [], "barriers of the table");
    await page.screenshot({ path: join(SHOTS, "live-table-dark-1280.png") });
    await page.getByLabel("Filter running calls").fill("nothing like this");
    await page.getByText("No running call has this in it").waitFor();
    await page.getByRole("button", { name: "Show all 2" }).click();
    await page.getByRole("radio", { name: "Wall" }).click();
    await becomes(() => page.locator(".call").count(), 2, "cards");
    await send(server, call("0ca11", now - 5000));
    await page.locator(".ended a", { hasText: "ago" }).waitFor();
    clean(page);
  }),
});
await browser.close();
