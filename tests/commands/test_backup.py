#!/usr/bin/env python3
"""`repartee backup` beside a running server: the copy is a data folder that can be served; a second copy into the
same place and a folder that holds no data are refused in one line."""
import json
import sys
import tempfile
import urllib.request
from pathlib import Path

from programs import ROOT, Server, run

RECORDED = ROOT / "tests/golden/ingest/pipecat/two_turns_end"


def traces_of(server, basic):
    request = urllib.request.Request(server.url + "/api/public/traces", headers={"Authorization": "Basic " + basic})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return [trace["id"] for trace in json.load(answer)["data"]]


def main():
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as restored:
        copy = Path(restored) / "data"
        with Server(folder) as server:
            basic = server.basic
            for body in sorted(RECORDED.glob("*.binpb")):
                request = urllib.request.Request(
                    server.url + "/api/public/otel/v1/traces", data=body.read_bytes(),
                    headers={"Authorization": "Basic " + basic, "Content-Type": "application/x-protobuf"})
                with urllib.request.urlopen(request, timeout=10) as answer:
                    assert answer.status == 200
            sent = traces_of(server, basic)
            assert sent, "no trace to back up"
            data = Path(folder) / "data"
            done = run("repartee", "backup", "--data", data, "--to", copy, cwd=folder)
            assert done.returncode == 0 and f"--data {copy}" in done.stdout, done
            for arguments, said in (((data, copy), "not empty"), ((Path(restored), copy.with_name("x")), "no meta.db")):
                refused = run("repartee", "backup", "--data", arguments[0], "--to", arguments[1], cwd=folder)
                assert refused.returncode == 1 and said in refused.stderr, refused
                assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
        # Keys, too, are as they were; their secret is told at the first start alone.
        with Server(restored) as server:
            assert "secret_key" not in server.info, server.info
            assert traces_of(server, basic) == sent
    return 0


if __name__ == "__main__":
    sys.exit(main())
