// Speaks a recorded question into the talk page, over the agent's greeting: the agent falls silent, the greeting
// is struck through, the question is answered. Then what the page says when nobody can talk.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fits, joinClips } from "./kit.mjs";
import { checkConversation, tap } from "./wire.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const { chromium } = createRequire(join(root, "web/package.json"))("playwright-core");
const clip = join(root, "build/late-question.wav");
const shots = join(root, "build/screenshots");
const greeting =
  "Hello, and welcome. I can tell you a little about countries, about their capitals, about the rivers that run " +
  "through them, about the people who live there, and about much else besides, for as long as you like to listen.";
const patience = 60_000;

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function startAgent(...options) {
  const port = await freePort();
  const bin = process.env.REPARTEE_BIN ?? join(root, "build/release/bin");
  const kept = Object.entries(process.env).filter(([name]) => !/^(OTEL_|LANGFUSE_|OPENAI_|ENABLE_TRACING)/.test(name));
  const agent = spawn(join(bin, "repartee"), ["agent", "--json", "--port", `${port}`, "--public-url", `http://talk.example:${port}`, ...options],
    { env: Object.fromEntries(kept), cwd: join(root, "build"), stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  agent.stderr.on("data", (data) => (errors += data));
  const line = await new Promise((done) => {
    agent.stdout.once("data", (data) => done(`${data}`));
    agent.once("exit", () => done(""));
  });
  if (errors.includes("built without the local speech models")) {
    console.log("built without the local models");
    process.exit(77);
  }
  assert.ok(line, `the agent did not start: ${errors}`);
  return { port, stop: () => new Promise((done) => { agent.once("exit", done); agent.kill(); }) };
}

const always = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--host-resolver-rules=MAP talk.example 127.0.0.1"];
const microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-audio-capture=${clip}%noloop`];

async function withPage(flags, url, visit) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...always, ...flags] });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: "dark" });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const problems = [];
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(url);
    await visit(page, problems);
  } finally {
    await browser.close();
  }
}

// What comes over the websocket, in order: the types of messages, and "sound" for each piece of the bot's voice.
function listen(page) {
  const heard = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => {
    if (typeof payload === "string") return;
    if (payload[0] === 0x12) return heard.push("sound");
    const type = /"type": "([a-z-]+)"/.exec(payload.toString("utf8"));
    if (type) heard.push(type[1]);
  }));
  return heard;
}

const start = (page) => page.getByRole("button", { name: "Start", exact: true }).click();
const says = (page, words) => page.getByRole("alert").filter({ hasText: words }).waitFor({ timeout: patience });

async function talks(page, problems) {
  if ((await page.locator(".columns").count()) === 0) {
    console.log("built without the pages");
    process.exit(77);
  }
  const heard = listen(page);
  const wire = tap(page);
  await start(page);
  const answer = page.locator(".turn").filter({ hasText: "What is the capital of France?" }).locator("p.bot");
  await answer.filter({ hasText: "Paris" }).waitFor();
  await page.locator(".phase", { hasText: "Listening" }).waitFor();

  // Over the greeting the user spoke: it was cut, and at most two more pieces of it came.
  await page.locator(".turn").first().getByText("cut short").waitFor();
  await page.locator(".turn").first().locator("s").first().waitFor();
  const cut = heard.indexOf("bot-interrupted");
  assert.ok(cut > 0 && heard.slice(0, cut).includes("sound"), `${heard}`);
  const after = heard.slice(cut, heard.indexOf("bot-llm-started", cut)).filter((one) => one === "sound");
  assert.ok(after.length <= 2, `${after.length} pieces of sound after the interruption`);
  await page.locator(".total", { hasText: /^\d+(\.\d\d)? m?s$/ }).waitFor();
  await page.locator(".traced", { hasText: /traced as [0-9a-f]{8}/ }).waitFor();

  await page.screenshot({ path: join(shots, "talk-dark.png") });
  await page.emulateMedia({ colorScheme: "light" });
  await page.screenshot({ path: join(shots, "talk-light.png") });
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page, 390, "the page");
  await page.screenshot({ path: join(shots, "talk-390.png"), fullPage: true });
  await page.setViewportSize({ width: 1280, height: 720 });

  await page.getByLabel("Type instead").fill("What is the capital of Italy?");
  await page.keyboard.press("Enter");
  await page.locator(".turn p.bot", { hasText: "Rome" }).waitFor();
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.locator(".phase", { hasText: "Not connected" }).waitFor();
  checkConversation(wire);
  assert.deepEqual(problems, []);
}

async function main() {
  mkdirSync(shots, { recursive: true });
  // Silence first, in which the agent begins to speak.
  joinClips(clip, [{ clip: "synthetic-capital-of-france.wav", after: 8 }]);
  const agent = await startAgent("--greeting", greeting);
  const url = `http://127.0.0.1:${agent.port}/`;
  await withPage(microphone, url, talks);
  await withPage(["--use-fake-device-for-media-stream", "--deny-permission-prompts"], url, async (page) => {
    await start(page);
    await says(page, /blocked for this page: allow it/);
  });
  await withPage(["--use-fake-ui-for-media-stream"], url, async (page) => {
    await start(page);
    await says(page, /No microphone was found: plug one in/);
  });
  await withPage(microphone, `http://talk.example:${agent.port}/`, async (page) => {
    await start(page);
    await says(page, /secure pages alone: open this page over https/);
  });
  await withPage(microphone, url, async (page) => {
    await start(page);
    await page.locator(".phase", { hasText: "Speaking" }).waitFor();
    await agent.stop();
    await says(page, /connection to the agent is gone: press Start/);
    await start(page);
    await page.getByRole("alert").filter({ hasText: "start it with" }).waitFor();
  });
  console.log("the page talks, is interrupted, and says what is missing");
}

await main();
