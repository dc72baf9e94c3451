// Invented conversations in the shapes of src/api/types.ts.
const START = Date.now() - 45 * 60_000;
const base = {
  last_line: "", outcome: "ok", live: false, voice: true, root_missing: false, barge_ins: 0, cost: null, input_tokens: 1408, output_tokens: 240,
  errors: 0, warnings: 0, caller: null, session: null, release: null, version: "v42", environment: "default", tags: [], scores: [],
  stack: { stt: "deepgram · nova-3", llm: "openai · gpt-4o-mini", tts: "cartesia · sonic-2" },
};

// Seconds: [caller from, to, bot from, to, interrupted]
const CALL = [[0, 0, 0.8, 6.2, 0], [7.1, 9.6, 10.35, 15.8, 0], [16.6, 21.9, 22.6, 27.4, 0], [28.2, 29.9, 30.66, 39, 1], [38.6, 42.8, 43.56, 49.5, 0],
  [50.3, 52.7, 55.35, 62.6, 0], [63.5, 66, 66.7, 74.2, 1], [73.6, 76.1, 76.86, 82.8, 0], [83.5, 85.6, 86.3, 91, 0], [92, 93.2, 93.9, 97.6, 0]];
const SAID = [[null, "Good afternoon, Harbour Street clinic. How can I help?"], ["I need to move my daughter’s appointment.", "Of course. What is her name?"],
  ["It’s for my daughter. The name is Kowalska, K-O-W-A-L-S-K-A.", "Thanks. I have Kowalska, with a K and an A at the end. Is that right?"],
  ["Yes. We had Tuesday morning.", "I can see Tuesday the fourteenth at nine twenty with Dr. Osei. I could offer you Wednesday at ten, Thursday at", "four, or Friday at eight thirty if an early one suits."],
  ["Thursday. But can you check if the late one is still free?", "Let me check the late slot on Thursday for you."],
  ["Around four would be best.", "One moment. Thursday the sixteenth at four ten is free. Shall I move the appointment there?"],
  ["Yes please, and can you send me a text?", "Done. You are booked for Thursday at four ten, and I have sent a confirmation", "to the number ending in one four two."],
  ["Wait, which address is it?", "It is the clinic on Harbour Street, second floor. The lift is on the left."],
  ["Great. Do I need to bring anything?", "Just her insurance card. We have the rest on file."], ["Thank you, bye.", "Goodbye, and see you on Thursday."]];
const PARTS = [["VAD stop wait", "setting", "wait", 200, "stop_secs 0.20"], ["Turn analyzer", "service", "wait", 75, "smart-turn"], ["Speech to text", "service", "stt", 215, "deepgram nova-3 · final"],
  ["LLM first token", "service", "llm", 385, "gpt-4o-mini"], ["Tool find_slots", "tool", "tool", 1310, "function call"], ["LLM first token", "service", "llm", 232, "gpt-4o-mini · answer"],
  ["Sentence aggregation", "bot", "aggregation", 71, "first sentence"], ["TTS first byte", "service", "tts", 128, "cartesia sonic-2"], ["Transport", "pipeline", "transport", 34, "websocket out"]];

const parts = (names, sum) => {
  let at = 0;
  const list = PARTS.filter((part) => names === "all" || (part[2] !== "tool" && part[4] !== "gpt-4o-mini · answer"));
  const whole = list.reduce((all, part) => all + part[3], 0);
  return list.map(([name, owner, stage, ms, detail]) => {
    const duration = (ms / whole) * sum;
    const part = { name, owner, stage, from: at, duration, detail };
    at += duration;
    return part;
  });
};

const turns = CALL.map(([a, b, c, d, cut], index) => {
  const reply = index === 0 ? null : Math.round((c - b) * 1000);
  const at = (seconds) => START + seconds * 1000;
  return {
    span_id: `a${index}`.padEnd(16, "0"), number: index + 1, label: `turn-${index + 1}`, start: at(index ? a - 0.3 : 0), end: at(d), live: false, interrupted: !!cut,
    ended_by_hangup: index === 9, bot_first: index === 0, user_text: SAID[index][0], bot_text: SAID[index][1], bot_unspoken: SAID[index][2] ?? null,
    user_from: index ? at(a) : null, user_to: index ? at(b) : null, bot_from: at(c), bot_to: at(d), reply, stt_ttfb: 215, llm_ttfb: 385, tts_ttfb: 128,
    contributions: reply === null ? [] : index === 8 ? [{ name: "Speech to text", owner: "service", stage: "stt", from: 0, duration: 200, detail: "nova-3" }, { name: "Unattributed", owner: "unattributed", stage: "unattributed", from: 200, duration: reply - 200, detail: "" }] : parts(index === 5 ? "all" : "some", reply),
    llm_calls: index === 5 ? 2 : 1, tools: index === 5 ? [{ name: "find_slots", duration: 1310, error: false }] : [], errors: [], cost: 0.0039,
  };
});

const strip = turns.flatMap((turn) => [
  ...(turn.user_from ? [{ lane: "caller", from: turn.user_from - START, to: turn.user_to - START }] : []),
  { lane: "bot", from: turn.bot_from - START, to: turn.bot_to - START },
  ...(turn.interrupted ? [{ lane: "barge_in", from: turn.bot_to - START, to: turn.bot_to - START }] : []),
]);

const names = ["Reschedule appointment", "Billing question", "Cancel order", "New patient intake", "Opening hours", "Prescription refill", "Insurance eligibility"];
const id = (index) => (0x8f1e0142 + index * 7919).toString(16).padStart(32, "4be290f177c30a1d");
export const rows = Array.from({ length: 400 }, (_, index) => {
  const error = index % 13 === 5;
  return {
    ...base, id: id(index), title: names[index % names.length], last_line: error ? "TTS stream closed in turn 6" : "“Thursday at four works, thank you.”", start: START - index * 410_000,
    end: index === 1 ? null : START - index * 410_000 + 98_200, live: index === 1, outcome: index === 1 ? "live" : error ? "error" : index % 7 === 3 ? "warning" : "ok", turns: 10,
    barge_ins: index % 7 === 3 ? 7 : index % 3, reply_p50: 742 + (index % 5) * 110, reply_p95: 940 + ((index * 37) % 23) * 130, reply_max: 2650, cost: 0.0412 + index / 1000, errors: error ? 1 : 0, spans: 68,
    caller: "+15551230142", tags: index % 4 ? [] : ["vip"], strip: error ? [...strip.slice(0, 8), { lane: "error", from: 50_000, to: 50_000 }] : strip,
  };
});
rows[2] = { ...rows[2], voice: false, title: "Slots report", last_line: "How many slots with Dr. Osei are free next week?", turns: 0, reply_p50: null, reply_p95: null, reply_max: null, spans: 12, caller: null,
  strip: [[0, 2], [2, 5], [5.2, 9.3], [9.3, 15.5], [15.6, 18.4]].map(([from, to]) => ({ lane: "span", from: from * 1000, to: to * 1000 })), end: rows[2].start + 18_420 };

const span = (key, parent, label, stage, from, to, more = {}) => ({
  id: key.padEnd(16, "0"), parent: parent?.padEnd(16, "0") ?? null, turn: null, name: label, label, type: stage === "llm" ? "GENERATION" : "SPAN", level: "DEFAULT", stage,
  start: START + from * 1000, end: START + to * 1000, provisional: false, interrupted: false, provider: null, model: null, ttfb: null, cost: null, input_tokens: null, output_tokens: null, ...more,
});
const llm = { provider: "openai", model: "gpt-4o-mini", ttfb: 232, cost: 0.0011, input_tokens: 1408, output_tokens: 24 };
const turnSpans = (turn) => {
  const at = (turn.start - START) / 1000;
  const reply = (turn.bot_from - START) / 1000;
  return [span(`a${turn.number - 1}`, "c0", turn.label, "turn", at, (turn.end - START) / 1000, { cost: 0.0039 }),
    span(`b${turn.number}1`, `a${turn.number - 1}`, "stt_deepgramsttservice", "stt", at + 0.3, at + 2.9, { model: "nova-3", provider: "deepgram", ttfb: 215, cost: 0.0003 }),
    span(`b${turn.number}2`, `a${turn.number - 1}`, "llm_openaillmservice", "llm", reply - 0.6, reply - 0.1, llm),
    ...(turn.tools.length ? [span(`b${turn.number}3`, `a${turn.number - 1}`, "tool find_slots", "tool", reply - 1.7, reply - 0.5)] : []),
    span(`b${turn.number}4`, `a${turn.number - 1}`, "tts_cartesiattsservice", "tts", reply - 0.1, reply + 2, { model: "sonic-2", provider: "cartesia", ttfb: 128, cost: 0.0009, interrupted: turn.interrupted })];
};
const trace = [span("e0", null, "research-agent", null, 0, 18.42, { type: "AGENT" }), span("e1", "e0", "plan", "llm", 0, 2.3, llm), span("e2", "e0", "retrieve", null, 2.3, 5.4), span("e3", "e2", "web_search", "tool", 2.4, 4.1),
  span("e4", "e2", "search_docs", "tool", 2.4, 3), span("e5", "e2", "fetch_page", "tool", 4.1, 5.4, { level: "ERROR" }), span("e6", "e0", "reason", null, 5.5, 12), span("e7", "e6", "chat gpt-4o", "llm", 5.6, 11, { ...llm, model: "gpt-4o" }), span("e8", "e6", "run_sql", "tool", 11, 12), span("e9", "e0", "critic", "llm", 12.2, 18, llm)];

export const spansOf = (of, turn) => (of === rows[2].id ? trace : turn ? turnSpans(turns.find((known) => known.span_id === turn)) : [span("c0", null, "conversation", "conversation", 0, 98), ...turns.flatMap(turnSpans)]);
export const callDetail = (of) => {
  const row = rows.find((known) => known.id === of);
  return row && { conversation: row, turns: row.voice ? turns : [], spans_too_many: false };
};
export const spanDetail = (of, key) => ({
  span: spansOf(of, null).find((known) => known.id === key), status: null, previous_call: null,
  input: JSON.stringify([{ role: "system", content: "You are the front desk of a clinic." }, { role: "user", content: "Around four would be best." }, { role: "assistant", content: null, tool_calls: [{ id: "call_1", function: { name: "find_slots", arguments: '{"day":"Thursday"}' } }] }, { role: "tool", tool_call_id: "call_1", content: '{"day":"2026-04-16","free":["16:10","17:30"]}' }]),
  output: "Thursday the sixteenth at four ten is free. Shall I move the appointment there?",
  attributes: [["gen_ai.request.model", "gpt-4o-mini"], ["gen_ai.usage.input_tokens", 1408], ["metrics.ttfb", 0.232]], resource: [["service.name", "front-desk"]], scope: { name: "pipecat", version: "1.14.0" },
  events: [], links: [],
});
export const session = (empty) => ({
  version: "0.1.0", project: { id: "front-desk", name: "Front desk" }, projects: [{ id: "front-desk", name: "Front desk" }], public_key: "pk-lf-1234",
  endpoints: { http: "http://localhost:3000", otlp_http: "http://localhost:4318", otlp_grpc: "localhost:4317" }, talk_url: "http://localhost:7860/", has_traces: !empty,
});

const counts = (of) => Object.entries(Object.groupBy(rows, of)).map(([value, list]) => ({ value, count: list.length }));
export const facets = {
  total: rows.length, searched_from: null, voice: rows.length - 1, barge_ins: 300, outcome: counts((row) => row.outcome), environment: counts((row) => row.environment),
  release: [], version: counts((row) => row.version), tag: [{ value: "vip", count: 100 }],
  stt: [{ value: "deepgram · nova-3", count: 90 }], llm: [{ value: "openai · gpt-4o-mini", count: 90 }], tts: [{ value: "cartesia · sonic-2", count: 90 }], services_of: rows.length,
  barge_ins_per_call: [50, 20, 9, 4, 2, 1, 0, 1].map((count, index) => ({ to: [1, 2, 3, 4, 5, 8, 12, null][index], count })),
  reply: [3, 9, 31, 60, 82, 70, 52, 40, 28, 25].map((count, index) => ({ to: index === 9 ? null : 250 * (index + 1), count })),
};
const bins = Array.from({ length: 96 }, (_, index) => Math.round(6 + 14 * Math.abs(Math.sin(index / 19))));
export const histogram = {
  from: Date.now() - 86_400_000, step: 900_000, searched_from: null, count: bins, slow: bins.map((count, index) => (index > 80 ? Math.round(count / 3) : index % 5 === 0 ? 1 : 0)),
  failed: bins.map((_, index) => (index > 84 ? 2 : 0)),
};
