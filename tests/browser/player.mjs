// The recording of a call: player, lanes, words that follow, notes at a second; and the list's keys.
import { join } from "node:path";
import { barriers, becomes, call, clean, equal, holds, inAddress, LATE, openPage, placeOf, runCases, send, serverFor, SHOTS, startBrowser, until } from "./kit.mjs";
import { announce, recording } from "./sound.mjs";

const CALL = "0ca11".padEnd(32, "0");

const SEEK_WITHIN = 150; // ms

const browser = await startBrowser();
const withServer = serverFor(browser);

/** From a press on the page to the first text that tells about this second; the page measures it, the test only reads it. */
const noteSeek = (page, second) => page.evaluate((wanted) => {
  const shown = document.querySelector(".position");
  addEventListener("pointerdown", (event) => {
    new MutationObserver((_, observer) => {
      if (Math.abs(Number(shown.textContent.split(":")[1]) - wanted) >= 0.3) return;
      globalThis.sought = performance.now() - event.timeStamp;
      observer.disconnect();
    }).observe(shown, { childList: true, characterData: true, subtree: true });
  }, { capture: true, once: true });
}, second);

await runCases({
  "a call without a recording says so; one that is announced waits, and plays when it is here": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    const page = await openPage(browser, server, `${home}/conversations/${CALL}`);
    await page.getByRole("button", { name: "How to record" }).waitFor();
    const upload = await announce(server, CALL, recording(4));
    await page.reload();
    await page.getByText("waiting for its upload").waitFor();
    const finish = await upload(0.45);
    await page.getByText(/uploading 4\d %/).waitFor();
    await page.getByText("57.6 kB of 128 kB").waitFor();
    equal(await barriers(page), [], "barriers while it is uploaded");
    await finish();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    await until("both lanes are drawn from sound", async () => (await page.locator("path.wave").count()) === 2);
    await becomes(() => page.locator(".block").count(), 0, "blocks drawn from spans");
    await page.screenshot({ path: join(SHOTS, "player-dark-1280.png") });
    clean(page);
  }),

  "space plays, keys and clicks seek, the words follow, and the address keeps the place": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    await (await announce(server, CALL, recording(4)))();
    const page = await openPage(browser, server, `${home}/conversations/${CALL}`);
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    const position = async () => Number((await page.locator(".position").innerText()).split(":")[1]);
    await page.keyboard.press(" ");
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await until("it plays", async () => (await position()) > 0.2);
    await until("words are marked", async () => (await page.locator(".turn mark").count()) > 0);
    await page.keyboard.press(" ");
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    await until("the address has the place", () => inAddress(page, "t") !== null);
    const places = [await position()];
    await until("it stands still", async () => places.push(await position()) && places.at(-1) === places.at(-2));
    const before = places.at(-1);
    await page.keyboard.press(".");
    await until("a second on", async () => Math.abs((await position()) - before - 1) < 0.25);
    const lanes = page.locator(".lane-area svg");
    const box = await placeOf(lanes);
    await noteSeek(page, 3.1);
    await lanes.click({ position: { x: box.width * 0.75, y: 60 } });
    await until("a click seeks", async () => Math.abs((await position()) - 3.1) < 0.3);
    const took = await page.evaluate(() => Math.round(globalThis.sought));
    console.log(`        seek shown after ${took} ms`);
    holds(took < LATE * SEEK_WITHIN, `a seek of ${took} ms`);
    await page.getByRole("button", { name: "● Bot" }).click();
    await becomes(() => page.getByRole("button", { name: "● Bot" }).getAttribute("aria-pressed"), "false", "the bot is heard");
    clean(page);
  }),

  "comments and scores stand at a second, and lead back to it": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    await (await announce(server, CALL, recording(4)))();
    const page = await openPage(browser, server, `${home}/conversations/${CALL}?tab=notes&t=2.5`);
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    await page.getByLabel("at 0:02").check({ force: true });
    await page.getByLabel("Comment").fill("<b>too slow</b> here");
    await page.getByRole("button", { name: "Add comment" }).click();
    await page.getByText("<b>too slow</b> here").waitFor();
    await page.getByLabel("Score name").fill("helpful");
    await page.getByLabel("Score value").fill("0.5");
    await page.getByRole("button", { name: "Add score" }).click();
    await page.locator(".notes li", { hasText: "helpful" }).getByText("0.50").waitFor();
    await until("both are at 0:02", async () => (await page.getByRole("button", { name: "at 0:02" }).count()) >= 2);
    equal(await barriers(page), [], "barriers");
    clean(page);
  }),

  "tokens complete and filter, space peeks, x selects, views are kept": withServer(async (server, home) => {
    await send(server, call("0ca11", Date.now() - 60_000));
    await send(server, call("0ca12", Date.now() - 30_000, { said: "And on Monday?", attributes: { "langfuse.user.id": "ann" } }));
    const page = await openPage(browser, server, `${home}/conversations`);
    await until("two rows", async () => (await page.locator("[data-id]").count()) === 2);
    await page.keyboard.press("j");
    await page.keyboard.press(" ");
    await page.locator(".peek-drawer").getByText("And on Monday?").first().waitFor();
    await page.keyboard.press("j");
    await page.locator(".peek-drawer").getByText("Do you open on Sunday?").first().waitFor();
    equal(await barriers(page), [], "barriers beside a peek");
    await page.screenshot({ path: join(SHOTS, "peek-dark-1280.png") });
    await page.keyboard.press("Escape");
    await page.locator(".peek-drawer").waitFor({ state: "detached" });
    await page.keyboard.press("x");
    await page.getByText("1 conversation selected").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("outc");
    await page.getByRole("option", { name: "outcome:" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type("ok caller:ann");
    await page.keyboard.press("Enter");
    await until("one row is left", async () => (await page.locator("[data-id]").count()) === 1);
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByLabel("Name of the view").fill("Ann");
    await page.keyboard.press("Enter");
    await page.getByLabel("View", { exact: true }).selectOption("");
    await until("all rows", async () => (await page.locator("[data-id]").count()) === 2);
    await page.reload();
    await page.getByLabel("View", { exact: true }).selectOption("Ann");
    await until("the view is kept", async () => (await page.locator("[data-id]").count()) === 1);
    clean(page);
  }),
});
await browser.close();
