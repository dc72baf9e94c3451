#!/usr/bin/env python3
"""What the agent does beyond Pipecat, by an agent file each, with a voice on a websocket and scripted vendors: it goes on
after a false interruption, takes no "mm-hm" for one, and begins its answer before the turn is over. What the caller hears
and what the trace tells is checked."""
import json
import sys
from pathlib import Path

from test_examples import Agent, Vendors, run_checks

STORY = "Once there was a mill by a quiet river, and the miller had a daughter who could count every star."
AGENT = """
name: {name}
stt: {{service: deepgram}}
llm: {{service: openai}}
tts: {{service: cartesia, voice: v1}}
turns: {turns}
"""
PAUSING = "{start: [{false_interruption: {resume_after: 0.5}}, vad, transcription]}"
PATIENT = "{stop: {speech_timeout: {user_speech_timeout: 1.6}}%s}"


class Call:
    """A conversation with an agent of these turns; its spans once it is over."""

    def __init__(self, folder, turns, heard, requests):
        (Path(folder) / "agent.yaml").write_text(AGENT.format(name="test", turns=turns))
        self.vendors, self.file = Vendors(heard, requests), Path(folder) / "spans.jsonl"
        self.vendors.environment.update(ENABLE_TRACING="true", REPARTEE_TRACE_FILE=str(self.file))
        self.agent = Agent(Path(folder).resolve(), self.vendors, folder)
        self.client = self.agent.client
        self.client.until("bot-ready")

    def spans(self):
        self.client.socket.close()
        self.agent.__exit__()
        requests = [json.loads(line) for line in self.file.read_text().splitlines()]
        every = [span for request in requests for resource in request["resourceSpans"]
                 for scope in resource["scopeSpans"] for span in scope["spans"]]
        return list({span["spanId"]: span for span in every}.values())  # a provisional one comes again

    def count(self, kind):
        return sum(message["type"] == kind for message in self.client.told)


def attribute(span, key):
    found = [a["value"] for a in span.get("attributes", []) if a["key"] == key]
    return next(iter(found[0].values())) if found else None


def events(spans, *beginnings):
    """Names of the turns' events that begin so, in time."""
    found = [(int(event["timeUnixNano"]), event["name"]) for span in spans if span["name"].startswith("turn-")
             for event in span.get("events", [])]
    return [name for _, name in sorted(found) if name.startswith(beginnings)]


def interrupt_story(folder, heard):
    """The caller asks for a story and makes itself heard in the middle of it."""
    call = Call(folder, PAUSING, ["Tell me a story.", *heard], [{"text": STORY}, {"text": "What is it?"}])
    call.agent.speak()
    call.agent.wait_for("bot-started-speaking", 1)
    before = call.count("bot-interrupted")  # the question itself began with one
    call.agent.speak()
    call.agent.wait_for("bot-stopped-speaking", 1)
    return call, call.count("bot-interrupted") - before


def check_false_interruption(folder):
    call, interruptions = interrupt_story(folder, [])
    said, spans = call.agent.said(), call.spans()

    assert interruptions == 0, call.client.types()
    assert said == [STORY], said
    assert len(call.vendors.openai.asked) == 1, call.vendors.openai.asked
    # All of its sound came, though it paused: the scripted voice takes 20 ms a letter.
    assert len(call.client.sound) / 48000 >= len(STORY) * 0.02, len(call.client.sound)
    assert events(spans, "bot.") == ["bot.paused", "bot.resumed"], events(spans, "")


def check_backchannel(folder):
    call, interruptions = interrupt_story(folder, ["Mm-hm."])
    said, spans = call.agent.said(), call.spans()

    assert interruptions == 0, call.client.types()
    assert said == [STORY], said
    inputs = [m["data"] for m in call.client.told if m["type"] == "user-input" and m["data"]["input_type"] == "backchannel"]
    assert [one["text"] for one in inputs] == ["Mm-hm."], call.client.told
    assert len(call.vendors.openai.asked) == 1, call.vendors.openai.asked
    assert events(spans, "bot.", "user.") == ["bot.paused", "user.backchannel", "bot.resumed"], events(spans, "")


def check_true_interruption(folder):
    """The judge can fail: words make it an interruption."""
    call, interruptions = interrupt_story(folder, ["Stop that, please."])
    call.agent.wait_for("bot-stopped-speaking", 2)
    spans = call.spans()

    assert interruptions == 1, call.client.types()
    assert len(call.vendors.openai.asked) == 2, call.vendors.openai.asked
    assert "bot.resumed" not in events(spans, "bot."), events(spans, "")


def reply_seconds(folder, eager):
    call = Call(folder, PATIENT % eager, ["What time is it?"], [{"text": "It is noon.", "first_delay_ms": 600}])
    call.agent.speak()
    call.agent.wait_for("bot-stopped-speaking", 1)
    assert call.agent.said() == ["It is noon."], call.agent.said()
    spans = call.spans()
    seconds = [attribute(span, "turn.user_bot_latency_seconds") for span in spans if span["name"] == "turn-1"]
    return seconds[0], spans, call


def check_early_inference(folder):
    usual_folder = Path(folder) / "usual"
    usual_folder.mkdir()
    usual, spans, _ = reply_seconds(usual_folder, "")
    assert events(spans, "early_answer.") == [], events(spans, "")
    early, spans, call = reply_seconds(folder, ", eager: {on_transcripts: true}")

    assert events(spans, "early_answer.") == ["early_answer.begun"], events(spans, "")
    assert [attribute(span, "llm.early") for span in spans if span["name"].startswith("llm_")] == [True], spans
    assert len(call.vendors.openai.asked) == 1, call.vendors.openai.asked
    # The model's 0.6 s and its words are over when the turn is.
    assert usual - early > 0.45, (usual, early)


if __name__ == "__main__":
    sys.exit(run_checks(check_false_interruption, check_backchannel, check_true_interruption, check_early_inference))
