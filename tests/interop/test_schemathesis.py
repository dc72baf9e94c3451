#!/usr/bin/env python3
"""schemathesis over the server's own OpenAPI document: made-up requests, good and bad ones, to every path of the public
API. No answer is a server error, and each has a status, type and shape that the document names."""
import subprocess
import sys
import tempfile

import environment
from sdk import HERE, Server

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
SECONDS = 60


def main():
    python = environment.python_with(HERE / "schemathesis/requirements.txt")
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        done = subprocess.run(
            [python.parent / "schemathesis", "run", server.url + "/api/public/openapi.json", "--url", server.url,
             "--header", f"Authorization: Basic {server.basic}", "--include-path-regex", "^/api/public/",
             "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", "20",
             "--seed", "1", "--max-time", str(SECONDS), "--no-shrink", "--warnings", "off", "--no-color"],
            cwd=folder, capture_output=True, text=True, timeout=10 * SECONDS)
        print(done.stdout[-12000:], done.stderr[-2000:])
        server.get("/api/public/health")
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
