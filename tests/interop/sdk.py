"""Runs client programs of one of the folders here, with their own pinned packages, against a fresh server: they write as
their users do, and read back what they wrote."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "commands"))
from programs import Server, run  # noqa: E402


def organization_key(folder):
    """A key that opens the administration of the first organization, beside the running server."""
    data = Path(folder) / "data"
    owner = json.loads(run("repartee", "projects", "list", "--json", "--data", data, cwd=folder).stdout)[0]["organization_id"]
    made = run("repartee", "keys", "new", "--organization", owner, "--json", "--data", data, cwd=folder)
    key = json.loads(made.stdout)
    return {"ORGANIZATION_PUBLIC_KEY": key["public_key"], "ORGANIZATION_SECRET_KEY": key["secret_key"]}


def run_client(name, program="client.py"):
    """The exit status of NAME/PROGRAM."""
    python = environment.python_with(HERE / name / "requirements.txt")
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LANGFUSE_", "OTEL_"))}
        keys = {"LANGFUSE_PUBLIC_KEY": server.info["public_key"], "LANGFUSE_SECRET_KEY": server.info["secret_key"],
                "LANGFUSE_BASE_URL": server.url, "LANGFUSE_HOST": server.url, **organization_key(folder)}
        return subprocess.run([python, HERE / name / program], env={**kept, **keys}, timeout=120).returncode
