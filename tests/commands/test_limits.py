#!/usr/bin/env python3
"""Limits of docs/limits.md, crossed over the wire: each answer says which one it was, and the server goes on."""
import base64
import http.client
import json
import resource
import socket
import sys
import tempfile
import zlib
from urllib.parse import quote

from programs import Server

MIB = 1 << 20
TRACE = "0" * 31 + "1"


class Client:
    def __init__(self, server):
        self.port = server.info["port"]
        self.headers = {"Authorization": "Basic " + server.basic, "Content-Type": "application/json"}

    def ask(self, method, path, body=None, **headers):
        """Status, and the answer's text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def announce(self, path, length):
        """The status for a body of that length, of which nothing is sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest("POST", path)
        for name, value in {**self.headers, "Content-Length": str(length)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        status = connection.getresponse().status
        connection.close()
        return status


def span(number=1, **more):
    return {"traceId": TRACE, "spanId": f"{number:016x}", "name": "s", "startTimeUnixNano": "1795000000000000000",
            "endTimeUnixNano": "1795000001000000000", **more}


def export(*spans):
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})


def attributes(count):
    return [{"key": f"k{i}", "value": {"intValue": "1"}} for i in range(count)]


def nested(depth):
    return '{"arrayValue":{"values":[' * depth + '{"intValue":"1"}' + "]}}" * depth


def check_bodies(client):
    assert client.announce("/api/public/otel/v1/traces", 64 * MIB + 1) == 413
    assert client.announce("/api/public/ingestion", 4_718_593) == 413
    assert client.announce("/api/public/scores", MIB + 1) == 413
    packed = zlib.compress(b" " * (64 * MIB + 1))
    assert client.ask("POST", "/api/public/otel", packed, Content_Encoding="deflate")[0] == 413


def check_spans(client):
    path = "/api/public/otel"
    refused = {
        "spans": export(*(span(i + 1) for i in range(65_537))),
        "attributes": export(span(attributes=attributes(4_097))),
        "events": export(span(events=[{"name": "e"}] * 4_097)),
        "deep": export(span(attributes=[{"key": "k", "value": 0}])).replace('"value": 0', f'"value": {nested(101)}'),
    }
    for what, body in refused.items():
        status, text = client.ask("POST", path, body)
        assert status == 400 and any(char.isdigit() for char in text), (what, status, text)
    assert client.ask("POST", path, export(span(attributes=attributes(4_096), events=[{"name": "e"}] * 4_096)))[0] == 200


def check_batches(client):
    def event(number, **body):
        return {"id": f"event-{number}", "timestamp": "2026-11-22T10:00:00Z", "type": "trace-create", "body": body}

    def answer(*events):
        status, text = client.ask("POST", "/api/public/ingestion", json.dumps({"batch": events}))
        assert status == 207, text
        return json.loads(text)

    long_id = answer(event(1, id="x" * 801), event(2, id="x" * 800))
    assert [error["id"] for error in long_id["errors"]] == ["event-1"] and len(long_id["successes"]) == 1, long_id
    many = answer(*(event(number, id="one", name=str(number)) for number in range(1_001)))
    assert len(many["errors"]) == 1 and "1000" in many["errors"][0]["error"], many["errors"]


def check_media(client):
    body = {"traceId": TRACE, "field": "input", "contentType": "audio/wav", "contentLength": 64 * MIB + 1,
            "sha256Hash": base64.b64encode(bytes(32)).decode()}
    status, text = client.ask("POST", "/api/public/media", json.dumps(body))
    assert status == 400 and "67108864" in text, text


def check_questions(client):
    for path in ("traces?limit=101", "observations?limit=101", "v2/observations?limit=1001", "v3/scores?limit=101"):
        assert client.ask("GET", "/api/public/" + path)[0] == 400, path


def check_scans(client):
    """Behind the other checks: nine requests of 50,000 spans, more than a query looks at."""
    for request in range(9):
        trace = f"{request + 16:032x}"
        body = export(*({**span(number + 1), "traceId": trace} for number in range(50_000)))
        assert client.ask("POST", "/api/public/otel", body)[0] == 200
    slow = [{"type": "number", "column": "latency", "operator": ">", "value": 3600}]
    said = [{"type": "string", "column": "output", "operator": "matches", "value": "nobody said this"}]
    for asked in ("name=none", "filter=" + quote(json.dumps(slow)), "filter=" + quote(json.dumps(said))):
        status, text = client.ask("GET", "/api/public/observations?limit=1&" + asked)
        assert status == 422 and "400000" in text.replace(",", "") and "time range" in text, (asked, status, text)
        status, text = client.ask("GET", "/api/public/observations?limit=1&fromStartTime=2026-11-19T00:00:00Z&" + asked)
        assert status == 200 and json.loads(text)["meta"]["totalItems"] == 0, (asked, status, text)


def check_models(client):
    for number in range(500):
        body = json.dumps({"modelName": f"m{number}", "matchPattern": f"^m{number}$", "inputPrice": 1})
        assert client.ask("POST", "/api/public/models", body)[0] == 200
    status, text = client.ask("POST", "/api/public/models", json.dumps({"modelName": "m", "matchPattern": "m"}))
    assert status == 400 and "500" in text, text


def check_connections(client):
    sockets = []
    try:
        for _ in range(1_024):
            sockets.append(socket.create_connection(("127.0.0.1", client.port), timeout=10))
        more = socket.create_connection(("127.0.0.1", client.port), timeout=10)
        sockets.append(more)
        more.sendall(b"GET /api/public/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert more.recv(100).startswith(b"HTTP/1.1 503")
    finally:
        for one in sockets:
            one.close()


def main():
    # For as many connections as one port takes, at both ends.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most if most != resource.RLIM_INFINITY and most < 8_192 else 8_192, most))
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        client = Client(server)
        for check in (check_bodies, check_spans, check_batches, check_media, check_questions, check_models,
                      check_connections, check_scans):
            check(client)
            assert server.wait_for(lambda: client.ask("GET", "/api/public/health")[0] == 200, 10), check.__name__
    return 0


if __name__ == "__main__":
    sys.exit(main())
