#!/usr/bin/env python3
"""The tracing page's program with the page's .env, unchanged but for host and key: the conversation is in the
trace server and on the console. Then `repartee talk` without any setting finds the server on this machine."""
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from programs import BIN, CLIPS, CONVERSATION_TREE, Server, environment, run, skip_without_local_models

CLIP = CLIPS / "synthetic-capital-of-france.wav"
DOTENV = """ENABLE_TRACING=true
# OTLP endpoint (defaults to localhost:4317 if not set)
OTEL_EXPORTER_OTLP_ENDPOINT="{host}/api/public/otel" # 🇪🇺 EU data region
# OTEL_EXPORTER_OTLP_ENDPOINT="https://us.cloud.langfuse.com/api/public/otel" # 🇺🇸 US data region
OTEL_EXPORTER_OTLP_HEADERS=Authorization=Basic%20{key}
# Set to any value to enable console output for debugging
OTEL_CONSOLE_EXPORT=true
"""


def check_page(folder):
    with Server(folder) as server:
        (Path(folder) / ".env").write_text(DOTENV.format(host=server.url, key=server.basic))
        done = run("repartee-tracing-page", CLIP, cwd=folder)
        assert done.returncode == 0, done
        traces = server.wait_for(server.traces, 1)
        assert len(traces) == 1, traces
        assert traces[0]["sessionId"] == "customer-123", traces
        assert server.tree(traces[0]["id"]) == CONVERSATION_TREE, server.tree(traces[0]["id"])
        for name in ("conversation", "turn-1", "stt_moonshinesttservice", "llm_llamacppllmservice", "tts_piperttsservice"):
            assert f"span {name}\n" in done.stdout, (name, done.stdout[-2000:])
    (Path(folder) / ".env").unlink()


def port_is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def check_server_of_this_machine(folder):
    if not port_is_free(4318):
        print("port 4318 is in use: finding the local server is not tested")
        return
    with Server(folder, "--otlp-http-port", "4318") as server:
        talk = subprocess.Popen([str(BIN / "repartee"), "talk", "--json", "--in", str(CLIP)], cwd=folder,
                                env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # Its beginning while it runs.
        server.wait_for(lambda: server.traces() or talk.poll() is not None, 120)
        assert talk.poll() is None and server.traces(), "the trace came only after the conversation"
        out, err = talk.communicate(timeout=120)
        ended = time.monotonic()
        assert talk.returncode == 0, err
        trace_id = json.loads(out)["trace"]["trace_id"]
        server.wait_for(lambda: server.tree(trace_id) == CONVERSATION_TREE, 1)
        assert server.tree(trace_id) == CONVERSATION_TREE, server.tree(trace_id)
        assert time.monotonic() - ended < 1.5


def main():
    skip_without_local_models()
    for check in (check_page, check_server_of_this_machine):
        with tempfile.TemporaryDirectory() as folder:
            check(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
