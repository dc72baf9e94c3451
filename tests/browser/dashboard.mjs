// The dashboard in a real browser, before a real server that is filled over OTLP.
import { join } from "node:path";
import { agentTrace, barriers, becomes, call, clean, equal, fits, holds, inAddress, LATE, openFollowing, openPage, placeOf, runCases, send, sendRecorded, serverFor, SHOTS, startBrowser, until } from "./kit.mjs";

const PARIS = "20d9656813af557de2237bfb72456ead";
const FUNCTION_CALL = "ff8d6b2e8d4e23d87a40426bdb5d54f4";
const INTERRUPTION = "930c335b2c6704f3dbf8b640661973d3";
const AGENT = "7be2".padEnd(32, "0");
const ROW_WITHIN = 2000; // ms, of the last span of a call

const browser = await startBrowser();
const conversations = (server) => `/p/${server.info.project_id}/conversations`;

const withServer = serverFor(browser);

await runCases({
  "an empty project shows how to send, and gives way by itself to the first trace": withServer(async (server) => {
    const page = await openFollowing(browser, server, "/");
    await page.getByRole("heading", { name: "Hear your first conversation" }).waitFor();
    await page.locator(".snippet", { hasText: `:${server.info.otlp_http_port}` }).waitFor();
    await page.screenshot({ path: join(SHOTS, "first-run-dark.png") });
    await sendRecorded(server, "two_turns_end");
    await page.locator(`[data-id="${PARIS}"]`).waitFor();
    clean(page);
  }),

  "the frame is painted before the program is read, does not move when it is, and the first answers are asked for meanwhile": withServer(async (server) => {
    await sendRecorded(server, "two_turns_end");
    const page = await openPage(browser, server, null, { theme: "light" });
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const held = [];
    let holding = true;
    await page.route(/\/assets\/.*\.js$/, (route) => (holding ? void held.push(route) : route.continue()));
    await page.goto(server.url + conversations(server), { waitUntil: "commit" });
    const settings = page.locator(".side").getByText("Settings");
    const before = await placeOf(settings);
    await becomes(() => page.evaluate(() => document.documentElement.dataset.theme), "light", "theme");
    const first = ["/api/ui/session", "/api/ui/events", "/api/ui/conversations"];
    await until("the first answers are asked for", () => first.every((path) => asked.includes(path)));
    equal(await page.locator("[data-id]").count(), 0, "rows before the program is read");
    await until("the program is asked for", () => held.length > 0);
    holding = false;
    for (const route of held) await route.continue();
    await page.locator(`[data-id="${PARIS}"]`).waitFor();
    await becomes(async () => Object.values(await placeOf(settings)).slice(0, 2), [before.x, before.y], "the place of Settings");
    for (const path of first) equal(asked.filter((one) => one === path).length, 1, `requests for ${path}`);
    clean(page);
  }),

  "a row appears by event alone while the list request is held back": withServer(async (server) => {
    await sendRecorded(server, "function_call");
    const page = await openPage(browser, server, null);
    const held = [];
    await page.route(/\/api\/ui\/conversations\?/, (route) => void held.push(route));
    const stream = page.waitForResponse(/\/api\/ui\/events/);
    await page.goto(server.url + conversations(server));
    await stream;
    await until("the list is asked for", () => held.length > 0);
    equal(await page.locator("[data-id]").count(), 0, "rows before any answer");
    const sent = Date.now();
    await sendRecorded(server, "two_turns_end");
    await page.locator(`[data-id="${PARIS}"]`).waitFor();
    const took = Date.now() - sent;
    console.log(`        row after ${took} ms`);
    holds(took < LATE * ROW_WITHIN, `a row after ${took} ms`);
    for (const route of held) await route.continue();
    await page.locator(`[data-id="${FUNCTION_CALL}"]`).waitFor();
    await becomes(() => page.locator("[data-id]").count(), 2, "rows after the answer");
    clean(page);
  }),

  "an open conversation grows by its turns, without being fetched again": withServer(async (server) => {
    await sendRecorded(server, "two_turns_end", 1);
    const page = await openFollowing(browser, server, `${conversations(server)}/${PARIS}`);
    await page.locator(".turn").first().waitFor();
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await sendRecorded(server, "two_turns_end", 2);
    await page.getByText("That is Rome.").waitFor();
    await becomes(() => page.locator(".turn").count(), 2, "turns");
    holds(!asked.includes(`/api/ui/conversations/${PARIS}`), "the conversation was fetched again");
    clean(page);
  }),

  "a conversation of real Pipecat shows turns, words, reply times and their parts": withServer(async (server) => {
    await sendRecorded(server, "two_turns_end");
    const page = await openPage(browser, server, conversations(server));
    await page.locator(`[data-id="${PARIS}"]`).click();
    await page.locator('.turn[data-turn="1"]').click();
    for (const words of ["What is the capital of France?", "The capital of France is Paris.", "932 ms"]) await page.locator('.turn[data-turn="1"]', { hasText: words }).waitFor();
    const detail = await (await fetch(`${server.url}/api/ui/conversations/${PARIS}`)).json();
    await becomes(() => page.locator(".contributions .value").count(), detail.turns[0].contributions.length, "parts of the reply");
    const sum = detail.turns[0].contributions.reduce((all, part) => all + part.duration, 0);
    holds(Math.abs(sum - detail.turns[0].reply) < 1, `parts sum to ${sum}, the reply is ${detail.turns[0].reply}`);
    for (const label of ["turn-1", "stt_deepgramsttservice", "llm_openaillmservice", "tts_cartesiattsservice"]) await page.locator(".span-row .span-name b").getByText(label, { exact: true }).first().waitFor();
    await page.locator(".span-row", { hasText: "llm_openaillmservice" }).click();
    await page.getByTestId("span").getByText("The capital of France is Paris.").first().waitFor();
    await page.getByRole("radio", { name: "Attributes" }).click();
    await page.getByTestId("span").getByText("gen_ai.request.model").waitFor();
    clean(page);
  }),

  "the address holds turn and span, and keys move them": withServer(async (server) => {
    await sendRecorded(server, "interruption");
    const page = await openPage(browser, server, `${conversations(server)}/${INTERRUPTION}?turn=1`);
    await page.locator('.turn.on[data-turn="1"]').waitFor();
    await page.locator('.turn[data-turn="1"]', { hasText: "cut after" }).waitFor();
    await page.keyboard.press("]");
    await page.locator('.turn.on[data-turn="2"]').waitFor();
    await becomes(() => inAddress(page, "turn"), "2", "turn in the address");
    await page.reload();
    await page.locator('.turn.on[data-turn="2"]').waitFor();
    await page.keyboard.press("Escape");
    await page.locator(`[data-id="${INTERRUPTION}"]`).waitFor();
    clean(page);
  }),

  "a trace that is no call shows as a tree with its messages and its error": withServer(async (server) => {
    await send(server, agentTrace(AGENT));
    const page = await openPage(browser, server, `${conversations(server)}/${AGENT}`);
    await page.getByText("not a voice call").waitFor();
    await page.locator(".span-row", { hasText: "fetch_page" }).click();
    await page.getByText("504 from the upstream").waitFor();
    await page.getByLabel("Find in trace").fill("critic");
    await until("the tree is searched", async () => (await page.locator(".span-row").count()) === 1);
    clean(page);
  }),

  "search, command menu and theme work by keyboard": withServer(async (server) => {
    await sendRecorded(server, "two_turns_end");
    await sendRecorded(server, "function_call");
    const page = await openPage(browser, server, conversations(server));
    await page.locator(`[data-id="${FUNCTION_CALL}"]`).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("France");
    await until("the list is searched", async () => (await page.locator("[data-id]").count()) === 1);
    await page.getByLabel("Search", { exact: true }).fill("no such words");
    await page.getByText("No conversation matches").waitFor();
    await page.getByRole("button", { name: "Clear all filters" }).click();
    await page.locator(`[data-id="${FUNCTION_CALL}"]`).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Go to a page").fill(PARIS);
    await page.locator("[cmdk-item]", { hasText: PARIS }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator('.turn[data-turn="1"]').waitFor();
    await page.keyboard.press("t");
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    await becomes(theme, "light", "theme");
    await page.reload();
    await becomes(theme, "light", "theme after a reload");
    clean(page);
  }),

  "an id that nobody knows waits, and opens when it arrives": withServer(async (server) => {
    await sendRecorded(server, "function_call");
    const page = await openPage(browser, server, null);
    page.expected.push(/404/);
    const stream = page.waitForResponse(/\/api\/ui\/events/);
    await page.goto(`${server.url}${conversations(server)}/${PARIS}`);
    await stream;
    await page.getByText("Waiting for this conversation").waitFor();
    await sendRecorded(server, "two_turns_end");
    await page.getByText("The capital of France is Paris.").first().waitFor();
    clean(page);
  }),

  "a stream that breaks is taken up again, and shows what came meanwhile": withServer(async (server) => {
    await sendRecorded(server, "function_call");
    const page = await openPage(browser, server, null);
    page.expected.push(/ERR_FAILED/);
    await page.route(/\/api\/ui\/events/, (route) => route.abort());
    await page.goto(server.url + conversations(server));
    await page.getByText("The server does not answer.").waitFor();
    await page.unroute(/\/api\/ui\/events/);
    await page.getByRole("button", { name: "Now" }).click();
    await page.getByText("The server does not answer.").waitFor({ state: "detached" });
    await sendRecorded(server, "two_turns_end");
    await page.locator(`[data-id="${PARIS}"]`).waitFor();
    clean(page);
  }),

  "latency shows percentiles, services and the slowest turns, and follows new calls": withServer(async (server) => {
    await send(server, agentTrace(AGENT));
    const page = await openFollowing(browser, server, `/p/${server.info.project_id}/latency`);
    await page.getByText("No turn in the last 24 h").waitFor();
    await send(server, call("0ca11", Date.now() - 60_000));
    await page.getByText("Slowest turns").waitFor();
    // Of a day: from sketches, true to one in a hundred.
    await page.locator(".kpis b").first().filter({ hasText: /^(89[1-9]|90\d) ms$/ }).waitFor();
    // A call of seconds is told in seconds.
    await page.locator(".kpis .card", { hasText: "Calls" }).locator("b", { hasText: /^1 · 4 s$/ }).waitFor();
    await page.screenshot({ path: join(SHOTS, "latency-dark-1280.png") });
    await page.locator(".slowest a").first().click();
    await page.locator('.turn.on[data-turn="1"]').waitFor();
    clean(page);
  }),

  "an alert is made beside what it would have said, fires in list and chart, is muted and removed": withServer(async (server) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, `/p/${server.info.project_id}/latency`);
    await page.getByText("No alert yet.").waitFor();
    await page.getByRole("button", { name: "New alert" }).click();
    await page.getByText("would have fired never").waitFor();
    await page.getByLabel("Threshold").fill("500");
    await page.getByText("would have fired 1 time in the last 24 h").waitFor();
    equal(await barriers(page), [], "barriers of the form");
    await page.getByRole("button", { name: "Make alert" }).click();
    const alert = page.locator(".alerts-card li");
    await alert.getByText(/firing since \d\d:\d\d · now (89\d|90\d) ms/).waitFor();
    await page.locator(".alert-tag", { hasText: "1 alert firing" }).waitFor();
    await page.locator(".alert-tint").first().waitFor({ state: "attached" });
    for (const theme of ["dark", "light"]) {
      await page.evaluate((wanted) => (document.documentElement.dataset.theme = wanted), theme);
      equal(await barriers(page), [], `barriers, ${theme}`);
    }
    await page.getByRole("button", { name: "Mute Reply p95 over 500 ms for 15 min" }).click();
    await alert.getByText("muted · now").waitFor();
    await page.locator(".alert-tag").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Remove Reply p95 over 500 ms for 15 min" }).click();
    await page.getByRole("button", { name: "Remove Reply p95 over 500 ms for 15 min, yes" }).click();
    await page.getByText("No alert yet.").waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page, 390, "the page");
    clean(page);
  }),

  "a running call is on the wall, and leaves it when it ends": withServer(async (server) => {
    await send(server, agentTrace(AGENT));
    const page = await openFollowing(browser, server, `/p/${server.info.project_id}/live`);
    await page.getByText("No call is running").waitFor();
    const start = Date.now() - 5000;
    await send(server, call("0ca12", start, { running: true }));
    await page.locator(".call").waitFor();
    await page.screenshot({ path: join(SHOTS, "live-dark-1280.png") });
    await send(server, call("0ca12", start));
    await page.locator(".call").waitFor({ state: "detached" });
    await page.locator(".ended a").waitFor();
    clean(page);
  }),

  "a refused request is told with its reason and what to do": withServer(async (server) => {
    await send(server, agentTrace(AGENT));
    const refused = await fetch(`${server.url}/api/public/otel/v1/traces`, { method: "POST", headers: { "content-type": "application/x-protobuf", authorization: "Basic eDp5" }, body: agentTrace(AGENT) });
    equal(refused.status, 401, "answer to a wrong key");
    const page = await openPage(browser, server, `/p/${server.info.project_id}/settings/ingest`);
    const rows = page.locator(".refusals tbody tr");
    await rows.first().filter({ hasText: "401" }).waitFor();
    await rows.nth(1).filter({ hasText: "stored" }).filter({ hasText: /\d+ B|\d+(\.\d)? kB/ }).waitFor();
    await page.getByRole("img", { name: "Requests of the last hour: 1 taken, 1 refused" }).waitFor();
    await becomes(() => page.locator(".ingest-chart rect.refused").evaluateAll((bars) => bars.filter((bar) => bar.getAttribute("height") > 0).length), 1, "bars of what was refused");
    await page.getByText("Refused 1").click();
    await becomes(() => rows.count(), 1, "refusals");
    equal(await barriers(page), [], "barriers");
    await page.screenshot({ path: join(SHOTS, "ingest-health-dark-1280.png") });
    await page.route(/\/api\/ui\/ingest-health/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), damaged_days: ["20261120"] } });
    });
    await page.reload();
    await page.getByText("Conversations of 20 Nov 2026 may be missing").waitFor();
    clean(page);
  }),

  "a server that goes away is told of, and what was there stays": withServer(async (server) => {
    await sendRecorded(server, "two_turns_end");
    const page = await openPage(browser, server, conversations(server));
    await page.locator(`[data-id="${PARIS}"]`).waitFor();
    page.expected.push(/ERR_|Failed to load/);
    await page.route(/\/api\/ui\/events/, (route) => route.abort());
    await server.stop();
    await page.getByText("The server does not answer.").waitFor();
    equal(await page.locator(`[data-id="${PARIS}"]`).count(), 1, "rows");
    clean(page);
  }),

  "every page fits 1280 and 390 pixels in both themes, without barriers": withServer(async (server) => {
    for (const name of ["two_turns_end", "function_call", "interruption", "tool_error", "llm_error", "greeting_first"]) await sendRecorded(server, name);
    await send(server, agentTrace(AGENT));
    const home = `/p/${server.info.project_id}`;
    const pages = {
      conversations: conversations(server), conversation: `${conversations(server)}/${INTERRUPTION}`, trace: `${conversations(server)}/${AGENT}`,
      latency: `${home}/latency`, live: `${home}/live`, "ingest-health": `${home}/settings/ingest`,
    };
    await send(server, call("0ca11", Date.now() - 60_000));
    await send(server, call("0ca12", Date.now() - 5000, { running: true }));
    for (const [name, path] of Object.entries(pages)) {
      for (const theme of ["dark", "light"]) {
        for (const [width, height] of [[1280, 720], [390, 844]]) {
          const page = await openPage(browser, server, path, { theme, width, height });
          await page.locator("[data-id], .turn, .span-row, .kpis, .call, .health-figures").first().waitFor();
          await page.screenshot({ path: join(SHOTS, `${name}-${theme}-${width}.png`) });
          await fits(page, width, name);
          await until("the font is there", () => page.evaluate(() => getComputedStyle(document.body).fontFamily.includes("Inter") && document.fonts.check("13px 'Inter Variable'")));
          // The dark narrow page has the colours of one and the structure of the other.
          if (theme === "light" || width === 1280) equal(await barriers(page), [], `barriers of ${name}, ${theme}, ${width}`);
          clean(page);
          await page.context().close();
        }
      }
    }
  }),
});
await browser.close();
