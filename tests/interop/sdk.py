"""Runs client programs of one of the folders here, with their own pinned packages, against a fresh server: they write as
their users do, and read back what they wrote."""
import base64
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import environment

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "commands"))
from programs import Server, run  # noqa: E402


def organization_key(server, folder):
    """A key that opens the administration of the first organization; the running server knows it by then."""
    data = Path(folder) / "data"
    owner = json.loads(run("repartee", "projects", "list", "--json", "--data", data, cwd=folder).stdout)[0]["organization_id"]
    made = run("repartee", "keys", "new", "--organization", owner, "--json", "--data", data, cwd=folder)
    key = json.loads(made.stdout)
    basic = base64.b64encode(f"{key['public_key']}:{key['secret_key']}".encode()).decode()
    request = urllib.request.Request(server.url + "/api/public/organizations/projects", headers={"Authorization": "Basic " + basic})

    def is_known():
        try:
            return urllib.request.urlopen(request, timeout=10).status == 200
        except urllib.error.HTTPError:
            return False

    assert server.wait_for(is_known, 5), "the server takes no new key"
    return {"ORGANIZATION_PUBLIC_KEY": key["public_key"], "ORGANIZATION_SECRET_KEY": key["secret_key"]}


def run_client(name, program="client.py"):
    """The exit status of NAME/PROGRAM."""
    python = environment.python_with(HERE / name / "requirements.txt")
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LANGFUSE_", "OTEL_"))}
        keys = {"LANGFUSE_PUBLIC_KEY": server.info["public_key"], "LANGFUSE_SECRET_KEY": server.info["secret_key"],
                "LANGFUSE_BASE_URL": server.url, "LANGFUSE_HOST": server.url, **organization_key(server, folder)}
        return subprocess.run([python, HERE / name / program], env={**kept, **keys}, timeout=120).returncode


def run_at_ports(name, program):
    """The exit status of NAME/PROGRAM, which is told all ports of a fresh server and its keys."""
    python = environment.python_with(HERE / name / "requirements.txt")
    with tempfile.TemporaryDirectory() as folder, Server(folder, "--otlp-grpc-port", "0") as server:
        told = [str(server.info[key]) for key in ("port", "otlp_http_port", "otlp_grpc_port", "public_key", "secret_key")]
        return subprocess.run([python, HERE / name / program, *told], timeout=180).returncode
