// What a user of langfuse 3 does: writes batches of events, and reads traces, observations, prompts and datasets back.
import assert from "node:assert/strict";
import { Langfuse } from "langfuse";
import { waitFor } from "./wait.mjs";

const langfuse = new Langfuse({ baseUrl: process.env.LANGFUSE_BASE_URL, flushAt: 1 });

const trace = langfuse.trace({ name: "call", userId: "ann", sessionId: "call-7", tags: ["voice"], input: { question: "capital?" } });
const generation = trace.generation({ name: "reply", model: "gpt-4o", input: "capital?", usage: { input: 10, output: 5, unit: "TOKENS" } });
generation.end({ output: "Paris." });
trace.update({ output: "Paris." });
trace.score({ name: "csat", value: 4, comment: "fine" });
await langfuse.flushAsync();

const read = await waitFor(async () => {
  const { data } = await langfuse.fetchTrace(trace.id).catch(() => ({ data: null }));
  return data?.observations?.length === 1 && data.scores.length === 1 && data.output === "Paris." && data;
});
assert.equal(read.userId, "ann");
assert.equal(read.output, "Paris.");
assert.equal(read.observations[0].id, generation.id);
assert.equal(read.observations[0].usage.total, 15);
assert.ok(Math.abs(read.observations[0].calculatedTotalCost - 0.000075) < 1e-12);
assert.equal(read.scores[0].value, 4);
assert.equal((await langfuse.fetchTraces({ userId: "ann", tags: ["voice"] })).data.length, 1);
assert.equal((await langfuse.fetchObservations({ type: "GENERATION" })).data[0].name, "reply");
assert.equal((await langfuse.fetchSessions()).data[0].id, "call-7");

await langfuse.createPrompt({ name: "kind", prompt: "Be {{how}}.", labels: ["production"] });
assert.equal((await langfuse.getPrompt("kind")).compile({ how: "kind" }), "Be kind.");
await langfuse.createDataset({ name: "calls" });
await langfuse.createDatasetItem({ datasetName: "calls", id: "item-1", input: { n: 1 } });
const dataset = await langfuse.getDataset("calls");
assert.equal(dataset.items[0].id, "item-1");
await dataset.items[0].link(trace, "run-1");
assert.equal((await langfuse.getDatasetRun({ datasetName: "calls", runName: "run-1" })).datasetRunItems.length, 1);
await langfuse.shutdownAsync();
