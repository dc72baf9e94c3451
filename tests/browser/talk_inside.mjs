// Talk as a page of the dashboard: a recorded question is spoken to the agent beside the server, and its trace grows
// beside the words. Then what the page says when nobody can talk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { barriers, becomes, clean, equal, fits, holds, openPage, ROOT, runCases, SHOTS, startBrowser, startServer, startUp, until } from "./kit.mjs";
import { tap } from "./wire.mjs";

const CLIP = join(ROOT, "tests/data/audio/synthetic-capital-of-france.wav");
const PATIENCE = 60_000;

const folder = mkdtempSync(join(tmpdir(), "repartee-talk-"));
const up = await startUp(folder);
if (up.agent === null) {
  await up.stop();
  console.log("built without the local models");
  process.exit(77);
}
const browser = await startBrowser({ speaks: CLIP });
const home = `/p/${up.info.project_id}`;

await runCases({
  "a first visitor speaks with the agent and sees the trace grow": async () => {
    const page = await openPage(browser, up, `${home}/live`);
    page.setDefaultTimeout(PATIENCE);
    await page.getByRole("link", { name: "Talk" }).first().click();
    const state = () => page.locator(".phases [aria-current]").innerText();
    await becomes(state, "Idle", "the state before");
    const wire = tap(page);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await becomes(state, "Listening", "the state once it listens");
    await page.locator(".talk .turn", { hasText: "What is the capital of France?" }).locator("p.bot", { hasText: "Paris" }).waitFor();
    await page.locator(".talk-trace .span-row", { hasText: "turn-1" }).waitFor();
    await page.locator(".talk-trace .span-row", { hasText: "llm_" }).first().waitFor();
    await page.locator(".last-reply .total").filter({ hasText: /^\d+(\.\d\d)? m?s$/ }).waitFor();
    await page.locator(".last-reply", { hasText: /goal 800 ms · largest part: \w[\w ]* \d+ %/ }).waitFor();
    const heard = () => wire.got.filter((one) => one.type === "server-message" && one.data.type === "hearing").map((one) => one.data);
    await until("the agent told of a voice, of a turn that comes to its end, and of its end",
      () => heard().some((one) => one.speaking && one.voice > one.threshold) && heard().some((one) => !one.over && one.turn > 0) && heard().some((one) => one.over));
    const meters = () => page.locator(".meter-row b").allInnerTexts();
    await until("the meters show what was told last", async () => (await meters()).join() === ["voice", "turn"].map((of) => heard().at(-1)[of].toFixed(2)).join());
    const microphone = page.getByLabel("Microphone");
    await microphone.locator("option", { hasText: "Fake" }).nth(1).waitFor({ state: "attached" });
    const other = await microphone.locator("option").nth(1).getAttribute("value");
    await microphone.selectOption(other);
    await becomes(() => microphone.inputValue(), other, "the chosen microphone");
    equal(await barriers(page), [], "barriers");
    await page.screenshot({ path: join(SHOTS, "talk-inside-dark-1280.png") });
    const trace = await page.getByRole("link", { name: "open", exact: true }).getAttribute("href");
    await page.getByRole("button", { name: "End", exact: true }).click();
    await page.locator(".phase", { hasText: "Not connected" }).waitFor();
    clean(page);
    await page.goto(up.url + trace);
    await page.locator('.turn[data-turn="1"]', { hasText: "Paris" }).waitFor();
    clean(page);
  },

  "going there by keyboard loads the page anew, since its security policy is its own": async () => {
    const page = await openPage(browser, up, `${home}/conversations`);
    await page.getByRole("link", { name: "Talk" }).first().waitFor();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Go to a page").fill("Talk to");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Start", exact: true }).waitFor();
    const policy = async (path) => (await fetch(up.url + path)).headers.get("content-security-policy");
    holds((await policy(`${home}/talk`)).includes(`ws://127.0.0.1:${up.info.agent_port}`), "the agent's websocket may be reached");
    holds(/script-src 'self';/.test(await policy(`${home}/live`)), "other pages run their own scripts alone");
    clean(page);
  },

  "it fits 1280 and 390 pixels in both themes, without barriers": async () => {
    for (const theme of ["dark", "light"]) {
      for (const [width, height] of [[1280, 720], [390, 844]]) {
        const page = await openPage(browser, up, `${home}/talk`, { theme, width, height });
        await page.locator(".talk .pill", { hasText: /\w/ }).first().waitFor();
        await page.screenshot({ path: join(SHOTS, `talk-inside-idle-${theme}-${width}.png`) });
        await fits(page, width, "the page");
        equal(await barriers(page), [], `barriers, ${theme}, ${width}`);
        clean(page);
        await page.context().close();
      }
    }
  },

  "a page that is not secure says why nobody can talk": async () => {
    const page = await openPage(browser, up, null);
    await page.addInitScript(() => Object.defineProperty(window, "isSecureContext", { value: false }));
    await page.goto(`${up.url}${home}/talk`);
    await page.getByRole("alert").filter({ hasText: "secure pages alone: open this page over https" }).waitFor();
    clean(page);
  },

  "a server without an agent says how to have one": async () => {
    const server = await startServer();
    try {
      const page = await openPage(browser, server, `/p/${server.info.project_id}/talk`);
      await page.getByRole("heading", { name: "No agent to talk with" }).waitFor();
      clean(page);
      await page.context().close();
    } finally {
      await server.stop();
    }
  },

  "an agent elsewhere is named by its websocket, and the server says what is no such address": async () => {
    const server = await startServer("--agent-url", "wss://agent.example/ws");
    try {
      const page = await fetch(`${server.url}/p/${server.info.project_id}/talk`);
      holds(page.headers.get("content-security-policy").includes("https://agent.example wss://agent.example"), "the policy names it");
      equal(page.headers.get("permissions-policy"), "microphone=(self)", "who may have the microphone");
    } finally {
      await server.stop();
    }
    let refused = false;
    await startServer("--agent-url", "agent.example").catch(() => (refused = true));
    holds(refused, "a server with a wrong --agent-url does not start");
  },
});
await browser.close();
await up.stop();
rmSync(folder, { recursive: true, force: true });
