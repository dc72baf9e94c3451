#!/usr/bin/env python3
"""Services of a user's own, traced by the public pieces (examples/own_service): their conversation shows as the
library's would, on the terminal and in our server."""
import json
import sys
import tempfile

import programs

LEAVES = {"stt_foresightsttservice": {"transcript": "Is anybody there?", "gen_ai.provider.name": "foresight",
                                      "gen_ai.request.model": "crystal-ball", "settings.language": "en"},
          "llm_parrotllmservice": {"output": "You said: Is anybody there?", "gen_ai.usage.output_tokens": "9",
                                   "metrics.ttfb": "0.12"},
          "tts_beepttsservice": {"text": "You said: Is anybody there?", "voice_id": "440 Hz",
                                 "tts.text_heard": "You said: Is anybody there?", "metrics.character_count": "27"}}


def attribute(spans, span, key):
    """As text; nothing if it is not there."""
    found = [list(a["value"].values())[0] for a in spans[span]["attributes"] if a["key"] == key]
    return str(found[0]) if found else None


def main():
    with tempfile.TemporaryDirectory() as folder, programs.Server(folder) as server:
        done = programs.run("repartee-own-service", cwd=folder, REPARTEE_TRACE_FILE=f"{folder}/spans.jsonl",
                            OTEL_EXPORTER_OTLP_ENDPOINT=f"{server.url}/api/public/otel",
                            OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Basic%20{server.basic}")
        assert done.returncode == 0, done
        traces = server.wait_for(server.traces, 5)
        shown = {o["name"]: o for o in server.observations(traces[0]["id"])}
        with open(f"{folder}/spans.jsonl", encoding="utf-8") as lines:
            sent = [span for line in lines for resource in json.loads(line)["resourceSpans"]
                    for scope in resource["scopeSpans"] for span in scope["spans"]]
    spans = {span["name"]: span for span in sent}
    assert set(spans) == {"conversation", "turn-1", *LEAVES} == set(shown), (set(spans), set(shown))
    for name, attributes in LEAVES.items():
        assert name in done.stdout, done.stdout
        assert spans[name]["parentSpanId"] == spans["turn-1"]["spanId"], spans[name]
        assert attribute(spans, "turn-1", "conversation.id") == attribute(spans, name, "gen_ai.conversation.id")
        for key, value in attributes.items():
            assert attribute(spans, name, key) == value, (name, key, spans[name])
    # Traced, but not by another road than the library's own services: the wait is taken apart on the turn.
    assert attribute(spans, "turn-1", "turn.user_bot_latency_seconds") is not None, spans["turn-1"]
    assert attribute(spans, "conversation", "langfuse.observation.output") == "You said: Is anybody there?", spans


if __name__ == "__main__":
    sys.exit(main())
