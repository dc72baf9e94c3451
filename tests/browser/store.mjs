// A day of calls out of recorded ones: the requests of real Pipecat conversations, with another time, another id and a
// caller's name on their root spans. What was said and how long it took stays as it was recorded.
import { attribute, field, recorded, send, until } from "./kit.mjs";
import { readVarint } from "./wire.mjs";

const CALLS = ["two_turns_end", "function_call", "interruption", "multi_sentence", "greeting_first", "two_turns_end", "pause_inside_turn", "interruption_slow_tts", "two_turns_end", "tool_error", "function_call", "stt_segments", "goodbye_then_end", "bot_speaks_between_turns", "llm_error"];
const CALLERS = ["+15551230142", "+15551237730", "+442071839051", "+15551232214", "+15551235518", "+15551233390", "web-8f21", "+15551236071"];
const MINUTE = 60_000;

/** The message with its fields rewritten; `change` maps a field's number to what becomes of its bytes. */
function mapped(bytes, change) {
  const parts = [];
  for (let at = 0; at < bytes.length; ) {
    const from = at;
    let key, size;
    [key, at] = readVarint(bytes, at);
    const wire = key & 7;
    let end = at + (wire === 1 ? 8 : 4);
    if (wire === 0) [, end] = readVarint(bytes, at);
    if (wire === 2) {
      [size, at] = readVarint(bytes, at);
      end = at + size;
    }
    const by = change[key >> 3];
    if (!by) parts.push(bytes.subarray(from, end));
    else if (wire === 2) parts.push(field(key >> 3, by(bytes.subarray(at, end))));
    else parts.push(bytes.subarray(from, at), by(bytes.subarray(at, end)));
    at = end;
  }
  return Buffer.concat(parts);
}

const spansOf = (request, change) => mapped(request, { 1: (resource) => mapped(resource, { 2: (scope) => mapped(scope, { 2: change }) }) });

function hasParent(span) {
  let found = false;
  mapped(span, { 4: (id) => ((found ||= id.length > 0), id) });
  return found;
}

/** When the first span of these requests began, in nanoseconds. */
function firstStart(requests) {
  let first = null;
  const look = (time) => {
    const ns = time.readBigUInt64LE();
    if (first === null || ns < first) first = ns;
    return time;
  };
  for (const { body } of requests) spansOf(body, (span) => mapped(span, { 7: look }));
  return first;
}

/** Sends the recorded call as one that began at `start` (ms); `requests`: only so many of its requests. */
export async function replay(server, name, { start, salt, attributes = {}, requests = Infinity }) {
  const all = recorded(name).slice(0, requests);
  const shift = BigInt(Math.round(start)) * 1_000_000n - firstStart(all);
  const later = (time) => {
    const moved = Buffer.alloc(8);
    moved.writeBigUInt64LE(time.readBigUInt64LE() + shift);
    return moved;
  };
  const renamed = (id) => {
    const other = Buffer.from(id);
    other.writeUInt32LE((other.readUInt32LE(0) ^ Math.imul(salt, 2654435761)) >>> 0, 0);
    return other;
  };
  for (const { body } of all) {
    await send(server, spansOf(body, (span) => {
      const moved = mapped(span, { 1: renamed, 7: later, 8: later, 11: (event) => mapped(event, { 1: later }) });
      return hasParent(span) ? moved : Buffer.concat([moved, ...Object.entries(attributes).map((pair) => field(9, attribute(pair)))]);
    }));
  }
}

/** Sums are written up to a second after the spans: waits until they have every turn of the last `hours`. */
export async function counted(server, hours) {
  const from = Date.now() - hours * 60 * MINUTE;
  const ask = async (path) => (await fetch(`${server.url}/api/ui/${path}`)).json();
  await until("the sums have every turn", async () => {
    let [turns, cursor] = [0, ""];
    do {
      const page = await ask(`conversations?from=${from}&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      turns += page.rows.reduce((sum, row) => sum + row.turns, 0);
      cursor = page.next_cursor ?? "";
    } while (cursor !== "");
    return turns > 0 && (await ask(`latency?from=${from}`)).turns === turns;
  }, 60_000);
}

/** `count` calls over the last day, more of them by day than by night; the same each time but for the date. Returns when the sums have them. */
export async function fillDay(server, count) {
  const now = Date.now();
  let seed = 7;
  const random = () => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32);
  for (let i = 0; i < count; i++) {
    const back = 24 * 60 * random() ** 1.3;
    const caller = CALLERS[Math.floor(random() * CALLERS.length)];
    await replay(server, CALLS[i % CALLS.length], {
      start: now - (4 + back) * MINUTE, salt: i + 1,
      attributes: { "langfuse.user.id": caller, "langfuse.session.id": `${caller.slice(-4)}-${Math.floor(back / 480)}`, "langfuse.version": random() < 0.3 ? "v42" : "v41", "langfuse.environment": "production" },
    });
  }
  await counted(server, 26);
}
