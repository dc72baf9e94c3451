// A call of an hour with 4,000 spans: how soon it is there, and whether it moves without a jerk.
import { clean, holds, LATE, longTasks, openPage, request, runCases, send, serverFor, spanBytes, startBrowser, until } from "./kit.mjs";

const TRACE = "1a59e".padEnd(32, "0");
const HOUR = 3_600_000;
const TURNS = 500;
const SPANS_OF_TURN = 8;
const OPENS_WITHIN = 500; // ms
const TASK = 50;
const FRAMES = 60; // a second
const MOST_ELEMENTS = 3000;

const browser = await startBrowser();
const withServer = serverFor(browser);

async function sendCall(server) {
  const start = Date.now() - HOUR - 60_000;
  const length = HOUR / TURNS;
  let spans = [];
  let next = 1;
  const add = (parent, name, from, to, attributes) => {
    const span = (next++).toString(16).padStart(16, "0");
    spans.push(spanBytes({ trace: TRACE, span, parent, name, from, to, attributes }));
    return span;
  };
  const root = add(null, "conversation", start, start + HOUR, { "conversation.id": "an-hour" });
  for (let turn = 1; turn <= TURNS; turn++) {
    const at = start + (turn - 1) * length;
    const own = add(root, "turn", at, at + length - 100, { "turn.number": turn, "turn.user_bot_latency_seconds": 0.6 + (turn % 7) / 10, "turn.was_interrupted": turn % 20 === 0 ? "true" : "false" });
    add(own, "stt", at, at + 1800, { "gen_ai.request.model": "nova-3", transcript: `This is what the caller says in turn ${turn} of a long call.`, is_final: "true" });
    for (let part = 0; part < SPANS_OF_TURN - 3; part++) add(own, part === 0 ? "llm" : "step", at + 1900 + part * 100, at + 2000 + part * 100, { "gen_ai.request.model": "gpt-4o-mini" });
    add(own, "tts", at + 2600, at + 5600, { "gen_ai.request.model": "sonic-2", text: `And this is what the bot answers to that in turn ${turn}, at some length.` });
    if (spans.length > 400 || turn === TURNS) {
      await send(server, request(spans, "pipecat.turn"));
      spans = [];
    }
  }
}

const scroll = (page, selector) => page.evaluate(async (of) => {
  const area = document.querySelector(of);
  const frames = [];
  let last = performance.now();
  for (let i = 0; i < 120; i++) {
    area.scrollTop += 160;
    await new Promise((done) => requestAnimationFrame(done));
    frames.push(performance.now() - last);
    last = performance.now();
  }
  return Math.round(1000 / (frames.reduce((sum, one) => sum + one, 0) / frames.length));
}, selector);

await runCases({
  "an hour with 4,000 spans opens at once, scrolls smoothly and is few elements": withServer(async (server, home) => {
    await sendCall(server);
    const page = await openPage(browser, server, `${home}/conversations`);
    const row = page.locator(`[data-id="${TRACE}"]`);
    await row.waitFor();
    await until("all turns are there", async () => (await row.innerText()).includes("1:00:00"));
    const opened = await page.evaluate(async (id) => {
      const began = performance.now();
      document.querySelector(`[data-id="${id}"]`).click();
      const drawn = () => document.querySelector(".turn") && document.querySelector(".lane-area .block, .lane-area .wave");
      while (!drawn() && performance.now() - began < 30_000) await new Promise((done) => requestAnimationFrame(done));
      return performance.now() - began;
    }, TRACE);
    const elements = await page.evaluate(() => document.querySelectorAll("*").length);
    let rate = 0;
    const [transcript = 0] = await longTasks(page, async () => (rate = await scroll(page, ".transcript")));
    await page.getByRole("radio", { name: "Timeline" }).click();
    await page.locator(".timeline .span-row").first().waitFor();
    let spans = 0;
    const [timeline = 0] = await longTasks(page, async () => (spans = await scroll(page, ".timeline .span-rows")));
    console.log(`        opened after ${Math.round(opened)} ms, ${elements} elements; transcript ${rate} frames/s, longest task ${Math.round(transcript)} ms; spans ${spans} frames/s, longest task ${Math.round(timeline)} ms`);
    holds(elements < MOST_ELEMENTS, `${elements} elements`);
    holds(opened < LATE * OPENS_WITHIN, `opened after ${opened} ms`);
    const scrolled = await page.evaluate(() => document.querySelectorAll("*").length);
    holds(scrolled < MOST_ELEMENTS, `${scrolled} elements after scrolling`);
    holds(Math.min(rate, spans) > FRAMES / LATE / 1.2, `${rate} and ${spans} frames a second`);
    holds(transcript < LATE * TASK && timeline < LATE * TASK, `tasks of ${transcript} and ${timeline} ms`);
    clean(page);
  }),
});
await browser.close();
