// A conversation that the real Pipecat has sent, opened in the dashboard: its turns, what was said, how long the
// caller waited, and the names of its services' spans.   pipecat.mjs URL PROJECT TRACE_ID
import { join } from "node:path";
import { equal, openPage, SHOTS, startBrowser } from "./kit.mjs";

const [url, project, trace] = process.argv.slice(2);
const browser = await startBrowser();
try {
  const page = await openPage(browser, { url }, `/p/${project}/conversations`);
  await page.locator(`[data-id="${trace}"]`).click();
  const said = [["What is the capital of France?", "The capital of France is Paris."], ["And of Italy?", "The capital of Italy is Rome."]];
  for (const [number, [user, bot]] of said.entries()) {
    const turn = page.locator(`.turn[data-turn="${number + 1}"]`);
    await turn.click();
    for (const words of [user, bot, /\d+ ms|\d\.\d\d s/]) await turn.filter({ hasText: words }).waitFor();
    for (const span of ["stt_deepgramsttservice", "llm_openaillmservice", "tts_cartesiattsservice"]) {
      await page.getByText(span).first().waitFor();
    }
  }
  await page.screenshot({ path: join(SHOTS, "pipecat-conversation.png") });
  equal(page.faults, [], "faults of the page");
} finally {
  await browser.close();
}
