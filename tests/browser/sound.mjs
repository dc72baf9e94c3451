// Recordings of calls, announced and uploaded as the SDKs do it.
import { createHash } from "node:crypto";
import { request } from "node:http";
import { equal, keysOf } from "./kit.mjs";

const RATE = 8000;

/** Seconds in two channels: the caller sounds in the first, the bot from the second on. */
export function recording(seconds) {
  const data = Buffer.alloc(seconds * RATE * 4);
  for (let i = 0; i < seconds * RATE; i++) {
    const sample = Math.round(20_000 * Math.sin(i / 4));
    data.writeInt16LE(i < RATE ? sample : 0, 4 * i);
    data.writeInt16LE(i > 1.9 * RATE ? sample : 0, 4 * i + 2);
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 4, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

/** Sends that share of the bytes; what it gives sends the rest. */
function sendPart(url, bytes, share) {
  const sending = request(url, { method: "PUT", headers: { "content-type": "audio/wav", "content-length": bytes.length } });
  const answered = new Promise((resolve, reject) => {
    sending.once("response", (response) => resolve(response.resume().statusCode));
    sending.once("error", reject);
  });
  const cut = Math.floor(bytes.length * share);
  sending.write(bytes.subarray(0, cut));
  return async () => {
    sending.end(bytes.subarray(cut));
    equal(await answered, 200, "upload");
  };
}

/** Announces as the SDKs do; `upload` sends the bytes, or a share of them and gives what sends the rest. */
export async function announce(server, trace, bytes) {
  const { authorization } = keysOf(server);
  const answer = await fetch(`${server.url}/api/public/media`, {
    method: "POST", headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ traceId: trace, field: "metadata", contentType: "audio/wav", contentLength: bytes.length, sha256Hash: createHash("sha256").update(bytes).digest("base64") }),
  });
  const { uploadUrl } = await answer.json();
  return async (share = 1) => share < 1 ? sendPart(uploadUrl, bytes, share) : equal((await fetch(uploadUrl, { method: "PUT", headers: { "content-type": "audio/wav" }, body: bytes })).status, 200, "upload");
}
