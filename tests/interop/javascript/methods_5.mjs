// Calls every method of the API client of @langfuse/client 5, but for those that the server does not have, and looks for
// what each answer must have. A method that is in neither list fails.
import assert from "node:assert/strict";
import { LangfuseClient } from "@langfuse/client";
import { waitFor } from "./wait.mjs";

// Evaluators that run in the server, enterprise administration, boards of the dashboard.
const NOT_SERVED = ["blobStorageIntegrations", "evaluationRules", "evaluators", "feedback", "llmConnections",
  "scim", "unstable", "organizations.getOrganizationMemberships", "organizations.updateOrganizationMembership",
  "organizations.deleteOrganizationMembership", "organizations.getProjectMemberships",
  "organizations.updateProjectMembership", "organizations.deleteProjectMembership", "projects.delete"];
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const now = Date.now();
const range = { fromStartTime: new Date(now - 3_600_000).toISOString(), toStartTime: new Date(now + 3_600_000).toISOString() };

const { api } = new LangfuseClient();
const admin = new LangfuseClient({ publicKey: process.env.ORGANIZATION_PUBLIC_KEY, secretKey: process.env.ORGANIZATION_SECRET_KEY }).api;
const made = {}; // what the calls so far returned, by method

const attribute = ([key, stringValue]) => ({ key, value: { stringValue } });
const span = {
  traceId: TRACE, spanId: SPAN, name: "reply", kind: 1, startTimeUnixNano: `${now}000000`, endTimeUnixNano: `${now + 1000}000000`,
  attributes: Object.entries({ "langfuse.observation.type": "generation", "langfuse.session.id": "s", "langfuse.user.id": "ann",
    "gen_ai.request.model": "gpt-4o", "langfuse.observation.input": "q", "langfuse.observation.output": "a",
    "langfuse.observation.usage_details": '{"input":3,"output":2}' }).map(attribute),
};
const metricsOf = (view) => ({ query: JSON.stringify({ view, dimensions: [{ field: "name" }], filters: [],
  metrics: [{ measure: "count", aggregation: "count" }], fromTimestamp: range.fromStartTime, toTimestamp: range.toStartTime }) });
const score = (id, more) => ({ id, name: id, value: 1, traceId: TRACE, ...more });
const event = (type, body) => ({ id: crypto.randomUUID(), timestamp: new Date(now).toISOString(), type, body });
const queue = () => made["annotationQueues.createQueue"].id;
const queueItem = () => made["annotationQueues.createQueueItem"].id;
const absent = (call) => assert.rejects(call, (error) => error.statusCode === 404);

// Each gives the answer, in which `keys` must be.
const CALLS = {
  "health.health": [() => api.health.health(), "status version"],
  "projects.get": [() => api.projects.get(), "data"],
  "opentelemetry.exportTraces": [() => api.opentelemetry.exportTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }), ""],
  "ingestion.batch": [() => api.ingestion.batch({ batch: [event("trace-create", { id: "batch", name: "b" })] }), "successes errors"],
  "observations.getMany": [() => waitFor(async () => {
    const answer = await api.observations.getMany({ traceId: TRACE, fields: "core,basic,io,usage", ...range });
    return answer.data[0]?.output === "a" && answer;
  }), "data meta"],
  "legacy.observationsV1.getMany": [() => api.legacy.observationsV1.getMany({ traceId: TRACE, limit: 5, ...range }), "data meta"],
  "legacy.observationsV1.get": [() => api.legacy.observationsV1.get(SPAN), "id traceId usage usageDetails modelParameters"],
  "metrics.metrics": [() => api.metrics.metrics(metricsOf("observations")), "data"],
  "legacy.metricsV1.metrics": [() => api.legacy.metricsV1.metrics(metricsOf("traces")), "data"],
  "trace.list": [() => api.trace.list({ userId: "ann", orderBy: "timestamp.desc", fields: "core,io" }), "data meta"],
  "trace.get": [() => api.trace.get(TRACE), "id observations scores htmlPath latency totalCost"],
  "sessions.list": [() => api.sessions.list({ limit: 5 }), "data meta"],
  "sessions.get": [() => api.sessions.get("s"), "id traces createdAt"],
  "scoreConfigs.create": [() => api.scoreConfigs.create({ name: "csat", dataType: "NUMERIC", minValue: 0, maxValue: 5 }), "id"],
  "scoreConfigs.get": [() => api.scoreConfigs.get({ page: 1 }), "data meta"],
  "scoreConfigs.getById": [() => api.scoreConfigs.getById(made["scoreConfigs.create"].id), "minValue maxValue"],
  "scoreConfigs.update": [() => api.scoreConfigs.update(made["scoreConfigs.create"].id, { isArchived: true }), "isArchived"],
  "annotationQueues.createQueue": [() => api.annotationQueues.createQueue({ name: "q",
    scoreConfigIds: [made["scoreConfigs.create"].id] }), "id name scoreConfigIds"],
  "annotationQueues.listQueues": [() => api.annotationQueues.listQueues({ limit: 5 }), "data meta"],
  "annotationQueues.getQueue": [() => api.annotationQueues.getQueue(queue()), "name"],
  "annotationQueues.createQueueItem": [() => api.annotationQueues.createQueueItem(queue(), { objectId: TRACE, objectType: "TRACE" }),
    "id status"],
  "annotationQueues.listQueueItems": [() => api.annotationQueues.listQueueItems(queue(), { status: "PENDING" }), "data meta"],
  "annotationQueues.getQueueItem": [() => api.annotationQueues.getQueueItem(queue(), queueItem()), "objectId objectType"],
  "annotationQueues.updateQueueItem": [() => api.annotationQueues.updateQueueItem(queue(), queueItem(), { status: "COMPLETED" }),
    "completedAt"],
  "annotationQueues.deleteQueueItem": [() => api.annotationQueues.deleteQueueItem(queue(), queueItem()), "success message"],
  "annotationQueues.createQueueAssignment": [() => api.annotationQueues.createQueueAssignment(queue(), { userId: "ann" }), "queueId"],
  "annotationQueues.deleteQueueAssignment": [() => api.annotationQueues.deleteQueueAssignment(queue(), { userId: "ann" }), "success"],
  "legacy.scoreV1.create": [() => api.legacy.scoreV1.create(score("old")), "id"],
  "scores.create": [() => api.scores.create([score("a", { dataType: "BOOLEAN" }), score("b", { value: "good" })]), ""],
  "scores.getMany": [() => api.scores.getMany({ traceId: TRACE }), "data meta"],
  "scores.getById": [() => api.scores.getById("a"), "id value dataType"],
  "scoresV3.getManyV3": [() => api.scoresV3.getManyV3({ fields: "details,subject", traceId: TRACE }), "data meta"],
  "legacy.scoreV1.delete": [() => api.legacy.scoreV1.delete("old"), ""],
  "comments.create": [() => api.comments.create({ projectId: made["projects.get"].data[0].id, objectType: "TRACE", objectId: TRACE,
    content: "c" }), "id"],
  "comments.get": [() => api.comments.get({ objectType: "TRACE", objectId: TRACE }), "data meta"],
  "comments.getById": [() => api.comments.getById(made["comments.create"].id), "content"],
  "media.getUploadUrl": [() => api.media.getUploadUrl({ contentType: "audio/wav", contentLength: 4, sha256Hash: `${"A".repeat(43)}=`,
    field: "input", traceId: TRACE }), "mediaId uploadUrl"],
  "media.patch": [() => api.media.patch(made["media.getUploadUrl"].mediaId, { uploadedAt: new Date(now).toISOString(),
    uploadHttpStatus: 500, uploadHttpError: "no" }), ""],
  "media.get": [() => absent(api.media.get(made["media.getUploadUrl"].mediaId)), ""],
  "prompts.create": [() => api.prompts.create({ type: "chat", name: "a/b", prompt: [{ role: "system", content: "Hi" }], labels: ["x"] }),
    "name version labels"],
  "prompts.get": [() => api.prompts.get("a/b", { label: "x" }), "prompt config tags"],
  "prompts.list": [() => api.prompts.list({ name: "a/b" }), "data meta"],
  "promptVersion.update": [() => api.promptVersion.update("a/b", 1, { newLabels: ["production"] }), "labels"],
  "prompts.delete": [() => api.prompts.delete("a/b", { version: 1 }), ""],
  "datasets.create": [() => api.datasets.create({ name: "d s" }), "id"],
  "datasets.list": [() => api.datasets.list(), "data meta"],
  "datasets.get": [() => api.datasets.get("d s"), "id name"],
  "datasetItems.create": [() => api.datasetItems.create({ datasetName: "d s", id: "i", input: { q: 1 } }), "id status"],
  "datasetItems.get": [() => api.datasetItems.get("i"), "datasetName"],
  "datasetItems.list": [() => api.datasetItems.list({ datasetName: "d s" }), "data meta"],
  "datasetRunItems.create": [() => api.datasetRunItems.create({ runName: "r", datasetItemId: "i", traceId: TRACE }), "datasetRunId"],
  "datasetRunItems.list": [() => api.datasetRunItems.list({ datasetId: made["datasets.create"].id, runName: "r" }), "data meta"],
  "datasets.getRuns": [() => api.datasets.getRuns("d s"), "data meta"],
  "datasets.getRun": [() => api.datasets.getRun("d s", "r"), "datasetRunItems"],
  "datasets.deleteRun": [() => api.datasets.deleteRun("d s", "r"), "message"],
  "datasetItems.delete": [() => api.datasetItems.delete("i"), "message"],
  "experiments.list": [() => api.experiments.list({ ...range, fields: "core,metadata,scores" }), "data meta"],
  "experiments.listItems": [() => api.experiments.listItems({ ...range, fields: "core,io,scores" }), "data meta"],
  "models.create": [() => api.models.create({ modelName: "mine", matchPattern: "^mine$", unit: "TOKENS", inputPrice: 1 }), "id"],
  "models.upsert": [() => api.models.upsert(made["models.create"].id, { modelName: "mine", matchPattern: "^mine$", totalPrice: 1 }), "id"],
  "models.list": [() => api.models.list({ limit: 100 }), "data meta"],
  "models.get": [() => api.models.get(made["models.create"].id), "pricingTiers"],
  "models.delete": [() => api.models.delete(made["models.create"].id), ""],
  "projects.create": [() => admin.projects.create({ name: "second", retention: 0 }), "id"],
  "projects.update": [() => admin.projects.update(made["projects.create"].id, { name: "third", retention: 7 }), "name"],
  "projects.createApiKey": [() => admin.projects.createApiKey(made["projects.create"].id, { note: "n" }), "id secretKey"],
  "projects.getApiKeys": [() => admin.projects.getApiKeys(made["projects.create"].id), "apiKeys"],
  "projects.deleteApiKey": [() => admin.projects.deleteApiKey(made["projects.create"].id, made["projects.createApiKey"].id), "success"],
  "organizations.getOrganizationProjects": [() => admin.organizations.getOrganizationProjects(), "projects"],
  "organizations.getOrganizationApiKeys": [() => admin.organizations.getOrganizationApiKeys(), "apiKeys"],
  "trace.delete": [() => api.trace.delete(TRACE), "message"],
  "trace.deleteMultiple": [() => api.trace.deleteMultiple({ traceIds: [TRACE] }), "message"],
};

// resource.method of everything below `client`.
function methods(client, path = "") {
  const prototype = Object.getPrototypeOf(client);
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { get }]) => {
    if (name === "constructor" || name.startsWith("_")) return [];
    return get ? methods(client[name], `${path}${name}.`) : [path + name];
  });
}

const isServed = (method) => !NOT_SERVED.some((name) => method === name || method.startsWith(`${name}.`));
const wrong = methods(api).filter((method) => isServed(method) && !CALLS[method]).map((method) => `${method}: is called nowhere`);
for (const [method, [call, keys]] of Object.entries(CALLS)) {
  try {
    made[method] = await call();
    for (const key of keys.split(" ").filter(Boolean)) assert.ok(key in made[method], `no ${key} in ${JSON.stringify(made[method])}`);
  } catch (error) {
    wrong.push(`${method}: ${String(error).replaceAll("\n", " ").slice(0, 300)}`);
  }
}
assert.deepEqual(wrong, []);
