#!/usr/bin/env python3
"""`repartee talk --record` brings a conversation's sound to the trace server: both channels with the conversation, each
side with its turn, at the time at which it was heard; without it nothing is recorded."""
import io
import json
import sqlite3
import sys
import tempfile
import urllib.request
import wave
from pathlib import Path

from programs import CLIPS, Server, run, skip_without_local_models

CLIP = CLIPS / "synthetic-capital-of-france.wav"


def talk(server, folder, *args):
    done = run("repartee", "talk", "--fast", "--json", "--in", CLIP, *args, cwd=folder,
               OTEL_EXPORTER_OTLP_ENDPOINT=f"{server.url}/api/public/otel",
               OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Basic%20{server.basic}")
    assert done.returncode == 0, done.stderr
    assert "record" not in done.stderr, done.stderr
    return json.loads(done.stdout)["trace"]["trace_id"]


def media_of(folder, trace_id):
    """{(span, field): media id}, as the server keeps them."""
    with sqlite3.connect(f"file:{folder}/data/media.db?mode=ro", uri=True) as database:
        rows = database.execute("select observation_id, field, media_id from link where trace_id = ?", (trace_id,))
        return {(span, field): media for span, field, media in rows}


def sound(server, media_id):
    """(seconds, channels, the loudest sample of each)"""
    url = server.get(f"/api/public/media/{media_id}")["url"]
    with urllib.request.urlopen(url, timeout=10) as answer, wave.open(io.BytesIO(answer.read())) as clip:
        data = memoryview(clip.readframes(clip.getnframes())).cast("h")
        channels = clip.getnchannels()
        return clip.getnframes() / clip.getframerate(), channels, [max(map(abs, data[c::channels])) for c in range(channels)]


def main():
    skip_without_local_models()
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        silent = talk(server, folder)
        assert media_of(folder, silent) == {}
        trace_id = talk(server, folder, "--record")
        spans = {o["name"]: o["id"] for o in server.wait_for(lambda: server.observations(trace_id), 5)}
        media = media_of(folder, trace_id)
        assert set(media) == {(spans["conversation"], "metadata"), (spans["turn-1"], "input"), (spans["turn-1"], "output")}, media
        seconds, channels, loud = sound(server, media[spans["conversation"], "metadata"])
        assert seconds > 3 and channels == 2 and min(loud) > 1000, (seconds, channels, loud)
        for field in ("input", "output"):
            seconds, channels, loud = sound(server, media[spans["turn-1"], field])
            assert seconds > 0.8 and channels == 1 and loud[0] > 1000, (field, seconds, channels, loud)
        assert not list(Path(tempfile.gettempdir()).glob("repartee-recordings-*/*.wav"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
