#!/usr/bin/env python3
"""Kills the trace server with SIGKILL while four senders write, round after round on the same data.

After each round and restart: every span of an acknowledged request is there once, nothing is there twice
although the senders repeat what was not acknowledged, and rows and roll-ups say the same as the spans
themselves. Conversations lie around midnight, so that requests touch two day files; every other kill waits
for the first of them to be written, so that some fall between the two.
"""
import argparse
import http.client
import os
import random
import sys
import tempfile
import threading
import time

import recount
from otlp_traffic import Conversation, Server, default_binary, get, post, request, wait_until

SENDERS = 4
OPEN_CONVERSATIONS = 40
SPANS_A_REQUEST = 60


class Sender(threading.Thread):
    """Deals the next turns of its open conversations, one request after the other."""

    def __init__(self, seed, midnight_ns):
        super().__init__(daemon=True)
        self.rng = random.Random(seed)
        self.midnight_ns = midnight_ns
        self.open = []
        self.acknowledged = {}  # trace id -> set of span ids
        self.pending = None     # the request whose answer never came: (body, spans)
        self.requests = 0

    def next_request(self):
        if self.pending:
            return self.pending
        spans = []
        while len(spans) < SPANS_A_REQUEST:
            while len(self.open) < OPEN_CONVERSATIONS:
                self.open.append(Conversation(self.rng, self.midnight_ns + self.rng.randint(-600, 600) * 10**9))
            conversation = self.rng.choice(self.open)
            spans += [(scope, conversation.trace, identity, body) for scope, identity, body in conversation.next_spans()]
            if conversation.done:
                self.open.remove(conversation)
        # Now and then a span comes twice in one request.
        if self.rng.random() < 0.2:
            spans.append(self.rng.choice(spans))
        self.pending = (request([(scope, body) for scope, _, _, body in spans]), spans)
        return self.pending

    def send_until_broken(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            while True:
                body, spans = self.next_request()
                status = post(connection, body)
                if status != 200:
                    continue
                self.pending = None
                self.requests += 1
                for _, trace, identity, _ in spans:
                    self.acknowledged.setdefault(trace.hex(), set()).add(identity.hex())
        except (OSError, http.client.HTTPException):
            connection.close()


def check(server, senders, sample):
    """Compares what was acknowledged with what the API shows; returns the number of spans looked at."""
    looked_at = 0
    problems = []
    rng = random.Random(1)
    for sender in senders:
        traces = list(sender.acknowledged.items())
        for trace, spans in rng.sample(traces, min(sample, len(traces))):
            status, body = get(server.port, f"/api/public/traces/{trace}")
            if status != 200:
                problems.append(f"trace {trace}: status {status}")
                continue
            ids = [o["id"] for o in body["observations"]]
            if len(ids) != len(set(ids)):
                problems.append(f"trace {trace}: a span is there twice")
            for missing in spans - set(ids):
                problems.append(f"trace {trace}: acknowledged span {missing} is lost")
            looked_at += len(spans)
    return looked_at, problems


def row_of(server, trace):
    """The trace's row in the list, found by its session: its own id, as the voice additions have it."""
    _, body = get(server.port, f"/api/public/traces?sessionId={trace}&fields=core,metrics,observations")
    return body["data"]


def check_rows(server, senders, sample):
    problems = []
    rng = random.Random(2)
    for sender in senders:
        for trace in rng.sample(sorted(sender.acknowledged), min(sample, len(sender.acknowledged))):
            rows = row_of(server, trace)
            if len(rows) > 1:
                problems.append(f"trace {trace} is in the list {len(rows)} times")
            if not rows:
                continue  # its root, which carries the session, has not come
            _, whole = get(server.port, f"/api/public/traces/{trace}")
            for key in ("latency", "totalCost", "name", "timestamp"):
                if rows[0][key] != whole[key]:
                    problems.append(f"trace {trace}: the list says {key} {rows[0][key]}, the spans {whole[key]}")
    return problems


def kill_at_first_file(server, data):
    """Kills the server as soon as the log of the earlier day is written to."""
    log = str(recount.day_files(data)[0]) + "-wal"

    def state():
        try:
            found = os.stat(log)
            return found.st_size, found.st_mtime_ns
        except FileNotFoundError:
            return None

    before, end = state(), time.monotonic() + 1
    while state() == before and time.monotonic() < end:
        pass
    server.kill()


def count_halves(data, senders):
    """Requests of which one day's file has its part, and the other does not."""
    pending = [[identity for _, _, identity, _ in sender.pending[1]] for sender in senders if sender.pending]
    stored = recount.stored_of(data, pending)
    return sum(0 < there < len(set(ids)) for there, ids in zip(stored, pending))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=default_binary())
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--sample", type=int, default=60, help="traces looked at a sender and round")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--long", action="store_true", help="20 rounds, all traces")
    arguments = parser.parse_args()
    if arguments.long:
        arguments.rounds, arguments.sample = 20, 1 << 30
    print(f"seed {arguments.seed}")
    rng = random.Random(arguments.seed)
    midnight_ns = int(time.time()) // 86400 * 86400 * 10**9
    senders = [Sender(arguments.seed * 10 + i, midnight_ns) for i in range(SENDERS)]
    halves = 0
    with tempfile.TemporaryDirectory() as data:
        for number in range(arguments.rounds):
            server = Server(arguments.binary, data)
            threads = [threading.Thread(target=sender.send_until_broken, args=(server.port,)) for sender in senders]
            for thread in threads:
                thread.start()
            time.sleep(rng.uniform(0.1, 1.6))
            if number % 2 == 0 and recount.day_files(data):
                kill_at_first_file(server, data)
            else:
                server.kill()
            for thread in threads:
                thread.join()
            halves += count_halves(data, senders)
            started = time.monotonic()
            server = Server(arguments.binary, data)
            recovery = time.monotonic() - started
            looked_at, problems = check(server, senders, arguments.sample)
            # The senders' repeats first make the lists whole again.
            for sender in senders:
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
                body, spans = sender.next_request()
                assert post(connection, body) == 200
                sender.pending = None
                for _, trace, identity, _ in spans:
                    sender.acknowledged.setdefault(trace.hex(), set()).add(identity.hex())
                connection.close()
            wait_until(lambda: not check_rows(server, senders, 8), 5, "\n".join(check_rows(server, senders, 8)))
            server.stop()
            wrong, counted = recount.recount(data)
            problems += wrong
            total = sum(len(spans) for sender in senders for spans in sender.acknowledged.values())
            print(f"round {number}: {total} spans acknowledged so far, {looked_at} looked at, "
                  f"{counted} recounted, start {recovery:.2f} s")
            if problems:
                print("\n".join(problems[:20]))
                return 1
    print(f"{arguments.rounds} rounds, nothing lost, nothing twice; {halves} requests were cut between two files")
    # Chance alone decides, so a few rounds may have none.
    return int(arguments.long and halves == 0)


if __name__ == "__main__":
    sys.exit(main())
