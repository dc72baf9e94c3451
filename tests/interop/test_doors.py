#!/usr/bin/env python3
"""Requests without a key, with a wrong one and from foreign pages, at every port of the trace server; and streams that end
with the sign-in that opened them. The agent's port, which has no keys: commands/test_agent.py."""
import http.client
import json
import sys
import tempfile

from sdk import Server, run_at_ports

EMAIL = "ann@example.com"
PASSWORD = "long enough"


def ask(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.info["port"], timeout=20)
    connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json", **headers})
    return connection.getresponse()


def sign_in(server):
    """What a page sends with each request from then on."""
    answer = ask(server, "POST", "/api/ui/session", {"email": EMAIL, "password": PASSWORD})
    assert answer.status == 200, answer.read()
    return {"Cookie": answer.getheader("Set-Cookie").split(";")[0], "X-CSRF-Token": json.load(answer)["csrf_token"]}


def check_streams_end_with_the_sign_in(folder):
    with Server(folder, LANGFUSE_INIT_ORG_ID="org", LANGFUSE_INIT_PROJECT_ID="project", LANGFUSE_INIT_USER_EMAIL=EMAIL,
                LANGFUSE_INIT_USER_PASSWORD=PASSWORD) as server:
        assert ask(server, "GET", "/api/ui/events").status == 401
        leaving, staying = sign_in(server), sign_in(server)
        ends, goes_on = (ask(server, "GET", "/api/ui/events", **headers) for headers in (leaving, staying))
        assert ends.status == goes_on.status == 200
        assert ends.read(1) and goes_on.read(1)
        assert ask(server, "DELETE", "/api/ui/session", **leaving).status == 200
        ends.read()  # comes back only when the server ends the stream
        assert goes_on.readline(), "a stream of another sign-in ended with it"
        assert ask(server, "GET", "/api/ui/events", **leaving).status == 401


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_streams_end_with_the_sign_in(folder)
    return run_at_ports("otel_python", "doors.py")


if __name__ == "__main__":
    sys.exit(main())
