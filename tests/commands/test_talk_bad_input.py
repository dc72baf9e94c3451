#!/usr/bin/env python3
"""`repartee talk` on what it cannot use: one line that says what is wrong and what to do, and the exit code:
1 failed, 2 wrong usage."""
import os
import shutil
import sys
import tempfile
from pathlib import Path

from programs import CLIPS, environment, run, skip_without_local_models

CLIP = CLIPS / "ten-of-clubs.wav"


def model_folder():
    env = environment()
    if env.get("REPARTEE_MODELS"):
        return Path(env["REPARTEE_MODELS"])
    return Path(env.get("XDG_CACHE_HOME") or Path(env["HOME"]) / ".cache") / "repartee"


def fails(folder, code, wanted, *args, **more):
    done = run("repartee", "talk", "--fast", *args, cwd=folder, **more)
    assert done.returncode == code, (args, done)
    for text in wanted:
        assert text in done.stderr, (text, done.stderr)
    assert done.stdout == "", (args, done.stdout)
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def check_usage(folder):
    fails(folder, 2, ["--in"])
    fails(folder, 2, ["--threads"], "--in", CLIP, "--threads", "many")
    fails(folder, 2, ["--user-speech-timeout"], "--in", CLIP, "--user-speech-timeout", "-1")
    fails(folder, 2, ["--realtime"], "--in", CLIP, "--realtime")
    fails(folder, 2, ["--nonsense"], "--in", CLIP, "--nonsense")


def check_clips(folder):
    good = CLIP.read_bytes()
    clips = {
        "no.wav": None,
        "empty.wav": b"",
        "text.wav": b"this is no sound at all, only words in a file",
        "short.wav": good[:30],
        "mp3.wav": good[:20] + b"\x55\x00" + good[22:],
        "channels.wav": good[:22] + b"\x00\x00" + good[24:],
        "rate.wav": good[:24] + b"\x01\x00\x00\x00" + good[28:],
        "bits.wav": good[:34] + b"\x07\x00" + good[36:],
    }
    for name, content in clips.items():
        if content is not None:
            (folder / name).write_bytes(content)
        fails(folder, 1, [name], "--in", name)
    fails(folder, 1, [str(folder)], "--in", folder)
    fails(folder, 1, ["nowhere"], "--in", CLIP, "--out", "nowhere/answer.wav")
    shutil.copy(CLIP, folder / "same.wav")
    fails(folder, 1, ["same.wav", "another name"], "--in", "same.wav", "--out", "./same.wav")


def check_models(folder):
    fails(folder, 1, ["nosuchmodel"], "--in", CLIP, "--llm", "nosuchmodel")
    fails(folder, 1, ["no.gguf"], "--in", CLIP, "--llm", "./no.gguf")
    (folder / "bad.gguf").write_bytes(b"GGUF but nothing more")
    fails(folder, 1, ["bad.gguf"], "--in", CLIP, "--llm", "./bad.gguf")
    fails(folder, 1, ["OPENAI_API_KEY"], "--in", CLIP, "--llm", "openai")
    fails(folder, 1, ["virtual time"], "--in", CLIP, "--llm", "http://127.0.0.1:9/v1")

    fails(folder, 1, ["setup_models.sh"], "--in", CLIP, REPARTEE_MODELS=str(folder / "nothing"))
    # The same models, but one is damaged in the middle: same size, another hash.
    models = folder / "models"
    shutil.copytree(model_folder() / "models", models / "models", copy_function=os.link)
    silero = next(models.rglob("silero_vad.onnx"))
    content = bytearray(silero.read_bytes())
    content[len(content) // 2] ^= 1
    silero.unlink()
    silero.write_bytes(content)
    fails(folder, 1, ["silero_vad.onnx", "setup_models.sh"], "--in", CLIP, REPARTEE_MODELS=str(models))


def check_environment(folder):
    fails(folder, 1, ["OTEL_EXPORTER_OTLP_ENDPOINT"], "--in", CLIP, OTEL_EXPORTER_OTLP_ENDPOINT="nonsense")
    dotenv = folder / ".env"
    dotenv.write_text("ENABLE_TRACING=true\nthis line is no assignment\n")
    fails(folder, 1, [".env:2"], "--in", CLIP)
    dotenv.write_text('OTEL_EXPORTER_OTLP_ENDPOINT="no url"\n')
    fails(folder, 1, ["OTEL_EXPORTER_OTLP_ENDPOINT"], "--in", CLIP)
    dotenv.unlink()


def main():
    skip_without_local_models()
    # Beside the models, so that links to them can be made.
    with tempfile.TemporaryDirectory(dir=model_folder()) as name:
        folder = Path(name)
        check_usage(folder)
        check_clips(folder)
        check_models(folder)
        check_environment(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
