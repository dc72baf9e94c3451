#!/usr/bin/env python3
"""The agents of examples/, run as their users run them, against scripted vendors: each holds a conversation by
voice or keys, and what it has the model, the voice and the tools do is checked."""
import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import wave
from pathlib import Path

from programs import BIN, CLIPS, ROOT, environment, read_samples, run, skip_without_local_models

sys.path.insert(0, str(ROOT / "tests/vendors"))
from cartesia import Cartesia  # noqa: E402
from deepgram import Deepgram  # noqa: E402
from openai import OpenAI  # noqa: E402
from test_agent import Client  # noqa: E402

EXAMPLES = ROOT / "examples"
CLIP = CLIPS / "ten-of-clubs.wav"


class Vendors:
    """The three, on a loop of their own; the n-th utterance is heard as the n-th text, the n-th request answered by
    the n-th entry."""

    def __init__(self, heard, requests):
        self.deepgram, self.openai = Deepgram({"utterances": heard}), OpenAI({"requests": requests})
        self.cartesia = Cartesia({"ms_per_char": 20})
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

        def start(vendor):
            return asyncio.run_coroutine_threadsafe(vendor.start(), self.loop).result(10)
        self.environment = {
            "DEEPGRAM_API_KEY": "d", "OPENAI_API_KEY": "o", "CARTESIA_API_KEY": "c", "ENABLE_TRACING": "false",
            "DEEPGRAM_BASE_URL": f"ws://127.0.0.1:{start(self.deepgram)}",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{start(self.openai)}/v1",
            "CARTESIA_BASE_URL": f"ws://127.0.0.1:{start(self.cartesia)}/tts/websocket"}

    def spoken(self):
        """What the voice was asked to say, by language."""
        said = [json.loads(event["text"]) for event in self.cartesia.transcript
                if event["dir"] == "c2s" and event["kind"] == "text"]
        return [(request.get("language"), request["transcript"]) for request in said if request.get("transcript")]


class Agent:
    def __init__(self, example, vendors, folder, **more):
        command = [str(BIN / "repartee"), "agent", "--json", "--port", "0", "--config", str(EXAMPLES / example / "agent.yaml")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder, text=True,
                                        env=environment(**vendors.environment, **more))
        line = self.process.stdout.readline()
        assert line, f"{example} did not start"
        self.client = Client(json.loads(line)["port"])
        self.client.say("client-ready", {"version": "2.2.0", "about": {"library": "test"}})

    def speak(self):
        rate, _, samples = read_samples(CLIP)
        self.client.speak([0] * (rate // 4) + samples + [0] * rate * 2, rate)

    def said(self):
        return [m["data"]["text"] for m in self.client.told
                if m["type"] == "bot-output" and m["data"].get("spoken_status") == "completed"]

    def wait_for(self, kind, count):
        """That many messages of a type, with silence from the microphone meanwhile."""
        while sum(m["type"] == kind for m in self.client.told) < count:
            assert self.client.close_code is None, self.client.told
            self.client.receive()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


def call(function, **arguments):
    return {"tool_calls": [{"id": f"call_{function}", "name": function, "arguments": json.dumps(arguments)}]}


def check_appointment_desk(folder, **tracing):
    vendors = Vendors(["Monday at ten, my name is Ada."], [
        call("free_hours", day="2026-03-02"), call("book", day="2026-03-02", hour=10, name="Ada"),
        call("end_conversation", farewell="Monday at ten, Ada. Goodbye.")])
    vendors.environment.update(tracing)
    calendar = subprocess.Popen([sys.executable, EXAMPLES / "appointment_desk/calendar_server.py", "--port", "0"],
                                stdout=subprocess.PIPE, text=True)
    url = calendar.stdout.readline().strip()
    try:
        with Agent("appointment_desk", vendors, folder, CALENDAR_URL=url) as agent:
            agent.wait_for("bot-stopped-speaking", 1)  # the greeting
            agent.speak()
            assert agent.client.until_closed() == 1000, agent.client.told
            assert agent.said()[0].startswith("Good morning"), agent.said()
            assert agent.said()[-1] == "Monday at ten, Ada. Goodbye.", agent.said()
    finally:
        calendar.terminate()
    first, second, third = vendors.openai.asked
    names = [tool["function"]["name"] for tool in first["tools"]]
    assert names == ["free_hours", "book", "current_time", "end_conversation"], names
    assert first["temperature"] == 0.3 and first["messages"][-1]["content"] == "Monday at ten, my name is Ada.", first
    free = json.loads(second["messages"][-1]["content"])
    assert free == {"day": "2026-03-02", "free_hours": list(range(9, 17))}, free
    booked = json.loads(third["messages"][-1]["content"])
    assert booked == {"booked": {"day": "2026-03-02", "hour": 10, "name": "Ada"}}, booked


def check_dtmf_menu(folder):
    vendors = Vendors([], [{"text": "The book number seventy waits at the desk."},
                           call("end_conversation", farewell="Goodbye.")])
    with Agent("dtmf_menu", vendors, folder) as agent:
        agent.wait_for("bot-started-speaking", 1)
        agent.client.say("dtmf", {"buttons": ["2", "7", "0", "#"]})  # over the announcement
        agent.wait_for("bot-stopped-speaking", 2)
        assert any(m["type"] == "bot-interrupted" for m in agent.client.told), agent.client.types()
        agent.client.say("dtmf", {"buttons": ["*"]})
        assert agent.client.until_closed() == 1000
        assert "Goodbye." in agent.said(), agent.said()
    asked = [request["messages"][-1]["content"] for request in vendors.openai.asked]
    assert asked == ["DTMF: 270#", "DTMF: *"], asked
    recordings = list(Path(folder, "recordings").glob("*.wav"))
    assert len(recordings) == 1, recordings
    with wave.open(str(recordings[0])) as recorded:
        assert recorded.getnchannels() == 2 and recorded.getnframes() > recorded.getframerate(), recordings


def check_translator(folder):
    vendors = Vendors(["Where is the station?"], [{"status": 401}, {"text": "¿Dónde está la estación?"}])
    with Agent("translator", vendors, folder) as agent:
        agent.wait_for("bot-ready", 1)
        agent.speak()
        agent.wait_for("bot-stopped-speaking", 1)
        assert agent.said() == ["¿Dónde está la estación?"], agent.said()
    models = [request["model"] for request in vendors.openai.asked]
    assert models == ["gpt-4.1-mini", "gpt-4.1"], models
    assert vendors.spoken() == [("es", "¿Dónde está la estación?")], vendors.spoken()


def check_descriptions(folder):
    for path in sorted(EXAMPLES.glob("*/agent.yaml")):
        checked = run("repartee", "agent", "--config", path, "--check", cwd=folder)
        assert checked.returncode == 0, checked.stderr


def run_checks(*checks):
    """Each in a folder of its own."""
    skip_without_local_models()
    for check in checks:
        with tempfile.TemporaryDirectory() as folder:
            check(folder)
        print("ok  ", check.__name__)


if __name__ == "__main__":
    sys.exit(run_checks(check_descriptions, check_appointment_desk, check_dtmf_menu, check_translator))
