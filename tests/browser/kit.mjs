// What the browser tests share: a server of their own, Chromium, conversations sent over OTLP.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const BINARY = process.env.REPARTEE_BINARY ?? join(process.env.REPARTEE_BIN ?? join(ROOT, "build/release/bin"), "repartee");
export const SHOTS = join(ROOT, "build/screenshots");
const require = createRequire(join(ROOT, "web/package.json"));
const { chromium } = require("playwright-core");

/** What goes through server and page may take so long where others use the processor too. */
const PATIENCE = 20_000;

/** Waits until `value()` is true, for events that have no promise; fails after `ms`. */
export async function until(what, value, ms = PATIENCE) {
  const end = Date.now() + ms;
  for (;;) {
    if (await value()) return;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Waits until `read()` gives `expected`; when it does not, tells what it gave last. For what follows an action: the page renders later. */
export async function becomes(read, expected, what, ms = PATIENCE) {
  let last;
  await until(what, async () => JSON.stringify((last = await read())) === JSON.stringify(expected), ms).catch(() => equal(last, expected, what));
}

export function equal(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
}

/** `repartee serve` on free ports with an empty data folder. */
export async function startServer(...more) {
  return startServerWith({}, ...more);
}

/** The same with variables of the environment. */
export async function startServerWith(variables, ...more) {
  const folder = mkdtempSync(join(tmpdir(), "repartee-browser-"));
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OTEL_|REPARTEE_|LANGFUSE_|ENABLE_TRACING)/.test(name)));
  const child = spawn(BINARY, ["serve", "--json", "--port", "0", "--otlp-http-port", "0", "--otlp-grpc-port", "0", "--data", join(folder, "data"), ...more], {
    cwd: folder, env: { ...environment, ...variables }, stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const line = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
    ended.then((code) => Promise.reject(new Error(`the server ended with ${code} before it was ready`))),
  ]);
  const info = JSON.parse(line);
  return {
    info,
    url: `http://127.0.0.1:${info.port}`,
    otlp: `http://127.0.0.1:${info.otlp_http_port}/v1/traces`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `repartee up` on free ports in `folder`, which also has an agent unless it was built without the local models. */
export async function startUp(folder, ...more) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(OTEL_|REPARTEE_|LANGFUSE_|OPENAI_|DEEPGRAM_|CARTESIA_|ENABLE_TRACING)/.test(name));
  const up = spawn(BINARY, ["up", "--json", "--port", "0", "--otlp-http-port", "0", "--otlp-grpc-port", "0", "--agent-port", "0", "--data", join(folder, "data"), ...more],
    { env: Object.fromEntries(kept), cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => up.once("exit", done));
  const line = await Promise.race([
    new Promise((done) => createInterface({ input: up.stdout }).once("line", done)),
    ended.then((code) => Promise.reject(new Error(`repartee up ended with ${code} before it was ready`))),
  ]);
  const info = JSON.parse(line);
  return {
    info,
    url: `http://127.0.0.1:${info.port}`,
    otlp: `http://127.0.0.1:${info.otlp_http_port}/v1/traces`,
    agent: info.agent_port === null ? null : `http://127.0.0.1:${info.agent_port}`,
    async stop() {
      up.kill("SIGTERM");
      holds((await ended) === 0, "repartee up ends well");
    },
  };
}

/** Headers with the project's keys. */
export const keysOf = (server) => ({ authorization: `Basic ${btoa(`${server.info.public_key}:${server.info.secret_key}`)}` });

/** The recorded requests of a Pipecat conversation. */
export function recorded(name) {
  const folder = join(ROOT, "tests/golden/ingest/pipecat", name);
  return readdirSync(folder).filter((entry) => entry.endsWith(".binpb")).sort().map((file) => ({ file, body: readFileSync(join(folder, file)) }));
}

/** Sends them, or the one of that number. */
export async function sendRecorded(server, name, number = null) {
  for (const { file, body } of recorded(name)) {
    if (number === null || file === `otlp-${number}.binpb`) await send(server, body);
  }
}

export async function send(server, body) {
  const answer = await fetch(server.otlp, { method: "POST", headers: { "content-type": "application/x-protobuf" }, body });
  holds(answer.ok, `the server refused the spans: ${answer.status} ${await answer.text()}`);
}

// ---- OTLP as protobuf, as far as it is needed ----
const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
export const field = (number, bytes) => Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
const text = (number, value) => field(number, Buffer.from(value));
const double = (value) => {
  const bytes = Buffer.alloc(9);
  bytes[0] = (4 << 3) | 1;
  bytes.writeDoubleLE(value, 1);
  return bytes;
};
const anyValue = (value) => (typeof value === "string" ? text(1, value) : Number.isInteger(value) ? Buffer.from([3 << 3, ...varint(value)]) : double(value));
export const attribute = ([key, value]) => Buffer.concat([text(1, key), field(2, anyValue(value))]);
const time = (number, ms) => {
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeBigUInt64LE(BigInt(Math.round(ms)) * 1_000_000n, 1);
  return bytes;
};
const id = (number, hex, length) => field(number, Buffer.from(hex.padEnd(length, "0"), "hex"));

/** One span; `parent` is null for the root, `fault` the text of its error or null. */
export function spanBytes({ trace, span, parent = null, name, from, to, attributes = {}, fault = null }) {
  return Buffer.concat([
    id(1, trace, 32), id(2, span, 16), parent === null ? Buffer.alloc(0) : id(4, parent, 16), text(5, name), time(7, from), time(8, to),
    ...Object.entries(attributes).map((pair) => field(9, attribute(pair))),
    fault === null ? Buffer.alloc(0) : field(15, Buffer.concat([text(2, fault), Buffer.from([0x18, 2])])),
  ]);
}

export function request(spans, scopeName = "manual") {
  const scope = Buffer.concat([field(1, text(1, scopeName)), ...spans.map((span) => field(2, span))]);
  return field(1, Buffer.concat([field(1, field(1, attribute(["service.name", "research-agent"]))), field(2, scope)]));
}

/** A trace that is no call: an agent, a model, a tool that failed. */
export function agentTrace(trace, now = Date.now()) {
  const span = (key, parent, name, from, to, attributes, fault = null) =>
    spanBytes({ trace, span: key, parent, name, from: now + from, to: now + to, attributes, fault });
  return request([
    span("a0", null, "research-agent", 0, 9000, { "langfuse.observation.type": "agent", "langfuse.trace.name": "Slots report" }),
    span("a1", "a0", "plan", 100, 2300, { "gen_ai.request.model": "gpt-4o", "gen_ai.prompt": "Which slots are free?", "gen_ai.completion": "Eleven." }),
    span("a2", "a0", "fetch_page", 2400, 3700, { "langfuse.observation.type": "tool" }, "504 from the upstream"),
    span("a3", "a0", "critic", 3800, 8900, { "gen_ai.request.model": "gpt-4o-mini" }),
  ]);
}

/** A call of one turn, answered after 0.9 s unless told, in Pipecat's names; a running one has no conversation span yet. */
export function call(trace, start, { running = false, attributes: more = {}, said = "Do you open on Sunday?", replies = 0.9 } = {}) {
  const span = (key, parent, name, from, to, attributes) => spanBytes({ trace, span: key, parent, name, from: start + from, to: start + to, attributes });
  const turns = [
    span("d2", "d1", "stt", 0, 1000, { "gen_ai.request.model": "nova-3", transcript: said, is_final: "true" }),
    span("d1", "d0", "turn", 0, 4000, { "turn.number": 1, "turn.user_bot_latency_seconds": replies }),
  ];
  return request(running ? turns : [...turns, span("d0", null, "conversation", 0, 4200, { "conversation.id": "sunday", ...more })], "pipecat.turn");
}

/** `speaks`: a WAV file that the browser takes for its microphone, once. */
export async function startBrowser({ speaks = null } = {}) {
  mkdirSync(SHOTS, { recursive: true });
  const sound = speaks === null ? [] : ["--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-audio-capture=${speaks}%noloop`];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", ...sound] });
}

/** WAV files of one form one after the other, each behind so many seconds of silence, as one file. */
export function joinClips(file, pieces) {
  const HEAD = 44;
  const clips = pieces.map(({ clip, after }) => ({ after, bytes: readFileSync(join(ROOT, "tests/data/audio", clip)) }));
  for (const { bytes } of clips) equal(bytes.toString("latin1", 36, 40), "data", "the clip's head");
  const second = clips[0].bytes.readUInt32LE(28);
  const sound = Buffer.concat([clips[0].bytes.subarray(0, HEAD), ...clips.flatMap(({ after, bytes }) => [Buffer.alloc(after * second), bytes.subarray(HEAD)])]);
  sound.writeUInt32LE(sound.length - 8, 4);
  sound.writeUInt32LE(sound.length - HEAD, 40);
  writeFileSync(file, sound);
}

/** A page that remembers what must never happen: errors, refused styles and scripts, foreign hosts. Without a path it is left blank. */
export async function openPage(browser, server, path = "/", { theme = "dark", width = 1280, height = 720 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce" });
  await context.addInitScript({ path: require.resolve("axe-core") });
  const page = await context.newPage();
  page.faults = [];
  page.expected = [];
  page.on("pageerror", (error) => page.faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !page.expected.some((pattern) => pattern.test(message.text()))) page.faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const ours = [server.url, server.agent].some((url) => url && request.url().startsWith(url));
    if (/^https?:/.test(request.url()) && !ours) page.faults.push(`foreign: ${request.url()}`);
  });
  if (path !== null) await page.goto(server.url + path);
  return page;
}

/** The same, once the server's stream stands: what is sent from then on is pushed to the page. */
export async function openFollowing(browser, server, path, options) {
  const page = await openPage(browser, server, null, options);
  const stream = page.waitForResponse(/\/api\/ui\/events/);
  await page.goto(server.url + path);
  await stream;
  return page;
}

/** Where an element is, once it has stood still for a while: what is above it may still grow. */
export async function placeOf(locator) {
  const still = 8;
  let place = null;
  let times = 0;
  await until("it stands still", async () => {
    const now = JSON.stringify(await locator.boundingBox());
    times = now === place ? times + 1 : 0;
    place = now;
    return now !== "null" && times >= still;
  });
  return JSON.parse(place);
}

/** The value of one parameter of the page's address, or null. */
export const inAddress = (page, name) => new URL(page.url()).searchParams.get(name);

/** Waits until nothing scrolls sideways at this width. */
export const fits = (page, width, what) => until(`${what} fits ${width} pixels`, () => page.evaluate((most) => document.documentElement.scrollWidth <= most, width));

/** Times may be so much longer while other tests run beside; REPARTEE_STRICT=1 for a machine that does nothing else. */
export const LATE = process.env.REPARTEE_STRICT === "1" ? 1 : 3;

/** The browser tells tasks and interactions of a frame after the next one: waits for that. */
export const told = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))));

/** Runs `act` and tells the tasks of the page's script meanwhile that took 50 ms and more, longest first. */
export async function longTasks(page, act) {
  await page.evaluate(() => {
    globalThis.tasks = [];
    globalThis.watcher = new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map((entry) => entry.duration)));
    globalThis.watcher.observe({ entryTypes: ["longtask"] });
  });
  await act();
  await told(page);
  return page.evaluate(() => {
    globalThis.tasks.push(...globalThis.watcher.takeRecords().map((entry) => entry.duration));
    globalThis.watcher.disconnect();
    return globalThis.tasks.sort((a, b) => b - a);
  });
}

/** What the page's script holds after a collection, in MB. */
export async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return Math.round(usedSize / 1e5) / 10;
}

/** What a person who reads by keyboard, screen reader or with weak eyes would stumble over. */
export const barriers = (page) =>
  page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return found.violations
      .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
      .map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`);
  });

/** Runs the cases one after the other, each named by what it shows; sets the exit status. */
export async function runCases(cases) {
  const only = process.env.CASE ?? "";
  let failed = 0;
  for (const [name, run] of Object.entries(cases)) {
    if (!name.includes(only)) continue;
    const started = Date.now();
    try {
      await run();
      console.log(`ok      ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n        ${String(error.stack ?? error).split("\n").slice(0, 6).join("\n        ")}`);
    }
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

/** Nothing happened on the page that must not happen. */
export const clean = (page) => equal(page.faults, [], "faults of the page");

/** Cases with a server of their own, always stopped: `run(server, home)`, home being the project's address. */
export const serverFor = (browser, variables = {}) => (run) => async () => {
  const server = await startServerWith(variables);
  try {
    await run(server, `/p/${server.info.project_id}`);
  } finally {
    for (const context of browser.contexts()) await context.close();
    await server.stop();
  }
};
