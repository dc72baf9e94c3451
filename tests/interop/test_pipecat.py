#!/usr/bin/env python3
"""The real Pipecat, with the tracing page's .env, sends its conversation to our server, which shows its turns,
what was said and how long the caller waited. And what we take for its parameters, defaults and events are its own."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "commands"))
from programs import CLIPS, Server  # noqa: E402

CLIP = CLIPS / "synthetic-capital-of-france.wav"


def converse(server, folder):
    """Runs the Pipecat agent against a server; its trace's id."""
    (Path(folder) / ".env").write_text(
        "ENABLE_TRACING=true\n"
        f'OTEL_EXPORTER_OTLP_ENDPOINT="{server.url}/api/public/otel"\n'
        f"OTEL_EXPORTER_OTLP_HEADERS=Authorization=Basic%20{server.basic}\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    agent = [environment.python_with(HERE / "pipecat" / "requirements.txt"), HERE / "pipecat" / "agent.py", CLIP]
    done = subprocess.run(agent, cwd=folder, env=kept, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    traces = server.wait_for(server.traces, 10)
    assert len(traces) == 1, traces
    return traces[0]["id"]


def check_trace(server, trace_id):
    trace = server.get(f"/api/public/traces/{trace_id}")
    assert (trace["name"], trace["sessionId"]) == ("conversation", "customer-123"), trace
    spans = {span["id"]: span for span in trace["observations"]}
    turns = [span for span in spans.values() if span["name"] == "turn"]
    assert len(turns) == 2, turns
    for turn in turns:
        inside = {span["name"] for span in spans.values() if span["parentObservationId"] == turn["id"]}
        assert inside == {"stt", "llm", "tts"}, inside
    answers = {span["output"] for span in spans.values() if span["name"] == "llm"}
    assert answers == {"The capital of France is Paris.", "The capital of Italy is Rome."}, answers


def check_dashboard(server, trace_id):
    """In a real browser."""
    root = HERE.parent.parent
    node = subprocess.run([root / "tools/setup_web.sh", "--node"], capture_output=True, text=True, check=True).stdout.strip()
    command = [node, root / "tests/browser/pipecat.mjs", server.url, server.info["project_id"], trace_id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def check_surface():
    """What docs/coming-from-pipecat.md is compared with."""
    python = environment.python_with(HERE / "pipecat" / "requirements.txt")
    told = subprocess.run([python, HERE / "pipecat" / "surface.py"], capture_output=True, text=True, timeout=60, check=True).stdout
    recorded = json.loads((HERE.parent / "golden/pipecat/surface.json").read_text())
    assert json.loads(told) == recorded, "tests/golden/pipecat/surface.json is not what surface.py prints"


def check_cases():
    """What our runtime's behaviour is compared with, case by case."""
    recorded = HERE.parent / "golden/pipecat/cases.jsonl"
    python = environment.python_with(HERE / "pipecat" / "requirements.txt")
    told = subprocess.run([python, HERE / "pipecat" / "play_cases.py", recorded], capture_output=True, text=True, timeout=300,
                          check=True).stdout
    for played, line in zip(told.splitlines(), recorded.read_text().splitlines(), strict=True):
        assert json.loads(played) == json.loads(line), f"{json.loads(line)['case']} is not what play_cases.py records"


def main():
    check_surface()
    check_cases()
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        trace_id = converse(server, folder)
        check_trace(server, trace_id)
        check_dashboard(server, trace_id)


if __name__ == "__main__":
    main()
