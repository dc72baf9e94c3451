#!/usr/bin/env python3
"""The vendors' own SDKs (Deepgram's, OpenAI's and Cartesia's from PyPI, Deepgram's and OpenAI's from npm), pinned by
hash, take our scripted vendors for the real ones: what the other tests show with them is no invention of ours."""
import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests/vendors"))
from cartesia import Cartesia  # noqa: E402
from deepgram import Deepgram  # noqa: E402
from openai import OpenAI  # noqa: E402

KEY = "key-of-the-test"
HEARD = {"connections": [{"steps": [
    {"after_audio_ms": 100, "do": [{"speech_started": 0.1}]},
    {"after_audio_ms": 200, "do": [{"results": {"text": "hello there", "duration": 0.2}}]},
    {"on": "Finalize", "do": [{"results": {"text": "Hello there.", "duration": 0.4, "is_final": True, "speech_final": True,
                                           "from_finalize": True}}, {"utterance_end": 0.4}]}]}]}
CALLS = {"tool_calls": [{"id": "a", "name": "weather", "arguments": '{"place":"Oslo"}'},
                        {"id": "b", "name": "time", "arguments": "{}"}]}
ANSWERS = {"requests": [{"text": "Good day to you."}, CALLS, {"status": 429, "headers": [["retry-after-ms", "50"]]},
                        {"text": "After a wait."}, {"text": "All at once."},
                        {"text": "cut in the middle", "faults": {"error_after_chunks": 2}}, {"status": 500}]}


async def run(command):
    """Against vendors of its own; its exit status."""
    vendors = {"deepgram": Deepgram(HEARD, KEY), "openai": OpenAI(ANSWERS, KEY),
               "cartesia": Cartesia({"pace": 0.05, "ms_per_char": 20}, KEY)}
    ports = {name: await vendor.start() for name, vendor in vendors.items()}
    program = await asyncio.create_subprocess_exec(*map(str, command), json.dumps(ports), KEY)
    status = await asyncio.wait_for(program.wait(), 180)
    faults = [event for vendor in vendors.values() for event in vendor.transcript if event["kind"] in ("server_error", "protocol_error")]
    assert not faults, faults
    return status


def main():
    python = environment.python_with(HERE / "vendor_sdks/requirements.txt")
    failed = asyncio.run(run([python, HERE / "vendor_sdks/client.py"]))
    node = subprocess.run([ROOT / "tools/setup_web.sh", "--node"], capture_output=True, text=True, check=True).stdout.strip()
    script = environment.node_program(node, HERE / "vendor_sdks_js")
    return failed or asyncio.run(run([node, script]))


if __name__ == "__main__":
    sys.exit(main())
