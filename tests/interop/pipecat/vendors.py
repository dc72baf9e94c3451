"""Small scripted stand-ins of the three vendors, as far as a conversation needs them: Deepgram (speech to text),
OpenAI (language model), Cartesia (text to speech). Each answers what its script says, in real time."""
import array
import asyncio
import base64
import json
import math
import re
import uuid

from websockets.asyncio.server import serve

VOICED = 150         # root mean square of 16-bit samples
SILENCE_ENDS = 0.25  # seconds without voice after which an utterance is final
RATE = 24000         # Hz, of the voice
SECONDS_A_WORD = 0.3


def loudness(audio):
    samples = array.array("h", audio[:len(audio) // 2 * 2])
    return math.sqrt(sum(s * s for s in samples) / len(samples)) if samples else 0.0


class Deepgram:
    """The nth utterance heard is the nth text."""

    def __init__(self, texts):
        self.texts = list(texts)

    async def __call__(self, socket):
        heard = silent = 0.0
        async for message in socket:
            if isinstance(message, str):
                if json.loads(message).get("type") == "CloseStream":
                    return
                continue
            seconds = len(message) / 32000
            if loudness(message) > VOICED:
                if heard == 0.0 and self.texts:
                    await socket.send(self.results(self.texts[0].split()[0], final=False))
                heard, silent = heard + seconds, 0.0
            elif heard > 0.0:
                silent += seconds
                if silent >= SILENCE_ENDS and self.texts:
                    await socket.send(self.results(self.texts.pop(0), final=True))
                    heard = silent = 0.0

    @staticmethod
    def results(text, final):
        return json.dumps({
            "type": "Results", "channel_index": [0, 1], "duration": 1.0, "start": 0.0, "is_final": final,
            "speech_final": final, "from_finalize": False,
            "channel": {"alternatives": [{"transcript": text, "confidence": 0.99, "words": []}]},
            "metadata": {"request_id": str(uuid.uuid4()), "model_uuid": str(uuid.uuid4()),
                         "model_info": {"name": "nova-3-general", "version": "1", "arch": "nova-3"}}})


class OpenAI:
    """The nth request is answered by the nth text, a word a chunk."""

    def __init__(self, texts):
        self.texts = list(texts)

    async def __call__(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        await reader.readexactly(length)
        text = self.texts.pop(0) if self.texts else "That is all I know."
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        await asyncio.sleep(0.08)
        for piece in re.findall(r"\s*\S+", text):
            self.chunk(writer, {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
            await writer.drain()
            await asyncio.sleep(0.01)
        self.chunk(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        words = len(text.split())
        self.chunk(writer, {"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": words, "total_tokens": 40 + words}})
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()
        writer.close()

    @staticmethod
    def chunk(writer, body):
        base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4.1"}
        writer.write(b"data: " + json.dumps({**base, **body}).encode() + b"\n\n")


class Cartesia:
    """Speaks a tone, so many seconds a word, and says when each word begins."""

    async def __call__(self, socket):
        speaking = {}
        async for message in socket:
            request = json.loads(message)
            context = request["context_id"]
            if request.get("cancel"):
                if task := speaking.pop(context, None):
                    task.cancel()
                continue
            before = speaking.get(context)
            speaking[context] = asyncio.ensure_future(
                self.speak(socket, context, request.get("transcript", ""), not request.get("continue"), before))

    @staticmethod
    async def speak(socket, context, text, last, before):
        if before:
            await before
        common = {"context_id": context, "status_code": 206, "done": False}
        words = text.split()
        if words:
            await asyncio.sleep(0.1)
            starts = [i * SECONDS_A_WORD for i in range(len(words))]
            await socket.send(json.dumps({**common, "type": "timestamps", "word_timestamps": {
                "words": words, "start": starts, "end": [s + SECONDS_A_WORD for s in starts]}}))
        for i in range(len(words)):
            count = int(RATE * SECONDS_A_WORD)
            tone = array.array("h", (int(6000 * math.sin((i * count + n) * 0.06)) for n in range(count)))
            await socket.send(json.dumps({**common, "type": "chunk", "data": base64.b64encode(tone.tobytes()).decode(),
                                          "step_time": 1.0}))
            await asyncio.sleep(SECONDS_A_WORD / 3)
        if last:
            await socket.send(json.dumps({**common, "type": "done", "done": True, "status_code": 200}))


async def start(heard, answers):
    """Ports of the three, by name; they run until the loop ends."""
    deepgram = await serve(Deepgram(heard), "127.0.0.1", 0)
    cartesia = await serve(Cartesia(), "127.0.0.1", 0)
    openai = await asyncio.start_server(OpenAI(answers), "127.0.0.1", 0)
    servers = {"deepgram": deepgram, "cartesia": cartesia, "openai": openai}
    return servers, {name: server.sockets[0].getsockname()[1] for name, server in servers.items()}
