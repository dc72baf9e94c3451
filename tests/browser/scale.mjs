// A store of many conversations and an hour of calls that run: how soon the list is there, whether it moves without a jerk,
// what an interaction takes, and how much of the browser the page needs. With --long: 100,000 conversations.
import { gzipSync } from "node:zlib";
import { becomes, call, clean, equal, heap, holds, LATE, longTasks, openPage, runCases, send, serverFor, startBrowser, told, until } from "./kit.mjs";

const CALLS = process.argv.includes("--long") ? 100_000 : 12_000;
const SCROLLED = 10_000;
const ROW = 45; // pixels
const A_REQUEST = 250;
const DAY = 86_400_000;
const MINUTES = 60;
const CALLS_A_MINUTE = 20;

const FIRST_VISIT_WITHIN = 1000; // ms, of a browser that has just begun
const PAINT_WITHIN = 300;
const ROWS_WITHIN = 1000;
const LIST_WITHIN = 50;
const INTERACTION_WITHIN = 100;
const TASK = 50;
const PAUSES = LATE === 1 ? 0 : 2; // longer tasks than that: other programs take the processor
const FRAMES = 60; // a second
const MOST_ELEMENTS = 3000;
const MOST_HEAP = 100; // MB
const MOST_SENT = 350; // kB of gzip, first route

const browser = await startBrowser();
const withServer = serverFor(browser);
const traceOf = (number) => (0x0ca00000 + number).toString(16).padStart(8, "0");

/** Calls over the last day, some with callers and versions of their own. */
async function fill(server) {
  const now = Date.now() - 60_000;
  let sent = Promise.resolve();
  for (let first = 0; first < CALLS; first += A_REQUEST) {
    const numbers = Array.from({ length: Math.min(A_REQUEST, CALLS - first) }, (_, index) => first + index);
    // Requests one behind the other are one request with the spans of all; the next is made while the server reads this.
    const body = Buffer.concat(numbers.map((number) => call(traceOf(number), now - (number / CALLS) * (DAY - 3_600_000), {
      said: `Do you open on day ${number}?`, attributes: { "langfuse.user.id": `caller-${number % 97}`, "langfuse.version": number % 3 === 0 ? "v42" : "v41" },
    })));
    await sent;
    sent = send(server, body);
  }
  await sent;
  await until("all are counted", async () => (await (await fetch(`${server.url}/api/ui/facets?limit=1`)).json()).total === CALLS, 60_000 + 2 * CALLS);
}

/** Scrolls until so many rows have passed or the list ends; tells frames a second and how far it came. */
const scrollRows = (page, rows) => page.evaluate(async ([pixels, row]) => {
  const area = document.querySelector(".list .scroller");
  const began = performance.now();
  let frames = 0;
  let most = 0;
  while (area.scrollTop < pixels && performance.now() - began < 60_000) {
    area.scrollTop += 8 * row;
    await new Promise((done) => requestAnimationFrame(done));
    frames += 1;
    if (frames % 50 === 0) most = Math.max(most, document.querySelectorAll("*").length);
  }
  return { rate: Math.round(frames / ((performance.now() - began) / 1000)), rows: Math.round(area.scrollTop / row), most };
}, [rows * ROW, ROW]);

/** The longest of the interactions since, from the event to the next picture; the browser tells those of 16 ms and more. */
async function slowestInteraction(page, act) {
  await page.evaluate(() => {
    globalThis.interactions = [];
    globalThis.eventWatcher = new PerformanceObserver((list) => globalThis.interactions.push(...list.getEntries().filter((one) => one.interactionId > 0).map((one) => one.duration)));
    globalThis.eventWatcher.observe({ type: "event", durationThreshold: 16 });
  });
  await act();
  await told(page);
  return page.evaluate(() => (globalThis.eventWatcher.disconnect(), Math.max(0, ...globalThis.interactions)));
}

/** Milliseconds to the first text and to the first row. The browser tells a paint after it has happened: rows may be found before it. */
async function opening(page) {
  await page.waitForFunction(() => globalThis.rowsAt !== undefined);
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  return page.evaluate(() => ({ painted: Math.round(performance.getEntriesByName("first-contentful-paint")[0].startTime), rows: Math.round(globalThis.rowsAt) }));
}

async function listAnswer(server) {
  const times = [];
  for (let i = 0; i < 21; i++) {
    const began = performance.now();
    await (await fetch(`${server.url}/api/ui/conversations?limit=100`)).arrayBuffer();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[10];
}

async function interact(page) {
  await page.locator(".list .scroller").evaluate((area) => area.scrollTo({ top: 0 }));
  for (const key of ["j", "j", "x", "k", "t", "t", " "]) await page.keyboard.press(key);
  await page.locator(".peek-drawer .merged-turn").first().waitFor();
  await page.keyboard.press("Escape");
  await page.locator("label.option", { hasText: "v42" }).first().click();
  await until("the list has those alone", async () => Number((await page.locator("header.top .num").first().innerText()).replace(/\D/g, "")) === Math.ceil(CALLS / 3), 15_000);
}

/** A minute of calls: those of the minute before end, others begin. */
async function minute(server, number, start) {
  const numbers = (of) => Array.from({ length: of < 0 ? 0 : CALLS_A_MINUTE }, (_, index) => of * CALLS_A_MINUTE + index);
  const parts = [...numbers(number - 1).map((one) => call(traceOf(one), start - 4000)), ...numbers(number).map((one) => call(traceOf(one), start - 2000, { running: true }))];
  await send(server, Buffer.concat(parts));
}

await runCases({
  "a list of many conversations is there at once, scrolls without a jerk and answers each key": withServer(async (server, home) => {
    await fill(server);
    const page = await openPage(browser, server, null);
    const sent = [];
    page.on("response", (response) => sent.push(response));
    await page.addInitScript(() => {
      const look = () => (document.querySelector("[data-id]") ? (globalThis.rowsAt = performance.now()) : requestAnimationFrame(look));
      look();
    });
    await page.goto(`${server.url}${home}/conversations`);
    const first = await opening(page);
    const bodies = await Promise.all(sent.filter((one) => /\/(assets\/|first\.js|$|p\/)/.test(new URL(one.url()).pathname)).map(async (one) => gzipSync(await one.body()).length));
    const kilobytes = Math.round(bodies.reduce((sum, one) => sum + one, 0) / 1000);
    await page.reload();
    const again = await opening(page);
    const answer = await listAnswer(server);
    let scrolled;
    const tasks = await longTasks(page, async () => (scrolled = await scrollRows(page, Math.min(SCROLLED, CALLS - 100))));
    const interaction = await slowestInteraction(page, () => interact(page));
    const megabytes = await heap(page);
    console.log(`        ${CALLS} conversations: first paint ${first.painted} ms, rows ${first.rows} ms (${again.painted} and ${again.rows} ms when its files are known); first route ${kilobytes} kB gzip; list answer ${answer.toFixed(1)} ms; ${scrolled.rows} rows scrolled at ${scrolled.rate} frames/s, tasks over 50 ms: ${tasks.map(Math.round).join(", ") || "none"}, ${scrolled.most} elements; slowest interaction ${Math.round(interaction)} ms; heap ${megabytes} MB`);
    holds(scrolled.rows >= Math.min(SCROLLED, CALLS - 100), `${scrolled.rows} rows scrolled`);
    holds(first.painted < LATE * FIRST_VISIT_WITHIN && again.painted < LATE * PAINT_WITHIN, `first paint after ${first.painted} and ${again.painted} ms`);
    holds(again.rows < LATE * ROWS_WITHIN, `rows after ${again.rows} ms`);
    holds(kilobytes < MOST_SENT, `${kilobytes} kB of gzip`);
    holds(answer < LATE * LIST_WITHIN, `the list answers in ${answer} ms`);
    holds(tasks.filter((task) => task > LATE * TASK).length <= PAUSES, `tasks of ${tasks.map(Math.round)} ms`);
    holds(scrolled.rate > FRAMES / LATE / 1.2, `${scrolled.rate} frames a second`);
    holds(scrolled.most < MOST_ELEMENTS, `${scrolled.most} elements`);
    holds(interaction < LATE * INTERACTION_WITHIN, `an interaction of ${interaction} ms`);
    clean(page);
  }),

  "an hour of calls passes through the wall, the list and the figures, and the page stays small": withServer(async (server, home) => {
    await minute(server, 0, Date.now());
    const page = await openPage(browser, server, `${home}/live`);
    await page.locator(".call").first().waitFor();
    let most = 0;
    const places = ["Live", "Conversations", "Latency"];
    const [task = 0] = await longTasks(page, async () => {
      for (let number = 1; number <= MINUTES; number++) {
        await minute(server, number, Date.now());
        if (number % 5 === 0) await page.locator(".side").getByRole("link", { name: places[(number / 5) % places.length] }).click();
        most = Math.max(most, await page.evaluate(() => document.querySelectorAll("*").length));
      }
      await page.locator(".side").getByRole("link", { name: "Live" }).click();
      await until("the last minute's calls are the ones that run", async () => (await page.locator("header.top").innerText()).includes(`${CALLS_A_MINUTE} calls running`), 20_000);
    });
    const megabytes = await heap(page);
    console.log(`        ${MINUTES} minutes of ${CALLS_A_MINUTE} calls each: heap ${megabytes} MB, ${most} elements, longest task ${Math.round(task)} ms`);
    holds(megabytes < MOST_HEAP, `a heap of ${megabytes} MB`);
    holds(most < MOST_ELEMENTS, `${most} elements`);
    await becomes(() => page.locator(".call").count(), CALLS_A_MINUTE, "cards");
    equal(page.faults, [], "faults of the page");
  }),
});
await browser.close();
