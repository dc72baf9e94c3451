#!/usr/bin/env python3
"""Plays every recorded conversation with Deepgram, OpenAI and Cartesia in real time: our services, as
repartee-scenario runs them, against our scripted vendors (tests/vendors). What the vendors were told and what
the services made of it must agree with the recordings. Standard library only."""
import asyncio
import base64
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/vendors"))
import agreement  # noqa: E402
from cartesia import Cartesia  # noqa: E402
from deepgram import Deepgram  # noqa: E402
from openai import OpenAI  # noqa: E402

TOOL = Path(os.environ.get("REPARTEE_BIN", ROOT / "build/release/bin")) / "repartee-scenario"
VENDORS = {"deepgram": (Deepgram, "ws://127.0.0.1:{}"), "openai": (OpenAI, "http://127.0.0.1:{}/v1"),
           "cartesia": (Cartesia, "ws://127.0.0.1:{}/tts/websocket")}
AT_ONCE = 8      # conversations, which mostly wait
LIMIT_S = 120.0  # of one


def read(path):
    return json.loads(path.read_text())


async def play(folder, out, script=None):
    """(frames, transcript) of one conversation, with another script than its own if one is given; a text if the tool
    failed."""
    name = folder.parent.name
    vendor = VENDORS[name][0](script or read(folder / "script.json")[name])
    frames = await run_tool(name, await vendor.start(), (folder / "input.json").read_text(), out)
    vendor.server.close()
    return frames if isinstance(frames, str) else (frames, vendor.transcript)


async def run_tool(vendor, port, question, out):
    """The frames of a service that is fed a question (an input.json); a text if the tool failed."""
    asked, frames = out / "input.json", out / "frames.json"
    asked.write_text(question)
    command = [str(TOOL), "--service", str(asked), f"--{vendor}-url", VENDORS[vendor][1].format(port), "--frames-out", str(frames)]
    tool = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        said, _ = await asyncio.wait_for(tool.communicate(), LIMIT_S)
    except asyncio.TimeoutError:
        tool.kill()
        return f"ran longer than {LIMIT_S} s"
    return read(frames) if tool.returncode == 0 else f"exit status {tool.returncode}: {said.decode()[-1000:]}"


def differences(folder, frames, transcript):
    recorded = [json.loads(line) for line in (folder / "transcript.jsonl").read_text().splitlines()]
    told = list(agreement.told_differences(recorded, transcript))
    found = told + list(agreement.frame_differences(read(folder / "frames.json"), frames))
    rule = folder / "accept.json"
    if found and rule.exists():
        found = list(agreement.accept_differences(read(rule), frames, transcript, told))
    return found + agreement.faults(transcript)


async def check(folder, gate):
    """The differences of one conversation, as lines."""
    async with gate:
        with tempfile.TemporaryDirectory() as out:
            played = await play(folder, Path(out))
    return [played] if isinstance(played, str) else differences(folder, *played)


def check_the_judge():
    """A judge that finds no fault with a spoilt run would be worth nothing."""
    folder = ROOT / "tests/golden/services/cartesia/two_sentences"
    frames = read(folder / "frames.json")
    transcript = [json.loads(line) for line in (folder / "transcript.jsonl").read_text().splitlines()]
    assert not differences(folder, frames, transcript)
    word = next(i for i, frame in enumerate(frames) if frame["type"] == "TTSTextFrame")
    metric = next(i for i, frame in enumerate(frames) if frame["type"] == "MetricsFrame")
    for spoilt in (frames[:word] + frames[word + 1:], frames[:metric] + frames[metric + 1:], frames[:-2],
                   [{**frame, "text": "other"} if i == word else frame for i, frame in enumerate(frames)]):
        assert differences(folder, spoilt, transcript)
    said = next(i for i, event in enumerate(transcript) if event["kind"] == "text" and event["dir"] == "c2s")
    assert differences(folder, frames, transcript[:said] + transcript[said + 1:])


async def check_drip():
    """A voice whose messages drip in, three bytes at a time and each for longer than a context may be silent: all of
    it is heard, and nothing is taken for spoken before. The differences, as lines."""
    script = {"connections": [{"faults": {"split_writes": 3, "drip_ms": 2.5}}], "ms_per_char": 5, "pace": 0}
    with tempfile.TemporaryDirectory() as out:
        played = await play(ROOT / "tests/golden/services/cartesia/two_sentences", Path(out), script)
    if isinstance(played, str):
        return [played]
    frames, transcript = played
    sent = [json.loads(event["text"]) for event in transcript if (event["dir"], event["kind"]) == ("s2c", "text")]
    sound = sum(len(base64.b64decode(message["data"])) for message in sent if message["type"] == "chunk")
    heard = sum(frame["audio"]["bytes"] for frame in frames if frame["type"] == "TTSAudioRawFrame")
    order = [frame.get("text", "sound") for frame in frames if frame["type"] in ("TTSTextFrame", "TTSAudioRawFrame")]
    errors = [frame["error"] for frame in frames if frame["type"] == "ErrorFrame"]
    found = [] if heard == sound > 0 else [f"{heard} of {sound} bytes of sound were heard"]
    if order != ["Rain", "today.", "sound", "Take", "an", "umbrella.", "sound"]:
        found.append(f"heard: {order}")
    return found + errors


def quiet(loop, context):
    """A link that is cut is what some scripts are about."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)


async def play_all(folders):
    asyncio.get_running_loop().set_exception_handler(quiet)
    gate = asyncio.Semaphore(AT_ONCE)
    return await asyncio.gather(check_drip(), *(check(folder, gate) for folder in folders))


def main():
    if not TOOL.exists():
        sys.exit(f"{TOOL} is missing: build it first")
    check_the_judge()
    folders = sorted(path.parent for path in (ROOT / "tests/golden/services").glob("*/*/input.json"))
    results = asyncio.run(play_all(folders))
    names = ["a voice that drips", *(f"{folder.parent.name}/{folder.name}" for folder in folders)]
    for name, lines in zip(names, results):
        print("FAIL" if lines else "ok  ", name)
        for line in lines[:20]:
            print("    ", line[:800])
    print(f"{sum(not lines for lines in results)} of {len(names)} conversations agree")
    return 1 if any(results) or len(folders) < 34 else 0


if __name__ == "__main__":
    sys.exit(main())
