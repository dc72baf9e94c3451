// Deepgram's and OpenAI's own JavaScript SDKs against the scripted vendors:   client.mjs PORTS_AS_JSON KEY
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { DeepgramClient } from "@deepgram/sdk";
import OpenAI from "openai";

const [ports, key] = [JSON.parse(process.argv[2]), process.argv[3]];

async function deepgram() {
  const at = `127.0.0.1:${ports.deepgram}`;
  const client = new DeepgramClient({ apiKey: key, environment: { base: `http://${at}`, production: `ws://${at}`, agent: `ws://${at}` } });
  const link = await client.listen.v1.connect({ model: "nova-3", encoding: "linear16", sample_rate: 16000 });
  const heard = [];
  link.on("message", (message) => heard.push(message));
  link.connect();
  await link.waitForOpen();
  const voice = Buffer.alloc(640);
  for (let i = 0; i < 320; i++) voice.writeInt16LE(i % 16 < 8 ? 4000 : -4000, i * 2);
  for (let i = 0; i < 25; i++) {
    link.sendMedia(voice);
    await sleep(2);
  }
  link.sendFinalize({ type: "Finalize" });
  await sleep(300);
  link.sendCloseStream({ type: "CloseStream" });
  await sleep(300);
  link.close();
  const kinds = heard.map((message) => message.type);
  assert.deepEqual(kinds, ["SpeechStarted", "Results", "Results", "UtteranceEnd", "Metadata"]);
  assert.equal(heard[2].channel.alternatives[0].transcript, "Hello there.");
  assert.ok(heard[2].from_finalize);
}

async function openai() {
  const client = new OpenAI({ apiKey: key, baseURL: `http://127.0.0.1:${ports.openai}/v1` });
  const ask = { model: "gpt-4.1", messages: [{ role: "user", content: "Hello?" }] };
  const stream = await client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } });
  let [text, usage] = ["", null];
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, "Good day to you.");
  assert.ok(usage.total_tokens > 0);
  const runner = await client.chat.completions.create({ ...ask, stream: true });
  const calls = [];
  for await (const chunk of runner) {
    for (const piece of chunk.choices[0].delta.tool_calls ?? []) {
      calls[piece.index] = (calls[piece.index] ?? "") + (piece.function.name ?? "") + piece.function.arguments;
    }
  }
  assert.deepEqual(calls, ['weather{"place":"Oslo"}', "time{}"]);
  const again = await client.chat.completions.create(ask); // 429 first
  assert.equal(again.choices[0].message.content, "After a wait.");
  const stranger = new OpenAI({ apiKey: "wrong", baseURL: client.baseURL });
  await assert.rejects(stranger.chat.completions.create(ask), (error) => error.status === 401 && error.code === "invalid_api_key");
}

for (const vendor of [deepgram, openai]) {
  await vendor();
  console.log("ok  ", vendor.name, "(JavaScript)");
}
process.exit(0);
