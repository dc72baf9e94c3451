#!/usr/bin/env python3
"""`repartee talk --fast` on the synthetic clips: what was heard and answered, the trace's tree, the recording
with both channels, and the same question in other kinds of WAV."""
import json
import struct
import sys
import tempfile
import wave
from pathlib import Path

from programs import CLIPS, CONVERSATION_TREE, read_samples, run, skip_without_local_models, tree

QUESTIONS = {
    "synthetic-capital-of-france.wav": ("What is the capital of France?", "Paris"),
    "synthetic-new-york.wav": ("How many people live in New York City?", "8.5 million"),
}


def talk(folder, *args):
    return run("repartee", "talk", "--fast", *args, cwd=folder)


def check_answers(folder):
    for clip, (question, fact) in QUESTIONS.items():
        done = talk(folder, "--json", "--in", CLIPS / clip)
        assert done.returncode == 0, done
        report = json.loads(done.stdout)
        said = report["transcript"]
        assert [s["role"] for s in said] == ["user", "bot"], said
        assert said[0]["text"] == question, said
        assert fact in said[1]["text"] and said[1]["text"].endswith("."), said
        (reply,) = report["replies"]
        assert abs(sum(p["ms"] for p in reply["contributions"]) - reply["total_ms"]) < 1, reply
        spans = [{"name": s["name"], "id": s["span_id"], "parent": s.get("parent_span_id"), "start": s["start_ms"]}
                 for s in report["trace"]["spans"]]
        assert tree(spans) == CONVERSATION_TREE, tree(spans)


def check_text_and_recording(folder):
    done = talk(folder, "--in", CLIPS / "synthetic-capital-of-france.wav", "--out", "answer.wav",
                "--conversation-id", "customer-123")
    assert done.returncode == 0, done
    lines = done.stdout.splitlines()
    assert lines[:2] == ["user: What is the capital of France?", "bot: The capital of France is Paris."], lines
    for wanted in ("conversation customer-123", "turn-1", "stt_moonshinesttservice", "llm_llamacppllmservice",
                   "tts_piperttsservice", "Recording: answer.wav"):
        assert any(wanted in line for line in lines), (wanted, lines)

    rate, channels, samples = read_samples(Path(folder) / "answer.wav")
    assert (rate, channels) == (24000, 2)
    caller, bot = samples[0::2], samples[1::2]
    loud = [[i for i, s in enumerate(side) if abs(s) > 1000] for side in (caller, bot)]
    # The caller begins after 0.6 s of silence; the bot speaks when the caller has finished.
    assert loud[0][0] > 0.6 * rate and loud[1][0] > loud[0][-1], (loud[0][0], loud[0][-1], loud[1][0])


def check_kinds_of_wav(folder):
    _, _, mono = read_samples(CLIPS / "synthetic-capital-of-france.wav")
    path = Path(folder) / "other.wav"
    # 48 kHz, two channels, 24 bit.
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(3)
        out.setframerate(48000)
        out.writeframes(b"".join((s << 8).to_bytes(3, "little", signed=True) * 6 for s in mono))
    ask(folder, path)
    # 16 kHz, float.
    data = struct.pack(f"<{len(mono)}f", *(s / 32768 for s in mono))
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, 16000, 64000, 4, 32,
                         b"data", len(data))
    path.write_bytes(header + data)
    ask(folder, path)
    # 8 bit.
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(16000)
        out.writeframes(bytes((s >> 8) + 128 for s in mono))
    ask(folder, path)


def ask(folder, path):
    done = talk(folder, "--json", "--in", path)
    assert done.returncode == 0, done
    said = json.loads(done.stdout)["transcript"]
    assert "capital of france" in said[0]["text"].lower(), said


def main():
    skip_without_local_models()
    with tempfile.TemporaryDirectory() as folder:
        check_answers(folder)
        check_text_and_recording(folder)
        check_kinds_of_wav(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
