// Spans of any program, sessions and callers, in a real browser before a real server.
import { join } from "node:path";
import { agentTrace, barriers, becomes, call, clean, equal, fits, openFollowing, openPage, runCases, send, serverFor, SHOTS, startBrowser, until } from "./kit.mjs";

const AGENT = "7be2".padEnd(32, "0");
const HOUR = 3_600_000;
const HOSTILE = '<img src=x onerror="globalThis.harmed=1">\u202Egnirts';

const browser = await startBrowser();
const withServer = serverFor(browser);

/** Two callers: one who called three times in two sessions, one who called once. */
async function calls(server) {
  const of = (caller, session) => ({ attributes: { "langfuse.user.id": caller, "langfuse.session.id": session } });
  const now = Date.now();
  await send(server, call("0ca11", now - 50 * HOUR, of("+15551230142", "s-1")));
  await send(server, call("0ca12", now - 3 * HOUR, of("+15551230142", "s-2")));
  await send(server, call("0ca13", now - 2 * HOUR, { ...of("+15551230142", "s-2"), said: "And on Monday?" }));
  await send(server, call("0ca14", now - HOUR, of("bob", "s-3")));
}

await runCases({
  "spans of all traces are listed, searched by text, attribute and duration, and kept in the address": withServer(async (server, home) => {
    await send(server, agentTrace(AGENT));
    await calls(server);
    const page = await openPage(browser, server, `${home}/spans`);
    await page.locator(".list-span", { hasText: "fetch_page" }).waitFor();
    await page.locator("header.top", { hasText: "13 match" }).waitFor();
    const search = page.getByLabel("Search spans");
    await search.fill("> 2000 ms");
    await search.press("Enter");
    await until("only slow spans", async () => (await page.locator(".list-span", { hasText: "fetch_page" }).count()) === 0);
    await page.getByLabel("Drop duration").click();
    await search.fill("service.name=research-agent");
    await search.press("Enter");
    await page.locator(".token", { hasText: "service.name is research-agent" }).waitFor();
    await search.fill("gen_ai.request.model=gpt-4o");
    await search.press("Enter");
    await until("one span has this model", async () => (await page.locator(".list-span").count()) === 1);
    await page.reload();
    await until("the address keeps the filters", async () => (await page.locator(".list-span").count()) === 1);
    await search.fill("no.such=thing");
    await search.press("Enter");
    await page.getByRole("heading", { name: "No span matches" }).waitFor();
    clean(page);
  }),

  "a span opens beside the list, with its place, and its attributes are filters": withServer(async (server, home) => {
    await send(server, agentTrace(AGENT));
    const page = await openPage(browser, server, `${home}/spans`);
    await page.locator(".list-span", { hasText: "fetch_page" }).click();
    const drawer = page.locator(".span-drawer");
    await drawer.getByText("504 from the upstream").waitFor();
    await until("the way from the root", async () => (await drawer.locator(".breadcrumb").innerText()).includes("research-agent › fetch_page"));
    await becomes(() => drawer.locator(".near > div").count(), 4, "parent, siblings and itself");
    await page.screenshot({ path: join(SHOTS, "spans-dark-1280.png") });
    await drawer.getByText("langfuse.observation.type").hover();
    await drawer.getByRole("button", { name: "Only langfuse.observation.type tool" }).click();
    await until("the list has tools alone", async () => (await page.locator(".list-span").count()) === 1);
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    await page.keyboard.press("j");
    await drawer.waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("not a voice call").waitFor();
    clean(page);
  }),

  "spans that came since are offered, not pushed under the reader": withServer(async (server, home) => {
    await send(server, agentTrace(AGENT));
    const page = await openFollowing(browser, server, `${home}/spans`);
    await becomes(() => page.locator(".list-span").count(), 4, "spans of the trace");
    await send(server, call("0ca11", Date.now() - 9000));
    await page.getByRole("button", { name: /New spans/ }).click();
    await until("they are shown", async () => (await page.locator(".list-span").count()) > 4);
    clean(page);
  }),

  "callers and sessions sum their calls, and one of them shows all on one axis with their words": withServer(async (server, home) => {
    await calls(server);
    const page = await openPage(browser, server, `${home}/callers`);
    const row = page.locator("[data-group='+15551230142']");
    await row.waitFor();
    await row.filter({ hasText: "··· 0142" }).waitFor();
    await page.getByLabel("Search callers").fill("bo");
    await until("the list is searched", async () => (await page.locator("[data-group]").count()) === 1);
    await page.getByLabel("Search callers").fill("");
    await row.click();
    await until("three calls on the axis", async () => (await page.locator(".axis-call").count()) === 3);
    await page.locator(".merged-turn").getByText("And on Monday?").waitFor();
    await page.locator(".fold-gap").first().filter({ hasText: "days" }).waitFor();
    const asked = page.getByRole("region", { name: "Asked again" }).locator(".asked");
    await becomes(async () => (await asked.allInnerTexts()).map((text) => text.replace(/\s+/g, " ")), ["Do you open on Sunday? calls 1, 2"], "what was asked again");
    await becomes(() => page.locator("mark.again").allInnerTexts(), ["Do you open on Sunday?", "Do you open on Sunday?"], "marks in the words");
    equal(await barriers(page), [], "barriers");
    await page.getByRole("button", { name: "Show call 2" }).click();
    await page.locator(".axis-call .on").waitFor();
    await page.screenshot({ path: join(SHOTS, "caller-dark-1280.png") });
    await page.locator(".merged-turn").first().click();
    await page.locator('.turn.on[data-turn="1"]').waitFor();
    await page.getByTitle("All of this session").first().click();
    await page.getByRole("link", { name: "Sessions" }).first().waitFor();
    clean(page);
  }),

  "names that are hostile are text": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 9000, { said: HOSTILE, attributes: { "langfuse.user.id": HOSTILE, "langfuse.session.id": "../../x?y#z" } }));
    const page = await openPage(browser, server, `${home}/callers`);
    await page.locator("[data-group]").click();
    await page.locator(".merged-turn").getByText("<img src=x").waitFor();
    await page.goto(`${server.url}${home}/sessions`);
    await page.locator("[data-group]").click();
    await page.locator(".merged-turn").getByText("<img src=x").waitFor();
    equal(await page.evaluate(() => globalThis.harmed), undefined, "a script ran");
    clean(page);
  }),

  "each list without data says why, and each fits 1280 and 390 pixels in both themes without barriers": withServer(async (server, home) => {
    await send(server, agentTrace(AGENT, Date.now() - 40 * HOUR));
    const empty = { spans: "No span matches", sessions: "No session is named yet", callers: "No caller is named yet" };
    for (const [path, title] of Object.entries(empty)) {
      const page = await openPage(browser, server, `${home}/${path}`);
      await page.getByRole("heading", { name: title }).waitFor();
      clean(page);
      await page.context().close();
    }
    await send(server, agentTrace(AGENT.replace("7", "8")));
    await calls(server);
    const pages = { spans: "spans", span: `spans?span=${AGENT.replace("7", "8")}/a2${"0".repeat(14)}`, sessions: "sessions", callers: "callers", caller: "callers/%2B15551230142", session: "sessions/s-2" };
    for (const [name, path] of Object.entries(pages)) {
      for (const theme of ["dark", "light"]) {
        for (const [width, height] of [[1280, 720], [390, 844]]) {
          const page = await openPage(browser, server, `${home}/${path}`, { theme, width, height });
          await page.locator(".list-span, [data-group], .merged-turn, .span-pane").first().waitFor();
          await page.screenshot({ path: join(SHOTS, `${name}-${theme}-${width}.png`) });
          await fits(page, width, name);
          if (theme === "light" || width === 1280) equal(await barriers(page), [], `barriers of ${name}, ${theme}, ${width}`);
          clean(page);
          await page.context().close();
        }
      }
    }
  }),
});
await browser.close();
