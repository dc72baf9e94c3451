#!/usr/bin/env python3
"""Each way in which a vendor may fail, one at a time: our services, as repartee-scenario runs them, are heard or say why not,
end what they began, and come to their end. By our scripted vendors (tests/vendors), or, with --stand-in PROGRAM, by
another program that plays the same faults and takes the same options. Standard library only."""
import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from test_service_conversations import LIMIT_S, TOOL, VENDORS, quiet, run_tool

AT_ONCE = 8
KEY = "key-0001-secret"
QUESTION = [{"op": "push", "frame": {"type": "VADUserStartedSpeakingFrame", "start_secs": 0.2}},
            {"op": "audio", "ms": 800, "sound": "voiced", "frame_ms": 20},
            {"op": "audio", "ms": 200, "sound": "silent", "frame_ms": 20},
            {"op": "push", "frame": {"type": "VADUserStoppedSpeakingFrame", "stop_secs": 0.2}}]
SENTENCE = [{"op": "push", "frame": {"type": "LLMFullResponseStartFrame"}},
            {"op": "push", "frame": {"type": "LLMTextFrame", "text": "The sun is out and it is warm."}},
            {"op": "push", "frame": {"type": "LLMFullResponseEndFrame"}}]
# What is said to each service, and the frame that shows that it was heard.
INPUTS = {
    "deepgram": ({"class": "DeepgramSTTService", "settings": {}}, QUESTION, "TranscriptionFrame"),
    "openai": ({"class": "OpenAILLMService", "settings": {}}, [{"op": "push", "frame": {"type": "LLMRunFrame"}}], "LLMTextFrame"),
    "cartesia": ({"class": "CartesiaTTSService", "settings": {"voice": "v1"}}, SENTENCE, "TTSAudioRawFrame")}
SCRIPTS = {"deepgram": {"utterances": ["Good morning."]}, "openai": {"requests": [{"text": "It is noon and the sun shines."}]},
           "cartesia": {"pace": 0.05}}
PAIRS = [("LLMFullResponseStartFrame", "LLMFullResponseEndFrame"), ("TTSStartedFrame", "TTSStoppedFrame")]
ONCE = {"only_connection": 0}

# Vendor, fault, whether its service is heard in the end, and the kinds of error that it tells.
FAULTS = [
    ("deepgram", {}, True, set()),
    ("deepgram", {"status": 503, **ONCE}, True, {"server"}),
    ("deepgram", {"status": 429, **ONCE}, True, {"rate_limit"}),
    ("deepgram", {"status": 401}, False, {"authentication"}),
    ("deepgram", {"status": 402}, False, {"quota"}),
    ("deepgram", {"status": 403}, False, {"authorization"}),
    ("deepgram", {"status": 400}, False, {"invalid_request"}),
    ("deepgram", {"delay_ms": 1500}, True, set()),
    ("deepgram", {"drop_after_bytes": 16000, "drop_how": "rst", **ONCE}, True, {"connectivity"}),
    ("deepgram", {"drop_after_bytes": 16000, "drop_how": "fin", **ONCE}, True, {"connectivity"}),
    ("deepgram", {"drop_after_bytes_out": 400, "drop_how": "rst", **ONCE}, True, {"connectivity"}),
    ("deepgram", {"drop_after_bytes_out": 20, "drop_how": "fin", **ONCE}, True, {"connectivity"}),
    ("deepgram", {"split_writes": 1}, True, set()),
    ("deepgram", {"fragment": 5}, True, set()),
    ("openai", {}, True, set()),
    ("openai", {"status": 503}, False, {"server"}),
    ("openai", {"status": 429}, False, {"rate_limit"}),
    ("openai", {"status": 401}, False, {"authentication"}),
    ("openai", {"status": 402}, False, {"quota"}),
    ("openai", {"status": 403}, False, {"authorization"}),
    ("openai", {"status": 400}, False, {"invalid_request"}),
    ("openai", {"delay_ms": 1500}, True, set()),
    ("openai", {"chunk_delay_ms": 150}, True, set()),
    ("openai", {"drop_after_bytes": 50}, False, {"connectivity"}),
    ("openai", {"drop_after_bytes_out": 30}, False, {"connectivity"}),
    ("openai", {"drop_after_chunks": 3}, True, {"connectivity"}),
    ("openai", {"fin_after_chunks": 3}, True, set()),
    ("openai", {"garbage_after_chunks": 2}, True, set()),
    ("openai", {"error_after_chunks": 3}, True, {"server"}),
    ("openai", {"stall_after_chunks": 3}, True, {"connectivity"}),
    ("openai", {"split_writes": 1}, True, set()),
    ("cartesia", {}, True, set()),
    ("cartesia", {"status": 503, **ONCE}, True, {"server"}),
    ("cartesia", {"status": 429, **ONCE}, True, {"rate_limit"}),
    ("cartesia", {"status": 401}, False, {"authentication"}),
    # It may be paid in a moment, so it is tried again; what could not be said in time is told.
    ("cartesia", {"status": 402}, False, {"quota", "connectivity"}),
    ("cartesia", {"status": 403}, False, {"authorization"}),
    ("cartesia", {"delay_ms": 1500}, True, set()),
    ("cartesia", {"drop_after_bytes": 100, "drop_how": "rst", **ONCE}, True, set()),
    ("cartesia", {"drop_after_bytes_out": 20000, "drop_how": "rst", **ONCE}, True, {"connectivity"}),
    ("cartesia", {"drop_after_bytes_out": 20000, "drop_how": "fin", **ONCE}, True, {"connectivity"}),
    ("cartesia", {"split_writes": 7}, True, set()),
    ("cartesia", {"fragment": 5}, True, set()),
]


def question(vendor, heard):
    """An input.json: what is said, then time for an answer, or to see that there is none."""
    service, said, sign = INPUTS[vendor]
    wait = {"op": "until", "frame": "LLMFullResponseEndFrame" if vendor == "openai" else sign, "count": 1,
            "timeout_ms": 25000 if heard or vendor == "openai" else 2500}
    later = {"op": "wait", "ms": 1500 if vendor == "cartesia" else 300}
    return {"scenario": f"{vendor}/fault", "about": "one fault", "service": {**service, "api_key": KEY},
            "pipeline": {"audio_in_sample_rate": 16000, "audio_out_sample_rate": 24000, "enable_metrics": True,
                         "enable_usage_metrics": True},
            **({"context": {"messages": [{"role": "user", "content": "What time is it?"}], "tools": []}} if vendor == "openai" else {}),
            "steps": [{"op": "start"}, *said, wait, later, {"op": "end"}]}


class Scripted:
    """One of tests/vendors."""

    def __init__(self, vendor, fault):
        fault = dict(fault)
        once = "only_connection" in fault
        fault.pop("only_connection", None)
        script = dict(SCRIPTS[vendor])
        if vendor == "openai":
            script["requests"] = [{**script["requests"][0], "faults": fault}]
        else:
            script["connections"] = [{"faults": fault}, *([{}] if once else [])]
        self.vendor = VENDORS[vendor][0](script)

    async def __aenter__(self):
        return await self.vendor.start()

    async def __aexit__(self, *_):
        self.vendor.server.close()


class StandIn:
    """Another program, told the fault on its command line."""

    program = None

    def __init__(self, vendor, fault):
        self.vendor = vendor
        told = ",".join(f"{key}={value}" for key, value in fault.items())
        self.arguments = [f"--{vendor}-port", "0", "--max-seconds", str(int(LIMIT_S) + 10),
                          *(["--fault", f"{vendor}:{told}"] if told else [])]

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(sys.executable, self.program, *self.arguments,
                                                            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        return json.loads(await self.process.stdout.readline())["ports"][self.vendor]

    async def __aexit__(self, *_):
        self.process.terminate()
        await self.process.wait()


def wrong(vendor, heard, errors, frames):
    down = [frame["type"] for frame in frames if frame["dir"] == "down"]
    told = [frame for frame in frames if frame["type"] == "ErrorFrame"]
    kinds = {frame.get("category", "unknown") for frame in told}
    if (INPUTS[vendor][2] in down) != heard:
        yield f"heard: {INPUTS[vendor][2] in down}"
    if kinds != errors:
        yield f"errors: {[frame['error'] for frame in told]}"
    if KEY in json.dumps(frames):
        yield "the key is told"
    if len(told) > 2:
        yield f"{len(told)} errors for one fault"
    for begin, end in PAIRS:
        if down.count(begin) != down.count(end):
            yield f"{down.count(begin)} {begin}, {down.count(end)} {end}"
    # What was not heard was not said.
    if not heard and "TTSTextFrame" in down:
        yield "a text is told as spoken of which nothing was heard"
    if not down or down[-1] != "EndFrame":
        yield f"does not end: {down[-3:]}"


async def check(gate, player, vendor, fault, heard, errors):
    async with gate:
        with tempfile.TemporaryDirectory() as folder:
            async with player(vendor, fault) as port:
                frames = await run_tool(vendor, port, json.dumps(question(vendor, heard)), Path(folder))
    return [frames] if isinstance(frames, str) else list(wrong(vendor, heard, errors, frames))


async def play_all(player):
    asyncio.get_running_loop().set_exception_handler(quiet)
    gate = asyncio.Semaphore(AT_ONCE)
    return await asyncio.gather(*(check(gate, player, *fault) for fault in FAULTS))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stand-in", type=Path)
    StandIn.program = parser.parse_known_args()[0].stand_in
    if not TOOL.exists():
        sys.exit(f"{TOOL} is missing: build it first")
    results = asyncio.run(play_all(StandIn if StandIn.program else Scripted))
    for (vendor, fault, *_), lines in zip(FAULTS, results):
        told = " ".join(f"{key}={value}" for key, value in fault.items()) or "no fault"
        print("FAIL" if lines else "ok  ", vendor, told)
        for line in lines:
            print("     ", line[:600])
    print(f"{sum(not lines for lines in results)} of {len(FAULTS)} as they should be")
    return 1 if any(results) else 0


if __name__ == "__main__":
    sys.exit(main())
