"""Deepgram's live listening, scripted. Without steps the n-th utterance heard is the n-th of the script's
"utterances" (a voice, then silence or Finalize), and sound beyond them is nothing said."""
import array
import asyncio
import math
import time

from vendor import SocketVendor

VOICED = 150            # root mean square of 16-bit samples
SILENCE_ENDS_MS = 250   # of silence make an utterance final
IDLE_S = 10.0           # without a message; then the vendor closes
REQUEST_ID = "00000000-0000-4000-8000-00000000d001"
INFO = {"name": "general-nova-3", "version": "2025-01-09.0", "arch": "nova-3"}


def loudness(audio):
    samples = array.array("h", audio[:len(audio) // 2 * 2])
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0


def results(text, start=0.0, duration=1.0, is_final=False, speech_final=False, from_finalize=False, languages=None):
    shown = text.split()
    each = duration / max(1, len(shown))
    words = [{"word": word.lower().strip(".,?!"), "start": start + i * each, "end": start + (i + 1) * each, "confidence": 0.98,
              "punctuated_word": word} for i, word in enumerate(shown)]
    alternative = {"transcript": text, "confidence": 0.98 if text else 0.0, "words": words}
    if languages:
        alternative["languages"] = languages
    return {"type": "Results", "channel_index": [0, 1], "duration": duration, "start": start, "is_final": is_final,
            "speech_final": speech_final, "channel": {"alternatives": [alternative]},
            "metadata": {"request_id": REQUEST_ID, "model_info": INFO, "model_uuid": "00000000-0000-4000-8000-00000000d002"},
            "from_finalize": from_finalize}


class Deepgram(SocketVendor):
    path = "/v1/listen"
    accepted_with = (["dg-request-id", REQUEST_ID],)

    def __init__(self, script=None, key=None):
        super().__init__(script, key)
        self.utterances = list(self.script.get("utterances", []))

    def refusal(self, status):
        codes = {401: "INVALID_AUTH", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS"}
        return {"err_code": codes.get(status, "INTERNAL_SERVER_ERROR"), "err_msg": "refused", "request_id": REQUEST_ID}

    async def listen(self, session):
        rate = int(session.query.get("sample_rate", ["16000"])[0])
        session.state = {"bytes_a_ms": rate * 2 / 1000, "bytes": 0, "voice_ms": 0.0, "silence_ms": 0.0,
                         "last": time.monotonic()}
        session.spawn(self.close_when_idle(session))
        await super().listen(session)

    async def close_when_idle(self, session):
        while time.monotonic() - session.state["last"] < IDLE_S:
            await asyncio.sleep(0.1)
        await session.socket.close(1011, "neither sound nor KeepAlive came in time. NET-0001")

    async def on_audio(self, session, audio):
        state = session.state
        state["last"] = time.monotonic()
        state["bytes"] += len(audio)
        session.heard(state["bytes"] / state["bytes_a_ms"])
        if session.scripted or not self.utterances:
            return
        milliseconds = len(audio) / state["bytes_a_ms"]
        if loudness(audio) > VOICED:
            if state["voice_ms"] == 0.0:
                await session.socket.send(results(self.utterances[0].split()[0]))
            state["voice_ms"], state["silence_ms"] = state["voice_ms"] + milliseconds, 0.0
        elif state["voice_ms"] > 0.0:
            state["silence_ms"] += milliseconds
            if state["silence_ms"] >= SILENCE_ENDS_MS:
                await self.finish_utterance(session, speech_final=True)

    async def finish_utterance(self, session, **how):
        said = self.utterances.pop(0) if session.state["voice_ms"] > 0.0 and self.utterances else ""
        duration = session.state["voice_ms"] / 1000
        session.state.update(voice_ms=0.0, silence_ms=0.0)
        await session.socket.send(results(said, duration=duration, is_final=True, **how))

    async def on_message(self, session, message):
        session.state["last"] = time.monotonic()
        kind = message.get("type")
        if await session.happened(kind, message):
            return
        if kind == "Finalize" and not session.scripted:
            await self.finish_utterance(session, from_finalize=True)
        elif kind == "CloseStream":
            await session.socket.send(self.metadata(session))
            await session.socket.close()

    @staticmethod
    def metadata(session):
        seconds = session.state["bytes"] / session.state["bytes_a_ms"] / 1000
        return {"type": "Metadata", "transaction_key": "deprecated", "request_id": REQUEST_ID, "sha256": "0" * 64,
                "created": "2026-01-01T00:00:00.000Z", "duration": seconds, "channels": 1}

    async def act(self, session, kind, what, _):
        if kind == "results":
            await session.socket.send(results(**what))
        elif kind == "speech_started":
            await session.socket.send({"type": "SpeechStarted", "channel": [0, 1], "timestamp": what})
        elif kind == "utterance_end":
            await session.socket.send({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": what})
        else:
            raise ValueError(f"unknown action {kind}")
