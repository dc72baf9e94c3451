"""Runs the programs as a user does: in a folder of their own, with an environment that has nothing of
the machine's tracing and keys. For the tests of this folder."""
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("REPARTEE_BIN", ROOT / "build/release/bin")).resolve()
CLIPS = ROOT / "tests/data/audio"
OURS = ("OTEL_", "REPARTEE_", "LANGFUSE_", "OPENAI_", "ENABLE_TRACING")


def environment(**more):
    """The machine's, without what steers our programs; REPARTEE_MODELS stays."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(OURS) or name == "REPARTEE_MODELS"}
    return {**kept, **more}


def run(program, *args, cwd, timeout=240, **more):
    return subprocess.run([str(BIN / program), *map(str, args)], cwd=cwd, env=environment(**more),
                          capture_output=True, text=True, timeout=timeout)


def skip_without_local_models():
    with tempfile.TemporaryDirectory() as folder:
        done = run("repartee", "talk", "--in", CLIPS / "ten-of-clubs.wav", "--llm", "no-such-model", cwd=folder)
    if "built without the local speech models" in done.stderr:
        print("built without the local models")
        sys.exit(77)


def play_scenario(*args, cwd):
    """repartee-scenario with these arguments; a RuntimeError says how it failed."""
    done = run("repartee-scenario", *args, cwd=cwd, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()}")


def refusals(cases, folder, name, *args):
    """Lines for what is not refused as it must be: `cases` are (exit status, text in the error, content), each put
    into `folder`/`name` and given to repartee-scenario by `args`. What is not understood leaves no file behind."""
    out = folder / "refused-out.json"
    for status, text, content in cases:
        (folder / name).write_text(json.dumps(content))
        out.unlink(missing_ok=True)
        done = run("repartee-scenario", *args, "--out", out, cwd=folder)
        if done.returncode != status or text not in done.stderr or (status == 2 and out.exists()):
            yield f"{text}: exit status {done.returncode}, {done.stderr.strip()}"


def report(results, refused, least):
    """Prints each (name, lines that say what is wrong) as it comes, then the refusals; the exit status."""
    failed = count = 0
    for name, lines in results:
        count += 1
        failed += bool(lines)
        print("FAIL" if lines else "ok  ", name)
        for line in lines[:20]:
            print("    ", line[:400])
    refused = list(refused)
    print("\n".join(refused) or "ok   refusals")
    return 1 if failed or refused or count < least else 0


def read_samples(path):
    """(rate, channels, list of 16-bit samples)"""
    with wave.open(str(path)) as clip:
        data = clip.readframes(clip.getnframes())
        samples = [int.from_bytes(data[i:i + 2], "little", signed=True) for i in range(0, len(data), 2)]
        return clip.getframerate(), clip.getnchannels(), samples


class Server:
    """A trace server on free ports and a folder of its own; `more` goes to its environment."""

    def __init__(self, folder, *args, **more):
        command = [str(BIN / "repartee"), "serve", "--json", "--port", "0", "--data", str(Path(folder) / "data"), *args]
        for port in ("--otlp-http-port", "--otlp-grpc-port"):
            if port not in args:
                command += [port, "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(**more), cwd=folder,
                                        text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the server did not start")
        self.info = json.loads(line)
        # The secret is told at the first start alone.
        pair = f"{self.info['public_key']}:{self.info.get('secret_key', '')}"
        self.basic = base64.b64encode(pair.encode()).decode()
        self.url = f"http://127.0.0.1:{self.info['port']}"

    def get(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": "Basic " + self.basic})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def send_recorded(self, scenario):
        """What Pipecat sent in a conversation of golden/ingest/pipecat."""
        for body in sorted((ROOT / "tests/golden/ingest/pipecat" / scenario).glob("*.binpb")):
            request = urllib.request.Request(
                self.url + "/api/public/otel/v1/traces", data=body.read_bytes(),
                headers={"Authorization": "Basic " + self.basic, "Content-Type": "application/x-protobuf"})
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert answer.status == 200

    def traces(self):
        return self.get("/api/public/traces")["data"]

    def observations(self, trace_id):
        return self.get(f"/api/public/traces/{trace_id}")["observations"]

    def tree(self, trace_id):
        """What `tree` makes of the stored spans. Of two that began in the same millisecond the shorter one comes first."""
        return tree([{"name": o["name"], "id": o["id"], "parent": o["parentObservationId"],
                      "start": (o["startTime"], o["endTime"])} for o in self.observations(trace_id)])

    def wait_for(self, what, seconds):
        """The first true value of `what()`, or the last one."""
        deadline = time.monotonic() + seconds
        while True:
            value = what()
            if value or time.monotonic() > deadline:
                return value
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)


def tree(spans, parent=None):
    """Names as nested lists, children in order of their start."""
    children = sorted((s for s in spans if s.get("parent") == parent), key=lambda s: s["start"])
    return [[s["name"], tree(spans, s["id"])] for s in children]


CONVERSATION_TREE = [["conversation", [["turn-1", [
    ["stt_moonshinesttservice", []], ["llm_llamacppllmservice", []], ["tts_piperttsservice", []]]]]]]
