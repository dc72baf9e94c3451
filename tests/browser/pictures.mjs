// Pictures of every page in both themes, of real calls: one held here with the agent of this machine, a day of recorded
// ones. They go to docs/images, or to the folder given.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { agentTrace, BINARY, call, clean, joinClips, openPage, ROOT, send, startBrowser, startServerWith, startUp, until } from "./kit.mjs";
import { fillDay, replay } from "./store.mjs";

const OUT = resolve(process.argv[2] ?? join(ROOT, "docs/images"));
const ONLY = process.env.PAGE ?? "";
const PATIENCE = 60_000;
const WIDE = { width: 1280, height: 720 };
const NARROW = { width: 390, height: 844 };
const OWNER = {
  LANGFUSE_INIT_ORG_ID: "clinic", LANGFUSE_INIT_ORG_NAME: "Harbour Street", LANGFUSE_INIT_PROJECT_ID: "desk", LANGFUSE_INIT_PROJECT_NAME: "Front desk",
  LANGFUSE_INIT_USER_EMAIL: "mara@example.com", LANGFUSE_INIT_USER_NAME: "Mara", LANGFUSE_INIT_USER_PASSWORD: "correct horse battery",
};
const AGENT = "7be2".padEnd(32, "0");

const settled = async (page) => {
  await until("the answers are there", async () => (await page.locator(".skeleton, [aria-busy=true]").count()) === 0, PATIENCE);
  await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))));
};

async function shoot(page, name) {
  const path = join(OUT, `${name}.png`);
  await page.screenshot({ path });
  console.log(`${name.padEnd(34)} ${Math.round(statSync(path).size / 1024)} kB`);
}

/** One page in both themes; `act` brings it into the state that is shown. */
async function picture(browser, server, name, path, { ready, act = async () => {}, size = WIDE, enter = openPage }) {
  if (!name.includes(ONLY)) return;
  for (const theme of ["dark", "light"]) {
    const page = await enter(browser, server, path, { theme, ...size });
    page.setDefaultTimeout(PATIENCE);
    await page.locator(ready).first().waitFor();
    await act(page);
    await settled(page);
    await shoot(page, `${name}-${theme}`);
    clean(page);
    await page.context().close();
  }
}

/** Speaks two questions to the agent in the dashboard. */
async function talk(browser, server, home) {
  const page = await openPage(browser, server, null, { theme: "dark", ...WIDE });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${server.url}${home}/talk`);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.locator(".talk .turn", { hasText: "Paris" }).waitFor();
  await page.locator(".talk-trace .span-row").nth(4).waitFor();
  await page.locator(".talk .turn", { hasText: "New York" }).locator("p.bot").waitFor();
  for (const theme of ["dark", "light"]) {
    await page.evaluate((wanted) => (document.documentElement.dataset.theme = wanted), theme);
    await shoot(page, `talk-${theme}`);
  }
  await page.getByRole("button", { name: "End", exact: true }).click();
  clean(page);
  await page.context().close();
}

/** The same questions to an agent of its own, which sends its recording too; gives the trace. */
async function recordedTalk(server, speech) {
  const authorization = Buffer.from(`${server.info.public_key}:${server.info.secret_key}`).toString("base64");
  const environment = {
    ...process.env, ENABLE_TRACING: "true", REPARTEE_RECORD: "true", OTEL_EXPORTER_OTLP_ENDPOINT: `${server.url}/api/public/otel`,
    OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Basic%20${authorization}`,
  };
  const { stdout } = await promisify(execFile)(BINARY, ["talk", "--json", "--in", speech], { env: environment });
  const trace = JSON.parse(stdout).trace.trace_id;
  await until("the recording is uploaded", async () => {
    const answer = await fetch(`${server.url}/api/ui/conversations/${trace}/audio`);
    return answer.ok && (await answer.json()).recordings.some((one) => one.uploaded);
  }, PATIENCE);
  return trace;
}

async function signIn(browser, server, path, options) {
  const page = await openPage(browser, server, null, options);
  page.expected.push(/401/);
  await page.goto(server.url + path);
  await page.getByLabel("E-mail").fill(OWNER.LANGFUSE_INIT_USER_EMAIL);
  await page.getByLabel("Password").fill(OWNER.LANGFUSE_INIT_USER_PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("main .top h1").waitFor();
  return page;
}

/** Calls that run now: some well, one without a reply. */
async function runningCalls(server) {
  const now = Date.now();
  await send(server, call("0ca1".padEnd(8, "1"), now - 4000, { running: true, said: "Yes, it is K, O, W, A, L." }));
  await replay(server, "two_turns_end", { start: now - 9000, salt: 9001, requests: 1 });
  await replay(server, "function_call", { start: now - 12_000, salt: 9002, requests: 1 });
  await replay(server, "tool_error", { start: now - 12_000, salt: 9003, requests: 1 });
}

/** Two calls in which the caller said the same. */
async function comparison(server, home) {
  const found = await (await fetch(`${server.url}/api/ui/conversations?q=France&limit=50`)).json();
  const [a, b] = found.rows.filter((row) => !row.live && row.turns > 1);
  return `${home}/compare?a=${a.id}&b=${b.id}`;
}

async function ofTheDay(browser, server, home, speech) {
  await talk(browser, server, home);
  const trace = await recordedTalk(server, speech);
  await fillDay(server, 180);
  await send(server, agentTrace(AGENT, Date.now() - 60_000));
  await runningCalls(server);
  const list = `${home}/conversations`;
  await picture(browser, server, "conversations", list, { ready: "[data-id]" });
  await picture(browser, server, "peek", list, { ready: "[data-id]", act: async (page) => {
    for (const key of ["j", "j", "j", "j", "j", " "]) await page.keyboard.press(key);
    await page.locator(".peek-drawer .merged-turn").first().waitFor();
  } });
  await picture(browser, server, "conversation", `${list}/${trace}?turn=2`, { ready: "path.wave" });
  await picture(browser, server, "trace", `${list}/${AGENT}`, { ready: ".span-row" });
  await picture(browser, server, "compare", await comparison(server, home), { ready: ".compare-turn" });
  await picture(browser, server, "live", `${home}/live`, { ready: ".call" });
  await picture(browser, server, "latency", `${home}/latency`, { ready: ".kpis" });
  await picture(browser, server, "spans", `${home}/spans?span=${AGENT}/a2${"0".repeat(14)}`, { ready: ".span-drawer .breadcrumb" });
  await picture(browser, server, "sessions", `${home}/sessions`, { ready: "[data-group]" });
  await picture(browser, server, "callers", `${home}/callers`, { ready: "[data-group]" });
  await picture(browser, server, "caller", `${home}/callers/%2B15551230142`, { ready: ".merged-turn" });
  const narrow = { size: NARROW };
  await picture(browser, server, "conversations-390", list, { ...narrow, ready: "[data-id]" });
  await picture(browser, server, "conversation-390", `${list}/${trace}`, { ...narrow, ready: ".turn" });
  await picture(browser, server, "turn-390", `${list}/${trace}`, { ...narrow, ready: ".turn", act: async (page) => {
    await page.locator(".turn").first().click();
    await page.locator(".right-half.open").waitFor();
  } });
}

async function ofSettings(browser) {
  const server = await startServerWith(OWNER);
  try {
    await picture(browser, server, "sign-in", "/", { ready: "form", enter: async (...given) => {
      const page = await openPage(given[0], given[1], null, given[3]);
      page.expected.push(/401/);
      await page.goto(server.url + given[2]);
      return page;
    } });
    await picture(browser, server, "first-run", "/p/desk/conversations", { ready: ".snippet", enter: signIn });
    await replay(server, "two_turns_end", { start: Date.now() - 3_600_000, salt: 1 });
    await fetch(`${server.url}/api/public/otel/v1/traces`, { method: "POST", headers: { "content-type": "application/x-protobuf", authorization: "Basic eDp5" }, body: agentTrace(AGENT) });
    for (const tab of ["keys", "retention", "prices", "members", "ingest"]) {
      await picture(browser, server, `settings-${tab}`, `/p/desk/settings/${tab}`, { ready: ".settings-body .card", enter: signIn });
    }
  } finally {
    await server.stop();
  }
}

async function main() {
  mkdirSync(OUT, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "repartee-pictures-"));
  const speech = join(folder, "speech.wav");
  joinClips(speech, [{ clip: "synthetic-capital-of-france.wav", after: 3 }, { clip: "synthetic-new-york.wav", after: 9 }]);
  const browser = await startBrowser({ speaks: speech });
  try {
    const up = await startUp(folder);
    try {
      await ofTheDay(browser, up, `/p/${up.info.project_id}`, speech);
    } finally {
      await up.stop();
    }
    await ofSettings(browser);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
