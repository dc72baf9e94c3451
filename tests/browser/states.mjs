// What each page says when there is nothing, when something waits, is missing or has failed; and that what others wrote
// is text and harms nothing.
import { agentTrace, barriers, becomes, call, clean, equal, fits, holds, keysOf, openPage, request, runCases, send, serverFor, spanBytes, startBrowser, until } from "./kit.mjs";
import { replay } from "./store.mjs";

const CALL = "0ca11".padEnd(32, "0");
const AGENT = "7be2".padEnd(32, "0");
const HOSTILE = '<img src=x onerror="globalThis.harmed=1"><script>globalThis.harmed=1</script>\u202Egnirts\u202C';
const LONG = "a very long word-list ".repeat(50_000);

const browser = await startBrowser();
const withServer = serverFor(browser);

/** An answer that says what was wrong, as the server's own faults do. */
const fault = (route) => route.fulfill({ status: 503, contentType: "application/json", body: JSON.stringify({ error: { message: "The figures took too long", fix: "Choose a shorter range", request_id: "r_5c1e" } }) });

/** Chart after chart fails alone; the others stay. */
async function failing(page, what, act) {
  page.expected.push(/503|ERR_/);
  await page.route(what, fault);
  await act();
}

await runCases({
  "a list that nothing matches names each filter with what dropping it would give": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000, { attributes: { "langfuse.version": "v41" } }));
    const page = await openPage(browser, server, `${home}/conversations?version=v42&outcome=ok`);
    await page.getByRole("heading", { name: "No conversation matches all 2 filters" }).waitFor();
    await page.locator(".drops button", { hasText: "v42" }).locator("b", { hasText: "1" }).waitFor();
    await page.locator(".drops button", { hasText: "ok" }).locator("b", { hasText: "0" }).waitFor();
    await page.locator(".drops button", { hasText: "v42" }).click();
    await page.locator(`[data-id="${CALL}"]`).waitFor();
    clean(page);
  }),

  "a list that fails keeps its rows, dimmed, with the reason, the request and another try": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, `${home}/conversations`);
    await page.locator(`[data-id="${CALL}"]`).waitFor();
    await failing(page, /\/api\/ui\/conversations\?/, () => page.locator("label.option", { hasText: "Ended" }).click());
    await page.getByRole("alert").filter({ hasText: "The figures took too long" }).filter({ hasText: "r_5c1e" }).waitFor();
    await page.locator(".scroller.old").waitFor();
    equal(await page.locator("[data-id]").count(), 1, "rows that stay");
    await page.unroute(/\/api\/ui\/conversations\?/);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    clean(page);
  }),

  "what takes longer than 150 ms is drawn in grey in its place": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, null);
    const held = [];
    let holding = true;
    await page.route(/\/api\/ui\/conversations\/0ca/, (route) => (holding ? void held.push(route) : route.continue()));
    await page.goto(`${server.url}${home}/conversations/${CALL}`);
    await page.locator(".skeleton").waitFor();
    await until("it is asked for", () => held.length > 0);
    holding = false;
    for (const route of held) await route.continue();
    await page.locator(".turn").waitFor();
    await becomes(() => page.locator(".skeleton").count(), 0, "grey rows");
    clean(page);
  }),

  "a call whose conversation span is missing says so, and that its sums are of what is there": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 3_600_000, { running: true }));
    const page = await openPage(browser, server, null);
    // As the server tells it when no span has come for a while.
    const over = (row) => ({ ...row, live: false, outcome: "ok", root_missing: true });
    await page.route(/\/api\/ui\/conversations[/?]/, async (route) => {
      const answer = await route.fetch();
      const json = await answer.json();
      await route.fulfill({ response: answer, json: json.conversation ? { ...json, conversation: over(json.conversation) } : json.rows ? { ...json, rows: json.rows.map(over) } : json });
    });
    await page.goto(`${server.url}${home}/conversations/${CALL}`);
    await page.getByText("The conversation span has not arrived.").waitFor();
    await page.getByText("open or cut off").waitFor();
    await page.locator(".turn", { hasText: "Do you open on Sunday?" }).waitFor();
    await page.goto(`${server.url}${home}/conversations`);
    await page.locator(`[data-id="${CALL}"]`, { hasText: "cut off" }).waitFor();
    equal(await barriers(page), [], "barriers");
    clean(page);
  }),

  "an id that never comes is told after its half minute, and can be looked for again": withServer(async (server, home) => {
    await send(server, agentTrace(AGENT));
    const page = await openPage(browser, server, null);
    page.expected.push(/404/);
    await page.clock.install();
    await page.goto(`${server.url}${home}/conversations/${CALL}`);
    await page.getByRole("heading", { name: "Waiting for this conversation" }).waitFor();
    equal(await barriers(page), [], "barriers");
    for (let second = 0; second < 31; second++) await page.clock.runFor(1000);
    await page.getByRole("heading", { name: "No conversation with this id in" }).waitFor();
    await page.getByRole("link", { name: "Ingest health" }).waitFor();
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByRole("heading", { name: "Waiting for this conversation" }).waitFor();
    clean(page);
  }),

  "an id of another project is found there": withServer(async (server, home) => {
    const { csrf_token } = await (await fetch(`${server.url}/api/ui/session`)).json();
    const post = async (path, body) => (await fetch(`${server.url}/api/ui/${path}`, { method: "POST", headers: { "content-type": "application/json", "x-csrf-token": csrf_token }, body: JSON.stringify(body) })).json();
    const other = await post("projects", { name: "Other desk" });
    const { public_key, secret_key } = await post(`keys?project=${other.id}`, { note: "other" });
    const sent = await fetch(`${server.url}/api/public/otel/v1/traces`, { method: "POST", headers: { "content-type": "application/x-protobuf", ...keysOf({ info: { public_key, secret_key } }) }, body: call("0ca11", Date.now() - 60_000) });
    equal(sent.status, 200, "spans of the other project");
    const page = await openPage(browser, server, null);
    page.expected.push(/404/);
    await page.goto(`${server.url}${home}/conversations/${CALL}`);
    await page.getByRole("button", { name: "Look in all projects" }).click();
    await page.locator(".turn").waitFor();
    await until("it is the other project's page", () => page.url().includes(`/p/${other.id}/`));
    await page.goto(`${server.url}${home}/conversations/${"f".repeat(32)}`);
    await page.getByRole("button", { name: "Look in all projects" }).click();
    await page.getByText("Not in 1 other project either").waitFor();
    clean(page);
  }),

  "a chart that fails says why in its place, and the others stay": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, null);
    await failing(page, /\/api\/ui\/series/, () => page.goto(`${server.url}${home}/latency`));
    await page.getByRole("heading", { name: "The figures took too long" }).waitFor();
    await page.getByText("r_5c1e").waitFor();
    await page.locator(".kpis .card").first().waitFor();
    await page.unroute(/\/api\/ui\/series/);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".reply-chart svg").waitFor();
    clean(page);
  }),

  "each other page that fails says why and tries again": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000, { attributes: { "langfuse.user.id": "ann", "langfuse.session.id": "s-1" } }));
    const pages = { spans: [/\/api\/ui\/spans/, ".list-span"], callers: [/\/api\/ui\/callers/, "[data-group]"], sessions: [/\/api\/ui\/sessions/, "[data-group]"], "settings/ingest": [/\/api\/ui\/ingest-health/, ".health-figures"], "settings/keys": [/\/api\/ui\/keys/, ".settings-body table, .settings-body .card"] };
    for (const [path, [what, content]] of Object.entries(pages)) {
      const page = await openPage(browser, server, null);
      await failing(page, what, () => page.goto(`${server.url}${home}/${path}`));
      await page.getByText("The figures took too long").first().waitFor();
      await page.unroute(what);
      await page.getByRole("button", { name: "Try again" }).first().click();
      await page.locator(content).first().waitFor();
      clean(page);
      await page.context().close();
    }
  }),

  "an address that is no page, and a trace by the links of SDKs, lead somewhere": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, `${home}/nothing-here`);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await page.goto(`${server.url}/project/${server.info.project_id}/traces/${CALL}`);
    await page.locator(".turn").waitFor();
    holds(page.url().endsWith(`${home}/conversations/${CALL}`), `sent on to ${page.url()}`);
    clean(page);
  }),

  "markup, marks that turn text around, a megabyte of words and bytes that are no UTF-8 are text everywhere": withServer(async (server, home) => {
    const start = Date.now() - 60_000;
    await send(server, call("0ca11", start, { said: HOSTILE, attributes: { "langfuse.trace.name": HOSTILE, "langfuse.user.id": HOSTILE, "langfuse.version": HOSTILE, "langfuse.tags": HOSTILE } }));
    await send(server, call("0ca12", start, { said: LONG }));
    const broken = request([spanBytes({ trace: AGENT, span: "a0", name: "agent-BROKEN!", from: start, to: start + 900, attributes: { [HOSTILE]: HOSTILE, "gen_ai.prompt": "say BROKEN!", "gen_ai.request.model": HOSTILE }, fault: HOSTILE })]);
    for (let at = broken.indexOf("BROKEN!"); at >= 0; at = broken.indexOf("BROKEN!")) broken.set([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80], at);
    await send(server, broken);
    const page = await openPage(browser, server, null);
    const shown = async (path, ...selectors) => {
      await page.goto(`${server.url}${home}/${path}`);
      for (const selector of selectors) await page.locator(selector).first().waitFor();
      await fits(page, 1280, path);
      equal(await page.evaluate(() => [globalThis.harmed, document.querySelectorAll("main img, main script").length]), [null, 0], `what ran or was made on ${path}`);
    };
    await shown("conversations", `[data-id="${CALL}"]`, `[data-id="${AGENT}"]`, `[data-id="${"0ca12".padEnd(32, "0")}"]`);
    await shown(`conversations/${CALL}`, '.turn:has-text("<img src=x")');
    await shown(`conversations/${CALL}?tab=notes`, ".half-head");
    await shown(`conversations/${"0ca12".padEnd(32, "0")}`, '.turn:has-text("a very long")', ".span-row");
    await shown(`conversations/${AGENT}`, '.span-row:has-text("agent-")');
    await page.getByRole("radio", { name: "Attributes" }).waitFor();
    for (const tab of ["Attributes", "Events", "Raw", "Messages"]) {
      const radio = page.getByRole("radio", { name: tab });
      if ((await radio.count()) > 0) await radio.first().click();
      await fits(page, 1280, tab);
    }
    await shown("live", "main");
    await shown("latency", ".kpis, .state");
    await shown("spans", ".list-span");
    await shown("callers", "[data-group]");
    await shown(`compare?a=${CALL}&b=${"0ca12".padEnd(32, "0")}`, ".compare-row");
    await shown(`conversations?q=${encodeURIComponent(HOSTILE)}&version=${encodeURIComponent(HOSTILE)}`, ".drops, [data-id]");
    equal(await page.evaluate(() => globalThis.harmed), undefined, "a script ran");
    clean(page);
  }),

  "what opens over a page has no barriers in either theme, nor have comparing, a peek and the wall as a table": withServer(async (server, home) => {
    const now = Date.now();
    await replay(server, "two_turns_end", { start: now - 90_000, salt: 1 });
    await send(server, call("0ca11", now - 60_000));
    await send(server, call("0ca12", now - 5000, { running: true }));
    const [first] = (await (await fetch(`${server.url}/api/ui/conversations?limit=5`)).json()).rows.filter((row) => row.turns > 1);
    const over = {
      "the menu": ["conversations", "Control+k", "dialog[open]"], "the keys": ["conversations", "?", "dialog[open]"],
      "the peek": [`conversations?peek=${CALL}`, null, ".peek-drawer .merged-turn"], "the comparison": [`compare?a=${first.id}&b=${CALL}`, null, ".compare-turn"],
      "the table": ["live?as=table", null, ".live-row"], "the timeline": [`conversations/${CALL}?tab=timeline`, null, ".timeline .span-row"],
      "the notes": [`conversations/${CALL}?tab=notes`, null, ".notes, textarea"], "no page": ["nothing", null, ".state"],
    };
    for (const [name, [path, key, ready]] of Object.entries(over)) {
      for (const theme of ["dark", "light"]) {
        const page = await openPage(browser, server, `${home}/${path}`, { theme });
        await page.locator("main").waitFor();
        if (key !== null) await page.locator("[data-id]").first().waitFor();
        if (key !== null) await page.keyboard.press(key);
        await page.locator(ready).first().waitFor();
        equal(await barriers(page), [], `barriers of ${name}, ${theme}`);
        clean(page);
        await page.context().close();
      }
    }
  }),
});
await browser.close();
