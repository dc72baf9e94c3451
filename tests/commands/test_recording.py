#!/usr/bin/env python3
"""`repartee talk --record` brings a conversation's sound to the trace server: both channels with the conversation, each
side with its turn, at the time at which it was heard; without it nothing is recorded. As WAV, or as Opus. An agent file asks for it too, and
the port for spans without keys takes it."""
import io
import json
import sqlite3
import sys
import tempfile
import urllib.error
import urllib.request
import wave
from pathlib import Path

from programs import CLIPS, Server, run, skip_without_local_models

CLIP = CLIPS / "synthetic-capital-of-france.wav"


def with_keys(server):
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{server.url}/api/public/otel",
            "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Basic%20{server.basic}"}


def talk(folder, where, *args):
    done = run("repartee", "talk", "--fast", "--json", "--in", CLIP, *args, cwd=folder, **where)
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


def status_of(url, method, body=None):
    request = urllib.request.Request(url, data=body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def check_port_without_keys(folder, server):
    plain = f"http://127.0.0.1:{server.info['otlp_http_port']}"
    described = Path(folder) / "agent.yaml"
    described.write_text("tracing: {record: true}\n")
    trace_id = talk(folder, {"OTEL_EXPORTER_OTLP_ENDPOINT": plain}, "--config", described)
    spans = {o["name"]: o["id"] for o in server.wait_for(lambda: server.observations(trace_id), 5)}
    media = media_of(folder, trace_id)
    assert len(media) == 3 and (spans["conversation"], "metadata") in media, media
    # Brought there, but not read: else whoever needs no key could listen.
    assert status_of(f"{plain}/api/public/media/{next(iter(media.values()))}", "GET") == 405


def check_port_that_wants_keys(folder):
    with Server(folder, "--otlp-anonymous", "off") as server:
        url = f"http://127.0.0.1:{server.info['otlp_http_port']}/api/public/media"
        assert status_of(url, "POST", b"{}") == 401


def check_opus(folder, server):
    """The same sound at a tenth of the size: pages of an Ogg stream, the last of which says where it ends."""
    trace_id = talk(folder, with_keys(server), "--record", "--record-format", "opus")
    spans = {o["name"]: o["id"] for o in server.wait_for(lambda: server.observations(trace_id), 5)}
    media = media_of(folder, trace_id)
    assert len(media) == 3, media
    described = server.get(f"/api/public/media/{media[spans['conversation'], 'metadata']}")
    assert described["contentType"] == "audio/ogg", described
    with urllib.request.urlopen(described["url"], timeout=10) as answer:
        sound = answer.read()
    assert sound.startswith(b"OggS") and sound[28:36] == b"OpusHead" and sound[37] == 2, sound[:64]
    seconds = int.from_bytes(sound[sound.rfind(b"OggS") + 6:][:8], "little") / 48000
    assert 3 < seconds < 60 and len(sound) < seconds * 16000 * 4 / 8, (seconds, len(sound))


def left_over():
    """Sounds that wait to be uploaded, of every program on this machine."""
    return set(Path(tempfile.gettempdir()).glob("repartee-recordings-*/*.wav"))


def main():
    skip_without_local_models()
    before = left_over()
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        silent = talk(folder, with_keys(server))
        assert media_of(folder, silent) == {}
        trace_id = talk(folder, with_keys(server), "--record")
        spans = {o["name"]: o["id"] for o in server.wait_for(lambda: server.observations(trace_id), 5)}
        media = media_of(folder, trace_id)
        assert set(media) == {(spans["conversation"], "metadata"), (spans["turn-1"], "input"), (spans["turn-1"], "output")}, media
        seconds, channels, loud = sound(server, media[spans["conversation"], "metadata"])
        assert seconds > 3 and channels == 2 and min(loud) > 1000, (seconds, channels, loud)
        for field in ("input", "output"):
            seconds, channels, loud = sound(server, media[spans["turn-1"], field])
            assert seconds > 0.8 and channels == 1 and loud[0] > 1000, (field, seconds, channels, loud)
        check_opus(folder, server)
        check_port_without_keys(folder, server)
        assert left_over() <= before
    with tempfile.TemporaryDirectory() as folder:
        check_port_that_wants_keys(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
