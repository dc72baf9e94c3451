#!/usr/bin/env python3
"""Twice as many spans as the server can take, for a while: what it does not take it refuses at once with 503 or 429 and
Retry-After, its memory stays bounded, questions are answered, and what it acknowledged is there.

First four senders measure what it can take; then requests begin at twice that rate, whether answers have come or not."""
import argparse
import http.client
import json
import multiprocessing
import random
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time

from otlp_traffic import AUTHORIZATION, Conversation, Server, default_binary, get, post, request, wait_until

TAG = b"TRACETAG"  # the first half of each trace id, another one in each request
START_NS = int(time.time()) * 10**9
CONNECTIONS = 700
MOST_RSS_MB = 900  # what may wait for a commit (256 MiB as sent, and what was read of it) and a body for each connection
MOST_READ_MS = 100
READERS_PAUSE = 0.1


class Template:
    """A request of some 500 spans; each copy has traces of its own."""

    def __init__(self):
        rng = random.Random(5)
        spans, self.conversations = [], []
        while len(spans) < 500:
            conversation = Conversation(rng, START_NS)
            conversation.trace = TAG + conversation.trace[8:]
            before = len(spans)
            while not conversation.done:
                spans += [(scope, body) for scope, _, body in conversation.next_spans()]
            self.conversations.append((conversation.trace[8:].hex(), len(spans) - before))
        self.body = request(spans)
        self.spans = len(spans)

    def copy(self, number):
        return self.body.replace(TAG, number.to_bytes(8, "big"))


def rss_mb(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def measure_capacity(port, template, seconds):
    """Requests a second that four senders get acknowledged; the number of the next request."""
    end = time.monotonic() + seconds
    lock, counted = threading.Lock(), [1]

    def send():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < end:
            with lock:
                number = counted[0]
                counted[0] += 1
            assert post(connection, template.copy(number)) == 200

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (counted[0] - 1) / seconds, counted[0]


class Exchange:
    """One request on its way on one connection."""

    def __init__(self, number, body):
        head = (f"POST /api/public/otel/v1/traces HTTP/1.1\r\nHost: localhost\r\nAuthorization: {AUTHORIZATION}\r\n"
                f"Content-Type: application/x-protobuf\r\nContent-Length: {len(body)}\r\n\r\n")
        self.number, self.left, self.answer = number, memoryview(head.encode() + body), b""

    def advance(self, connection):
        """True when the answer is here."""
        if self.left:
            self.left = self.left[connection.send(self.left):]
            return False
        self.answer += connection.recv(65536)
        head, found, body = self.answer.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        return bool(found) and len(body) >= length

    def status(self):
        return int(self.answer[9:12])


def overload(port, template, first, a_second, seconds):
    """Begins requests at that rate as long as a connection is free; (acknowledged numbers, refused, without Retry-After)."""
    selector = selectors.DefaultSelector()
    free = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for connection in free:
        connection.setblocking(False)
    acknowledged, refused, silent, begun, busy = [], 0, 0, 0, 0
    begin = time.monotonic()
    while busy or time.monotonic() < begin + seconds:
        now = time.monotonic()
        while now < begin + seconds and free and begun < (now - begin) * a_second:
            connection = free.pop()
            selector.register(connection, selectors.EVENT_WRITE, Exchange(first + begun, template.copy(first + begun)))
            begun, busy = begun + 1, busy + 1
        for key, _ in selector.select(0.005):
            done = key.data.advance(key.fileobj)
            if done:
                selector.unregister(key.fileobj)
                free.append(key.fileobj)
                busy -= 1
                status = key.data.status()
                assert status in (200, 429, 503), key.data.answer
                if status == 200:
                    acknowledged.append(key.data.number)
                else:
                    refused += 1
                    silent += b"retry-after" not in key.data.answer.lower()
            elif not key.data.left:
                selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
        assert time.monotonic() < begin + seconds + 60, "answers do not come"
    for connection in free:
        connection.close()
    return acknowledged, refused, silent


def ask(port, trace, stop, times):
    """What a person looks at meanwhile: the list, one trace. In a process of its own; milliseconds."""
    found = []
    while not stop.is_set():
        for path in ("/api/public/traces?limit=50&fields=core", f"/api/public/traces/{trace}"):
            begin = time.monotonic()
            status, _ = get(port, path)
            assert status == 200, (path, status)
            found.append((time.monotonic() - begin) * 1000)
        time.sleep(READERS_PAUSE)
    times.put(found)


def check_acknowledged(port, template, numbers):
    for number in random.Random(1).sample(numbers, min(20, len(numbers))):
        for rest, spans in template.conversations[:3]:
            status, trace = get(port, f"/api/public/traces/{number:016x}{rest}")
            assert status == 200 and len(trace["observations"]) == spans, f"request {number} was acknowledged: {status}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="a minute instead of six seconds")
    seconds = 60 if parser.parse_args().long else 6
    template = Template()
    with tempfile.TemporaryDirectory() as data:
        server = Server(default_binary(), data)
        capacity, first = measure_capacity(server.port, template, 3)
        stop, times = multiprocessing.Event(), multiprocessing.Queue()
        reader = multiprocessing.Process(target=ask, args=(server.port, f"{1:016x}{template.conversations[0][0]}", stop, times))
        reader.start()
        acknowledged, refused, silent = overload(server.port, template, first, 2 * capacity, seconds)
        stop.set()
        read_ms = sorted(times.get(timeout=60))
        reader.join()
        peak = rss_mb(server.process)
        check_acknowledged(server.port, template, acknowledged)
        wait_until(lambda: get(server.port, "/api/public/health")[0] == 200, 10, "the server does not say that it is well")
        server.stop()
    figures = {"capacity_spans_per_s": round(capacity * template.spans), "seconds": seconds,
               "acknowledged_spans": len(acknowledged) * template.spans, "refused_requests": refused,
               "peak_rss_mb": round(peak), "read_ms": {"median": round(statistics.median(read_ms), 1),
                                                       "p95": round(read_ms[len(read_ms) * 95 // 100], 1),
                                                       "most": round(read_ms[-1], 1), "count": len(read_ms)}}
    print(json.dumps(figures))
    assert acknowledged, "nothing was taken"
    assert silent == 0, f"{silent} refusals do not say when to come again"
    assert peak < MOST_RSS_MB, f"{peak:.0f} MB"
    assert statistics.median(read_ms) < MOST_READ_MS, read_ms
    return 0


if __name__ == "__main__":
    sys.exit(main())
