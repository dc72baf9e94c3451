// Each key of the dashboard, pressed: what it does is seen on the page.
import { agentTrace, becomes, call, clean, inAddress, openPage, runCases, send, serverFor, startBrowser, until } from "./kit.mjs";
import { announce, recording } from "./sound.mjs";
import { replay } from "./store.mjs";

const CALL = "0ca11".padEnd(32, "0");
const browser = await startBrowser();
const withServer = serverFor(browser);

const ends = (page, path) => until(`the page is ${path}`, () => new URL(page.url()).pathname.endsWith(path));
const selected = (page) => page.locator(".row.selected").getAttribute("data-id", { timeout: 500 }).catch(() => null);

async function threeCalls(server) {
  const now = Date.now();
  await send(server, call("0ca11", now - 90_000));
  await replay(server, "two_turns_end", { start: now - 60_000, salt: 1 });
  await replay(server, "interruption", { start: now - 30_000, salt: 2 });
}

await runCases({
  "g and a letter go to pages, t changes the theme, ? tells the keys, esc closes, ⌘K opens the menu": withServer(async (server, home) => {
    await threeCalls(server);
    const page = await openPage(browser, server, `${home}/conversations`);
    await page.locator("[data-id]").nth(2).waitFor();
    for (const [key, path] of [["v", "/live"], ["l", "/latency"], ["s", "/spans"], ["c", "/conversations"]]) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await ends(page, path);
    }
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    const before = await theme();
    await page.keyboard.press("t");
    await until("the theme is the other", async () => (await theme()) !== before);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    for (const key of ["Control+k", "Meta+k"]) {
      await page.keyboard.press(key);
      await page.getByPlaceholder("Go to a page").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    clean(page);
  }),

  "in the list j and k move, enter opens, space peeks, x selects, c compares, / searches, esc undoes": withServer(async (server, home) => {
    await threeCalls(server);
    const page = await openPage(browser, server, `${home}/conversations`);
    await page.locator("[data-id]").nth(2).waitFor();
    const ids = await page.locator("[data-id]").evaluateAll((rows) => rows.map((row) => row.dataset.id));
    for (const [key, at] of [["j", 0], ["j", 1], ["ArrowDown", 2], ["k", 1], ["ArrowUp", 0]]) {
      await page.keyboard.press(key);
      await becomes(() => selected(page), ids[at], `the row after ${key}`);
    }
    await page.keyboard.press(" ");
    await becomes(() => inAddress(page, "peek"), ids[0], "peek in the address");
    await page.locator(".peek-drawer .merged-turn").first().waitFor();
    await page.keyboard.press("j");
    await becomes(() => inAddress(page, "peek"), ids[1], "the next is peeked at");
    await page.keyboard.press("Escape");
    await becomes(() => inAddress(page, "peek"), null, "the peek is closed");
    await page.keyboard.press("x");
    await page.getByText("1 conversation selected").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("1 conversation selected").waitFor({ state: "detached" });
    for (const key of ["x", "j", "x", "c"]) await page.keyboard.press(key);
    await ends(page, "/compare");
    await page.goBack();
    await page.locator("[data-id]").nth(2).waitFor();
    await page.keyboard.press("/");
    await page.locator(".search input:focus").waitFor();
    await page.keyboard.type("t");
    await becomes(() => page.locator(".search input").inputValue(), "t", "what is typed is no key");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.locator(".search input").evaluate((input) => input.blur());
    await page.keyboard.press("j");
    await until("a row is selected", async () => (await selected(page)) !== null);
    const open = await selected(page);
    await page.keyboard.press("Enter");
    await ends(page, `/conversations/${open}`);
    clean(page);
  }),

  "in a call [ and ] move turns, arrows spans, space , . S < > + - 0 the player, a annotates, j k calls, esc goes back": withServer(async (server, home) => {
    await threeCalls(server);
    await (await announce(server, CALL, recording(4)))();
    const page = await openPage(browser, server, `${home}/conversations`);
    await page.locator("[data-id]").nth(1).click();
    await page.locator('.turn[data-turn="1"]').waitFor();
    await page.keyboard.press("[");
    await becomes(() => inAddress(page, "turn"), "1", "the first turn");
    await page.keyboard.press("]");
    await becomes(() => inAddress(page, "turn"), "2", "the turn after");
    await page.keyboard.press("[");
    await becomes(() => inAddress(page, "turn"), "1", "the turn before");
    await page.locator(".span-row").first().waitFor();
    await page.keyboard.press("ArrowLeft");
    await until("a span is in the address", () => inAddress(page, "span") !== null);
    const span = inAddress(page, "span");
    await page.keyboard.press("ArrowRight");
    await until("it is another", () => ![null, span].includes(inAddress(page, "span")));
    const here = new URL(page.url()).pathname;
    const other = page.locator(".turn", { hasText: "Do you open on Sunday?" });
    await page.keyboard.press("j");
    await other.waitFor();
    await ends(page, CALL);
    await page.keyboard.press("k");
    await other.waitFor({ state: "detached" });
    await ends(page, here);
    await page.keyboard.press("j");
    await other.waitFor();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    const position = async () => Number((await page.locator(".position").innerText()).split(":")[1]);
    await page.keyboard.press(".");
    await until("a second on", async () => (await position()) >= 1);
    await page.keyboard.press(",");
    await until("a second back", async () => (await position()) < 0.2);
    await page.keyboard.press("S");
    await becomes(() => page.getByRole("button", { name: "skip silence" }).getAttribute("aria-pressed"), "true", "silence is skipped");
    await page.keyboard.press("s");
    await becomes(() => page.getByRole("button", { name: "skip silence" }).getAttribute("aria-pressed"), "false", "silence is skipped");
    await page.keyboard.press(" ");
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await page.keyboard.press(" ");
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    await becomes(() => page.locator("path.wave").count(), 2, "lanes drawn from sound");
    const axis = () => page.locator(".lane-area text.axis").allTextContents().then((all) => all.join());
    const whole = await axis();
    await page.keyboard.press("+");
    await until("it is larger", async () => (await axis()) !== whole);
    const near = await axis();
    await page.keyboard.press("-");
    await until("it is smaller", async () => (await axis()) !== near);
    await page.keyboard.press("+");
    await page.keyboard.press(">");
    await page.keyboard.press("<");
    await page.keyboard.press("0");
    await becomes(axis, whole, "the whole call");
    await page.keyboard.press("a");
    await until("a comment can be written", () => page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"));
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("Escape");
    await ends(page, "/conversations");
    clean(page);
  }),

  "in a trace arrows move and fold, in spans and callers j and k move and enter opens": withServer(async (server, home) => {
    await send(server, agentTrace("7be2".padEnd(32, "0")));
    await send(server, call("0ca11", Date.now() - 60_000, { attributes: { "langfuse.user.id": "ann" } }));
    const page = await openPage(browser, server, `${home}/conversations/${"7be2".padEnd(32, "0")}`);
    await page.locator(".span-row").nth(3).waitFor();
    const chosen = () => page.locator(".span-row.on .span-name b").innerText({ timeout: 500 }).catch(() => "");
    await page.locator(".span-row").first().click();
    await page.locator(".span-row").first().evaluate((row) => row.blur());
    await page.keyboard.press("ArrowDown");
    await becomes(chosen, "plan", "the span below");
    await page.keyboard.press("ArrowUp");
    await becomes(chosen, "research-agent", "the span above");
    await page.keyboard.press("ArrowLeft");
    await becomes(() => page.locator(".span-row").count(), 1, "rows when folded");
    await page.keyboard.press("ArrowRight");
    await becomes(() => page.locator(".span-row").count(), 4, "rows when unfolded");
    await page.goto(`${server.url}${home}/callers`);
    await page.locator("[data-group]").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await ends(page, "/callers/ann");
    await page.keyboard.press("Escape");
    await ends(page, "/callers");
    await page.goto(`${server.url}${home}/spans`);
    await page.locator(".list-span").first().waitFor();
    await page.keyboard.press("j");
    await until("a span is open", () => inAddress(page, "span") !== null);
    const first = inAddress(page, "span");
    await page.keyboard.press("j");
    await until("the next is open", () => ![null, first].includes(inAddress(page, "span")));
    await page.keyboard.press("k");
    await becomes(() => inAddress(page, "span"), first, "the span before");
    await page.keyboard.press("Escape");
    await becomes(() => inAddress(page, "span"), null, "no span is open");
    clean(page);
  }),
});
await browser.close();
