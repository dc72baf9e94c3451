"""OpenAI's chat completions, scripted: the n-th request is answered by the n-th entry of "requests": a "text", or
"tool_calls", streamed in pieces or whole, or a refusal ("status"). Without entries it repeats what the user said."""
import asyncio
import json
import urllib.parse

from link import Gone
from vendor import Vendor

REFUSALS = {400: ("invalid_request_error", None, "The request cannot be understood."),
            401: ("invalid_request_error", "invalid_api_key", "The key is not right."),
            404: ("invalid_request_error", "unknown_url", "There is nothing."),
            429: ("requests", "rate_limit_exceeded", "Too many requests."),
            500: ("server_error", None, "The server had an error.")}
PIECE = 6  # characters of a call's arguments in one chunk


def refusal(status):
    kind, code, message = REFUSALS.get(status, REFUSALS[500])
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def deltas(request, entry):
    """The pieces of the answer, and why it ends."""
    if "tool_calls" in entry:
        pieces = [{"role": "assistant", "content": None}]
        for index, call in enumerate(entry["tool_calls"]):
            arguments = call["arguments"]
            pieces.append({"tool_calls": [{"index": index, "id": call["id"], "type": "function",
                                           "function": {"name": call["name"], "arguments": ""}}]})
            pieces += [{"tool_calls": [{"index": index, "function": {"arguments": arguments[at:at + PIECE]}}]}
                       for at in range(0, len(arguments), PIECE)]
        return pieces, "tool_calls"
    text = answer(request, entry)
    words = [word if i == 0 else " " + word for i, word in enumerate(text.split(" "))]
    return [{"role": "assistant", "content": "", "refusal": None}, *({"content": word} for word in words)], "stop"


def answer(request, entry):
    said = [message["content"] for message in request.get("messages", []) if message.get("role") == "user"]
    return entry.get("text", f"You said: {said[-1] if said else 'nothing'}")


def usage(request, count):
    prompt = len(json.dumps(request.get("messages", []))) // 4 + 1
    return {"prompt_tokens": prompt, "completion_tokens": count, "total_tokens": prompt + count,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                                          "rejected_prediction_tokens": 0}}


class OpenAI(Vendor):
    entries = "requests"

    def __init__(self, script=None, key=None):
        super().__init__(script, key)
        self.asked = []  # bodies, in order

    async def talk(self, link, _):
        while await self.answer(link):
            pass

    async def answer(self, link):
        """One request; whether the connection is kept."""
        method, target, headers, body = await link.request()
        link.note("c2s", "http_request", method=method, target=target, headers=headers, text=body.decode())
        entry = self.entry(len(self.asked))
        request = json.loads(body)
        self.asked.append(request)
        link.faults = entry.get("faults", {})
        status = link.faults.get("status") or entry.get("status", 200)
        if not self.knows(headers, ""):
            status, entry = 401, {}
        if not urllib.parse.urlsplit(target).path.endswith("/chat/completions"):
            status = 404
        more = [["x-request-id", f"req_{len(self.asked)}"], *entry.get("headers", [])]
        await asyncio.sleep((link.faults.get("delay_ms") or entry.get("first_delay_ms", 0)) / 1000)
        if status != 200:
            await link.respond_json(status, more, refusal(status))
        elif not request.get("stream"):
            await link.respond_json(200, more, self.whole(request, entry))
        else:
            return await self.stream(link, request, entry, more)
        return True

    @staticmethod
    def common(request, kind):
        return {"id": "chatcmpl-1", "object": kind, "created": 1767225600, "model": request["model"] + "-2025-04-14",
                "service_tier": "default", "system_fingerprint": "fp_1"}

    def whole(self, request, entry):
        message = {"role": "assistant", "content": answer(request, entry), "refusal": None}
        return {**self.common(request, "chat.completion"), "usage": usage(request, 1),
                "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}]}

    async def stream(self, link, request, entry, more):
        await link.respond(200, [["Content-Type", "text/event-stream; charset=utf-8"], ["Transfer-Encoding", "chunked"], *more])
        common = self.common(request, "chat.completion.chunk")
        pieces, reason = deltas(request, entry)
        with_usage = {"usage": None} if (request.get("stream_options") or {}).get("include_usage") else {}
        left = asyncio.ensure_future(link.reader.read(1))  # a client that sends no more has had enough
        try:
            for number, (piece, why) in enumerate([*((piece, None) for piece in pieces), ({}, reason)]):
                if not await self.survives(link, left, number):
                    return False
                choice = {"index": 0, "delta": piece, "logprobs": None, "finish_reason": why}
                await self.event(link, json.dumps({**common, "choices": [choice], **with_usage}, ensure_ascii=False))
                await asyncio.sleep((link.faults.get("chunk_delay_ms") or entry.get("chunk_delay_ms", 15)) / 1000)
            if with_usage:
                counted = entry.get("usage", usage(request, len(pieces) - 1))
                await self.event(link, json.dumps({**common, "choices": [], "usage": counted}))
            await self.event(link, "[DONE]")
            await link.write(b"0\r\n\r\n")
            return True
        finally:
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)

    async def survives(self, link, left, number):
        """Plays the fault that is due before this chunk; whether the stream goes on."""
        due = {name.removesuffix("_after_chunks") for name, at in link.faults.items()
               if name.endswith("_after_chunks") and at == number}
        if "garbage" in due:
            await self.event(link, '{"id":"chatcmpl-1","choices":[{"del')
        if "error" in due:
            await self.event(link, json.dumps(refusal(500)))
        if "fin" in due:
            await link.write(b"0\r\n\r\n")
            return False
        if "drop" in due:
            link.drop("rst")
            raise Gone("dropped after so many chunks")
        if "stall" in due:
            await left
        await asyncio.sleep(0)
        if left.done():
            link.note("c2s", "client_closed_mid_stream", chunks_sent=number)
            raise Gone("the client closed the stream")
        return True

    @staticmethod
    async def event(link, data):
        raw = f"data: {data}\n\n".encode()
        await link.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        link.note("s2c", "sse", text=data)
