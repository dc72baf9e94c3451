#!/usr/bin/env python3
"""The disk of a running server fills up: it answers 503 and when to come again, goes on answering questions, takes spans
again as soon as there is room, and has every span that it acknowledged. On a small tmpfs of this test's own."""
import http.client
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from otlp_traffic import AUTHORIZATION, Conversation, Server, default_binary, get, request, wait_until

DISK = "32m"
BALLAST = 12 << 20  # bytes, taken away to make room
MOST_REQUESTS = 2_000


class Sender:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.rng = random.Random(7)
        self.acknowledged = {}  # trace id -> span ids

    def send(self):
        """Status and headers of the answer to some new conversations."""
        spans = []
        for _ in range(20):
            conversation = Conversation(self.rng, int(time.time() * 1e9))
            while not conversation.done:
                spans += [(scope, conversation.trace, identity, body) for scope, identity, body in conversation.next_spans()]
        self.connection.request("POST", "/api/public/otel/v1/traces", request([(scope, body) for scope, _, _, body in spans]),
                                {"Authorization": AUTHORIZATION, "Content-Type": "application/x-protobuf"})
        answer = self.connection.getresponse()
        answer.read()
        if answer.status == 200:
            for _, trace, identity, _ in spans:
                self.acknowledged.setdefault(trace.hex(), set()).add(identity.hex())
        return answer.status, answer.headers

    def send_until(self, wanted):
        """The headers of the first answer with that status."""
        for _ in range(MOST_REQUESTS):
            status, headers = self.send()
            if status == wanted:
                return headers
            assert status in (200, 503), status
        raise AssertionError(f"{MOST_REQUESTS} requests and no {wanted}")


def check_questions(port, acknowledged):
    status, page = get(port, "/api/public/traces?limit=50&fields=core")
    assert status == 200 and page["data"], (status, page)
    status, trace = get(port, "/api/public/traces/" + next(iter(acknowledged)))
    assert status == 200 and trace["observations"], (status, trace)


def check_all(port, acknowledged):
    for trace, spans in acknowledged.items():
        status, body = get(port, "/api/public/traces/" + trace)
        assert status == 200, f"trace {trace}: status {status}"
        ids = [o["id"] for o in body["observations"]]
        assert set(ids) >= spans and len(ids) == len(set(ids)), f"trace {trace}: {len(ids)} of {len(spans)} spans"


def fill_and_empty(disk):
    ballast = Path(disk) / "ballast"
    ballast.write_bytes(bytes(BALLAST))
    server = Server(default_binary(), f"{disk}/data")
    sender = Sender(server.port)
    headers = sender.send_until(503)
    assert int(headers["Retry-After"]) >= 1, dict(headers)
    before = len(sender.acknowledged)
    check_questions(server.port, sender.acknowledged)
    assert [sender.send()[0] for _ in range(5)].count(503) > 0, "the disk is full and everything is taken"

    ballast.unlink()
    sender.send_until(200)
    wait_until(lambda: get(server.port, "/api/public/health")[0] == 200, 10, "the server does not say that it is well again")
    assert len(sender.acknowledged) > before
    check_all(server.port, sender.acknowledged)
    server.stop()
    server = Server(default_binary(), f"{disk}/data")
    check_all(server.port, sender.acknowledged)
    server.stop()
    print(f"{before} traces until the disk was full, {len(sender.acknowledged)} in the end, none lost")


def main():
    if sys.argv[1:2] == ["--on"]:
        fill_and_empty(sys.argv[2])
        return 0
    # In a namespace of its own the disk is gone with the test, however it ends.
    with tempfile.TemporaryDirectory() as disk:
        namespace = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        mount = f'mount -t tmpfs -o size={DISK} tmpfs "{disk}"'
        if subprocess.run([*namespace, "sh", "-c", mount], capture_output=True, check=False).returncode != 0:
            print("no tmpfs can be mounted here")
            return 77
        return subprocess.run([*namespace, "sh", "-c", f'{mount} && exec "$0" "$@"', sys.executable, __file__, "--on", disk],
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
