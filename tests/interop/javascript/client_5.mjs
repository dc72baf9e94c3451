// What a user of @langfuse/otel, /tracing and /client 5 does: writes spans, scores and prompts, and reads them back.
import assert from "node:assert/strict";
import { LangfuseClient } from "@langfuse/client";
import { LangfuseMedia } from "@langfuse/core";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, startActiveObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { waitFor } from "./wait.mjs";

const processor = new LangfuseSpanProcessor();
new NodeTracerProvider({ spanProcessors: [processor] }).register();
const langfuse = new LangfuseClient();

async function writeTrace() {
  const ids = await startActiveObservation("call", async (root) => {
    root.update({ input: { question: "capital?" } });
    return propagateAttributes({ userId: "ann", sessionId: "call-7", tags: ["voice"] }, async () => {
      const generation = root.startObservation("reply", { model: "gpt-4o", input: "capital?", usageDetails: { input: 10, output: 5 } },
        { asType: "generation" });
      generation.update({ output: "Paris." }).end();
      return { trace: root.traceId, generation: generation.id };
    });
  });
  await processor.forceFlush();
  return ids;
}

async function checkObservations(ids) {
  const read = (more) => langfuse.api.observations.getMany({ traceId: ids.trace, fields: "core,basic,io,model,usage", ...more });
  const rows = await waitFor(async () => {
    const { data } = await read({});
    return data.length === 2 && data;
  });
  const reply = rows.find((row) => row.name === "reply");
  assert.equal(reply.id, ids.generation);
  assert.equal(reply.type, "GENERATION");
  assert.equal(reply.output, "Paris.");
  assert.deepEqual(reply.usageDetails, { input: 10, output: 5, total: 15 });
  assert.ok(Math.abs(reply.totalCost - 0.000075) < 1e-12);
  const page = await read({ limit: 1 });
  const rest = await read({ limit: 1, cursor: page.meta.cursor });
  assert.equal(new Set([page.data[0].id, rest.data[0].id]).size, 2);
}

async function checkMedia() {
  const clip = Uint8Array.from({ length: 2048 }, (_, i) => i % 256);
  const traceId = await startActiveObservation("heard", async (root) => {
    root.update({ input: new LangfuseMedia({ source: "bytes", contentBytes: clip, contentType: "audio/wav" }) });
    return root.traceId;
  });
  await processor.forceFlush();
  const rows = await waitFor(async () => {
    const { data } = await langfuse.api.observations.getMany({ traceId, fields: "core,io" });
    return data.length === 1 && data;
  });
  const id = /@@@langfuseMedia:type=audio\/wav\|id=([\w-]{22})\|/.exec(rows[0].input)[1];
  const media = await waitFor(() => langfuse.api.media.get(id).catch(() => null));
  assert.equal(media.contentLength, clip.length);
  assert.deepEqual(new Uint8Array(await (await fetch(media.url)).arrayBuffer()), clip);
}

async function checkScores(ids) {
  langfuse.score.create({ traceId: ids.trace, name: "csat", value: 4, comment: "fine" });
  await langfuse.score.flush();
  const score = await waitFor(async () => (await langfuse.api.scores.getMany({ traceId: ids.trace })).data[0]);
  assert.equal(score.value, 4);
  assert.equal(score.traceId, ids.trace, JSON.stringify(score));
}

async function checkPrompts() {
  await langfuse.prompt.create({ name: "tone/kind", prompt: "Be {{how}}.", labels: ["production"] });
  const prompt = await langfuse.prompt.get("tone/kind");
  assert.equal(prompt.compile({ how: "kind" }), "Be kind.");
}

const ids = await writeTrace();
await checkObservations(ids);
await checkMedia();
await checkScores(ids);
await checkPrompts();
assert.equal((await langfuse.api.projects.get()).data.length, 1);
await langfuse.shutdown();
