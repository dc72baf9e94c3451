#!/usr/bin/env python3
"""`repartee talk` where nobody can speak: one line says so and what to do, and none of the sound libraries'."""
import sys
import tempfile
from pathlib import Path

from programs import run


def has_sound_device():
    devices = Path("/proc/asound/pcm")
    return devices.exists() and devices.read_text().strip() != ""


def check_says_what_to_do(folder, *args):
    done = run("repartee", "talk", *args, cwd=folder)
    assert done.returncode == 1, done
    assert done.stdout == "", done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 1, lines
    for text in ("repartee talk: ", "microphone", "--in FILE.wav"):
        assert text in lines[0], (text, lines)


def main():
    if has_sound_device():
        print("this machine has a sound device")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        check_says_what_to_do(folder)
        check_says_what_to_do(folder, "--out", "answer.wav")
        assert not list(Path(folder).iterdir()), "something was written"
        # Virtual time is for recordings.
        done = run("repartee", "talk", "--fast", cwd=folder)
        assert done.returncode == 2 and "--in" in done.stderr, done
    return 0


if __name__ == "__main__":
    sys.exit(main())
