// What the browser tests share: a server of their own, Chromium, conversations sent over OTLP.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const SHOTS = join(ROOT, "build/screenshots");
const { chromium } = createRequire(join(ROOT, "web/package.json"))("playwright-core");

/** Waits until `value()` is true, for events that have no promise; fails after `ms`. */
export async function until(what, value, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await value()) return;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
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
  const folder = mkdtempSync(join(tmpdir(), "repartee-browser-"));
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OTEL_|REPARTEE_|LANGFUSE_|ENABLE_TRACING)/.test(name)));
  const binary = process.env.REPARTEE_BINARY ?? join(ROOT, "build/release/bin/repartee");
  const child = spawn(binary, ["serve", "--json", "--port", "0", "--otlp-http-port", "0", "--data", join(folder, "data"), ...more], {
    cwd: folder, env: environment, stdio: ["ignore", "pipe", "inherit"],
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

/** Sends the recorded requests of a Pipecat conversation, or the one of that number. */
export async function sendRecorded(server, name, number = null) {
  const folder = join(ROOT, "tests/golden/ingest/pipecat", name);
  for (const file of readdirSync(folder).filter((entry) => entry.endsWith(".binpb")).sort()) {
    if (number !== null && file !== `otlp-${number}.binpb`) continue;
    await send(server, readFileSync(join(folder, file)), "application/x-protobuf");
  }
}

export async function send(server, body, type = "application/json") {
  const answer = await fetch(server.otlp, { method: "POST", headers: { "content-type": type }, body });
  holds(answer.ok, `the server refused the spans: ${answer.status} ${await answer.text()}`);
}

/** A trace that is no call, as OTLP in JSON: an agent, a model, a tool that failed. */
export function agentTrace(now = Date.now()) {
  const text = (key, value) => ({ key, value: { stringValue: value } });
  const span = (id, parent, name, from, to, attributes, failed = false) => ({
    traceId: "7be2".padEnd(32, "0"), spanId: id.padEnd(16, "0"), parentSpanId: parent?.padEnd(16, "0"), name, kind: 1,
    startTimeUnixNano: `${(now + from) * 1_000_000}`, endTimeUnixNano: `${(now + to) * 1_000_000}`, attributes,
    status: failed ? { code: 2, message: "504 from the upstream" } : {},
  });
  const spans = [
    span("a0", null, "research-agent", 0, 9000, [text("langfuse.observation.type", "agent"), text("langfuse.trace.name", "Slots report")]),
    span("a1", "a0", "plan", 100, 2300, [text("gen_ai.request.model", "gpt-4o"), text("gen_ai.prompt", "Which slots are free?"), text("gen_ai.completion", "Eleven.")]),
    span("a2", "a0", "fetch_page", 2400, 3700, [text("langfuse.observation.type", "tool")], true),
    span("a3", "a0", "critic", 3800, 8900, [text("gen_ai.request.model", "gpt-4o-mini")]),
  ];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: [text("service.name", "research-agent")] }, scopeSpans: [{ scope: { name: "manual" }, spans }] }] });
}

export async function startBrowser() {
  mkdirSync(SHOTS, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** A page that remembers what must never happen: errors, refused styles and scripts, foreign hosts. */
export async function openPage(browser, server, path = "/", { theme = "dark", width = 1280, height = 720 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.faults = [];
  page.expected = [];
  page.on("pageerror", (error) => page.faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !page.expected.some((pattern) => pattern.test(message.text()))) page.faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(server.url)) page.faults.push(`foreign: ${request.url()}`);
  });
  await page.goto(server.url + path);
  return page;
}

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
