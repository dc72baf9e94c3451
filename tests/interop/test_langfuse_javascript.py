#!/usr/bin/env python3
"""Langfuse's JavaScript packages, unchanged, with the project's Node: @langfuse/otel, /tracing and /client 5, langfuse 3,
and langfuse-cli against what they wrote; and every method of the API client 5. Each reads back what it wrote."""
import json
import os
import subprocess
import sys
import tempfile

import node
from sdk import Server, organization_key


def environment(server, folder):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LANGFUSE_", "OTEL_"))}
    return {**kept, "LANGFUSE_PUBLIC_KEY": server.info["public_key"], "LANGFUSE_SECRET_KEY": server.info["secret_key"],
            "LANGFUSE_BASE_URL": server.url, "LANGFUSE_BASEURL": server.url, "LANGFUSE_HOST": server.url,
            **organization_key(server, folder)}


class Node:
    def __init__(self):
        self.variables = {}
        self.interpreter = node.node()
        self.folder = node.folder_with_packages(self.interpreter)

    def run(self, *args):
        done = subprocess.run([self.interpreter, *args], cwd=self.folder, env=self.variables, capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == 0, (args, done.stdout[-3000:], done.stderr[-3000:])
        return done.stdout


def check_cli(programs):
    """After client_3.mjs: lists, reads and makes things by the contract that it brings."""
    command = "node_modules/langfuse-cli/bin/langfuse.mjs"

    def cli(*args, contract="latest"):
        return json.loads(programs.run(command, "--api-version", contract, "api", *args, "--json"))

    def body_of(answer):
        return answer.get("body", answer)

    assert body_of(cli("health", "get"))["status"] == "OK"
    rows = body_of(cli("observations", "list", "--limit", "5"))["data"]
    assert {row["name"] for row in rows} >= {"reply"}, rows
    # By the contract that fits what the server says of itself, and by that of the older generation.
    assert len(body_of(cli("observations", "list", contract="auto"))["data"]) == len(rows)
    traces = body_of(cli("traces", "list", contract="v3"))["data"]
    assert traces[0]["name"] == "call", traces
    assert body_of(cli("scores", "list"))["data"][0]["name"] == "csat"
    cli("prompts", "create", "--body-json", json.dumps({"name": "from-cli", "type": "text", "prompt": "Hello"}))
    names = {prompt["name"] for prompt in body_of(cli("prompts", "list"))["data"]}
    assert names == {"kind", "from-cli"}, names


def main():
    programs = Node()
    for client in ("client_5.mjs", "methods_5.mjs", "client_3.mjs"):
        with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
            programs.variables = environment(server, folder)
            programs.run(client)
            if client == "client_3.mjs":
                check_cli(programs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
