// What Pipecat's client and an agent say to each other over the websocket, as a browser's page sends and gets it:
// protobuf frames with sound or RTVI messages; and whether it is as the client needs it.
import assert from "node:assert/strict";

export function readVarint(bytes, at) {
  let [value, scale] = [0, 1];
  for (;;) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, at];
    scale *= 128;
  }
}

// {number: last value} of a protobuf message.
function fields(bytes) {
  const found = {};
  for (let at = 0; at < bytes.length; ) {
    let key, size;
    [key, at] = readVarint(bytes, at);
    [size, at] = readVarint(bytes, at);
    if ((key & 7) === 0) found[key >> 3] = size;
    else {
      found[key >> 3] = bytes.subarray(at, at + size);
      at += size;
    }
  }
  return found;
}

// {kind: "sound", bytes, rate, channels}, {kind: "message", ...the message}, {kind: "interruption"} or {kind: "other"}.
export function decode(payload) {
  const frame = fields(payload);
  if (frame[2]) {
    const sound = fields(frame[2]);
    return { kind: "sound", bytes: sound[3] ?? Buffer.alloc(0), rate: sound[4], channels: sound[5] };
  }
  if (frame[4]) return { kind: "message", ...JSON.parse(fields(frame[4])[1].toString()) };
  return { kind: frame[5] ? "interruption" : "other" };
}

// Notes both directions of a page's websockets.
export function tap(page) {
  const wire = { sent: [], got: [] };
  page.on("websocket", (socket) => {
    const note = (list) => ({ payload }) => typeof payload !== "string" && list.push(decode(payload));
    socket.on("framesent", note(wire.sent));
    socket.on("framereceived", note(wire.got));
  });
  return wire;
}

function loudness(sounds) {
  let [sum, count] = [0, 0];
  for (const { bytes } of sounds) {
    for (let i = 0; i + 1 < bytes.length; i += 2, count++) sum += bytes.readInt16LE(i) ** 2;
  }
  return count ? Math.sqrt(sum / count) : 0;
}

// Of a conversation in which the user spoke and was answered, over a client that reads no interruption frames.
export function checkConversation(wire) {
  const told = wire.got.filter((one) => one.kind === "message");
  const of = (type) => told.filter((one) => one.type === type);
  const ready = of("bot-ready");
  const hello = wire.sent.find((one) => one.type === "client-ready");
  assert.equal(ready.length, 1, "exactly one bot-ready");
  assert.match(ready[0].data.version, /^2\.\d+\.\d+$/);
  assert.ok(hello.id && ready[0].id === hello.id, "bot-ready carries the id of client-ready");
  assert.ok(told.every((one) => one.label === "rtvi-ai"), "every message is labelled");
  const said = wire.sent.filter((one) => one.kind === "sound");
  assert.ok(said.length > 60 && loudness(said) > 50, "the user's sound is sent");
  const heard = wire.got.filter((one) => one.kind === "sound");
  assert.ok(heard.length > 5 && loudness(heard) > 50, "the bot's sound comes");
  assert.ok(heard.every((one) => one.rate === 24000 && one.channels === 1), "at the rate to which the player is fixed");
  for (const type of ["user-started-speaking", "user-stopped-speaking", "bot-started-speaking", "bot-stopped-speaking",
    "bot-llm-started", "bot-llm-text", "bot-llm-stopped", "bot-tts-started", "bot-tts-text", "bot-tts-stopped", "bot-output",
    "metrics", "server-response"]) {
    assert.ok(of(type).length > 0, `${type} is told`);
  }
  assert.ok(of("user-transcription").some((one) => one.data.final), "a final transcript is told");
  assert.deepEqual(wire.got.filter((one) => !["sound", "message"].includes(one.kind)), [], "nothing that this client cannot read");
}
