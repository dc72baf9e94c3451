"""Cartesia's speech over a WebSocket, scripted: a tone, so long a character, with the times of its words. What a
context is asked is answered one after the other; a cancelled context falls silent at once."""
import array
import asyncio
import base64
import math

from vendor import SocketVendor

NEEDED = ("model_id", "voice", "output_format", "context_id", "transcript")


def tone(first, count, rate):
    return array.array("h", (int(8000 * math.sin(2 * math.pi * 220 * (first + i) / rate)) for i in range(count))).tobytes()


class Cartesia(SocketVendor):
    """Of the script: ms_per_char, pace (of real time, 1.0), chunk_ms, first_delay_ms."""

    path = "/tts/websocket"
    defaults = {"ms_per_char": 40, "pace": 0.2, "chunk_ms": 100, "first_delay_ms": 60}

    def refusal(self, status):
        return {"error_code": {401: "unauthorized", 402: "quota_exceeded"}.get(status, "internal_error"), "title": "refused",
                "message": "refused", "request_id": "request-1"}

    @staticmethod
    def error(context, status_code, title, message, error_code):
        found = {"type": "error", "status_code": status_code, "title": title, "message": message, "error_code": error_code,
                 "done": True, "request_id": "request-1"}
        return {**found, "context_id": context} if context else found

    async def on_message(self, session, request):
        context = request.get("context_id")
        if request.get("cancel"):
            if before := session.state.pop(context, None):
                before["task"].cancel()
            return
        missing = [name for name in NEEDED if name not in request]
        if missing:
            text = "missing: " + ", ".join(missing)
            return await session.socket.send(self.error(context, 400, "Bad Request", text, "invalid_request"))
        event = "generate" if request["transcript"] else "flush" if request.get("flush") else "end"
        if not await session.happened(event, request):
            self.enqueue(session, request, {})

    async def act(self, session, kind, what, request):
        if kind == "speak":
            self.enqueue(session, request, what)
        elif kind == "error":
            await session.socket.send(self.error(request.get("context_id"), **what))
        else:
            raise ValueError(f"unknown action {kind}")

    def enqueue(self, session, request, options):
        name = request["context_id"]
        if name not in session.state:
            context = session.state[name] = {"name": name, "queue": asyncio.Queue(), "seconds": 0.0, "samples": 0}
            context["task"] = session.spawn(self.run(session, context))
        session.state[name]["queue"].put_nowait((request, {**self.defaults, **self.script, **options}))

    async def run(self, session, context):
        common = {"context_id": context["name"], "done": False, "status_code": 206}
        while True:
            request, options = await context["queue"].get()
            if request["transcript"]:
                await self.speak(session, context, common, request, options)
            if request.get("flush"):
                await session.socket.send({**common, "type": "flush_done", "flush_done": True, "flush_id": 1})
            if not request.get("continue"):
                session.state.pop(context["name"], None)
                return await session.socket.send({**common, "type": "done", "done": True, "status_code": 200})

    async def speak(self, session, context, common, request, options):
        await asyncio.sleep(options["first_delay_ms"] / 1000)
        words = request["transcript"].split()
        starts = []
        for word in words:
            starts.append(round(context["seconds"], 3))
            context["seconds"] += (len(word) + 1) * options["ms_per_char"] / 1000
        ends = [*starts[1:], round(context["seconds"], 3)]
        if request.get("add_timestamps") and not options.get("no_timestamps"):
            for part in (slice(0, len(words) // 2), slice(len(words) // 2, None)):  # they come in pieces
                if words[part]:
                    await session.socket.send({**common, "type": "timestamps", "word_timestamps": {
                        "words": words[part], "start": starts[part], "end": ends[part]}})
        rate = request["output_format"]["sample_rate"]
        chunk = int(rate * options["chunk_ms"] / 1000)
        for first in range(context["samples"], round(context["seconds"] * rate), chunk):
            count = min(chunk, round(context["seconds"] * rate) - first)
            data = base64.b64encode(tone(first, count, rate)).decode()
            context["samples"] = first + count
            await session.socket.send({**common, "type": "chunk", "data": data, "step_time": 12.5})
            await asyncio.sleep(count / rate * options["pace"])
