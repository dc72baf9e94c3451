"""Runs a client program of one of the folders here, with its own pinned packages, against a fresh server: it
writes as its users do, and reads back what it wrote."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "commands"))
from programs import Server  # noqa: E402


def run_client(name):
    """The exit status of NAME/client.py."""
    python = environment.python_with(HERE / name / "requirements.txt")
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LANGFUSE_", "OTEL_"))}
        keys = {"LANGFUSE_PUBLIC_KEY": server.info["public_key"], "LANGFUSE_SECRET_KEY": server.info["secret_key"],
                "LANGFUSE_BASE_URL": server.url, "LANGFUSE_HOST": server.url}
        return subprocess.run([python, HERE / name / "client.py"], env={**kept, **keys}, timeout=120).returncode
