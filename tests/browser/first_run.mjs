// The first run as a newcomer has it: `repartee up`, a question spoken into the talk page, and the dashboard in
// another tab, which shows the conversation while it is held, from events alone.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holds, LATE, ROOT, SHOTS, startBrowser, startUp, until } from "./kit.mjs";

const CLIP = join(ROOT, "tests/data/audio/synthetic-capital-of-france.wav");
// A turn is over when nobody has spoken for so long; its span then ends, dated back to the last sound.
const TURN_END_TIMEOUT = 2500; // ms
const SHOWN_WITHIN = 1000;
const PATIENCE = 60_000;

// Reads the dashboard's event stream beside the page: when was it told that a turn has ended?
async function followTurns(url, project, signal) {
  const told = [];
  const answer = await fetch(`${url}/api/ui/events?project=${project}`, { signal });
  const read = async () => {
    let text = "";
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const [event, data] = ["event", "data"].map((name) => new RegExp(`^${name}: ?(.*)$`, "m").exec(text.slice(0, end))?.[1]);
        text = text.slice(end + 2);
        if (event !== "turn.upsert") continue;
        const { turn } = JSON.parse(data);
        if (turn.end !== null && !turn.live) told.push({ number: turn.number, late: Date.now() - turn.end - TURN_END_TIMEOUT });
      }
    }
  };
  read().catch(() => {});
  return told;
}

async function converse(info, context) {
  const url = `http://127.0.0.1:${info.port}`;
  const over = new AbortController();
  const told = await followTurns(url, info.project_id, over.signal);
  const dashboard = await context.newPage();
  const held = [];
  // Never answered: what the page shows can come from events alone.
  await dashboard.route(/\/api\/ui\/conversations\?/, (route) => void held.push(route));
  const stream = dashboard.waitForResponse(/\/api\/ui\/events/);
  await dashboard.goto(`${url}/p/${info.project_id}/conversations`);
  await stream;

  const talk = await context.newPage();
  await talk.goto(`http://127.0.0.1:${info.agent_port}/`);
  await talk.getByRole("button", { name: "Start", exact: true }).click();
  await dashboard.locator("[data-id]").first().waitFor({ timeout: PATIENCE });
  await dashboard.locator("[data-id]").first().click();
  await dashboard.locator('.turn[data-turn="1"]').filter({ hasText: "What is the capital of France?" }).waitFor({ timeout: PATIENCE });
  await dashboard.locator('.turn[data-turn="1"]').filter({ hasText: "Paris" }).waitFor({ timeout: PATIENCE });
  await until("the turn is told to have ended", () => told.some((turn) => turn.number === 1), PATIENCE);
  const { late } = told.find((turn) => turn.number === 1);
  holds(late <= LATE * SHOWN_WITHIN, `turn 1 was shown ${Math.round(late)} ms after its end`);
  console.log(`turn 1 shown ${Math.round(late)} ms after its end`);
  await dashboard.screenshot({ path: join(SHOTS, "first-run-conversation.png") });
  await talk.getByRole("button", { name: "End", exact: true }).click();
  await dashboard.getByText("ended", { exact: true }).first().waitFor({ timeout: PATIENCE });
  over.abort();
}

const folder = mkdtempSync(join(tmpdir(), "repartee-first-run-"));
const up = await startUp(folder);
if (up.info.agent_port === null) {
  await up.stop();
  console.log("built without the local models");
  process.exit(77);
}
const browser = await startBrowser({ speaks: CLIP });
try {
  await converse(up.info, await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: "dark" }));
} finally {
  await browser.close();
  await up.stop();
  rmSync(folder, { recursive: true, force: true });
}
