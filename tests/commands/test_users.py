#!/usr/bin/env python3
"""`repartee users` beside a running server: with the first user the dashboard needs a sign-in, which a user's
password opens and a removed user's no longer does; passwords come by standard input and are shown nowhere."""
import http.cookiejar
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from programs import BIN, Server, environment, run

PASSWORD = "correct horse battery"


def users(folder, *args, password=None, code=0):
    done = subprocess.run([str(BIN / "repartee"), "users", *args, "--data", str(Path(folder) / "data")], cwd=folder,
                          env=environment(), input=password, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (args, done)
    assert PASSWORD not in done.stdout + done.stderr, done
    return done


class Browser:
    """Keeps cookies; answers with the status and the JSON."""

    def __init__(self, server):
        self.url = server.url + "/api/ui/"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def ask(self, path, body=None, method=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **headers},
                                         method=method)
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)


def check_sign_in(folder, server):
    page = Browser(server)
    assert page.ask("session")[0] == 200
    users(folder, "add", "--email", "Ann@example.com", "--name", "Ann", password=PASSWORD + "\n")
    assert server.wait_for(lambda: page.ask("session")[0] == 401, 5)
    assert page.ask("session", {"email": "ann@example.com", "password": "wrong"})[0] == 401
    status, entered = page.ask("session", {"email": "ann@example.com", "password": PASSWORD})
    assert status == 200 and entered["user"]["role"] == "owner", entered
    status, made = page.ask("keys", {"note": "x"}, **{"X-CSRF-Token": entered["csrf_token"]})
    assert status == 201 and made["secret_key"].startswith("sk-lf-"), made
    assert page.ask("keys", {"note": "x"})[0] == 403
    # Keys open it as before.
    assert server.get("/api/ui/session")["user"] is None
    return page


def check_passwords_and_removal(folder, server, ann):
    users(folder, "add", "--email", "bob@example.com", "--role", "viewer", password=PASSWORD)
    bob = Browser(server)
    assert server.wait_for(lambda: bob.ask("session", {"email": "bob@example.com", "password": PASSWORD})[0] == 200, 5)
    users(folder, "passwd", "bob@example.com", password="quite another one\n")
    assert server.wait_for(lambda: bob.ask("session")[0] == 401, 5)
    listed = {u["email"]: u["role"] for u in json.loads(users(folder, "list", "--json").stdout)}
    assert listed == {"ann@example.com": "owner", "bob@example.com": "viewer"}, listed
    assert "last sign-in" in users(folder, "list").stdout
    assert "owner" in users(folder, "remove", "ann@example.com", code=1).stderr
    users(folder, "remove", "bob@example.com")
    assert bob.ask("session", {"email": "bob@example.com", "password": "quite another one"})[0] == 401
    assert ann.ask("session")[0] == 200


def check_bad_usage(folder):
    assert "at least 8" in users(folder, "add", "--email", "c@example.com", password="short\n", code=1).stderr
    assert "no password" in users(folder, "add", "--email", "c@example.com", password="", code=1).stderr
    assert "no email address" in users(folder, "add", "--email", "c", password=PASSWORD, code=1).stderr
    assert "no user" in users(folder, "passwd", "none@example.com", code=1).stderr
    users(folder, "add", "--email", "c@example.com", "--role", "king", code=2)
    users(folder, "add", code=2)
    done = run("repartee", "users", "--help", cwd=folder)
    assert done.returncode == 0 and "Examples" in done.stdout, done


def check_first_user_from_the_environment(folder):
    named = {"LANGFUSE_INIT_ORG_ID": "org", "LANGFUSE_INIT_USER_EMAIL": "ann@example.com",
             "LANGFUSE_INIT_USER_PASSWORD": PASSWORD}
    with Server(folder, **named) as server:
        page = Browser(server)
        assert page.ask("session")[0] == 401
        assert page.ask("session", {"email": "ann@example.com", "password": PASSWORD})[0] == 200


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        ann = check_sign_in(folder, server)
        check_passwords_and_removal(folder, server, ann)
        check_bad_usage(folder)
    with tempfile.TemporaryDirectory() as folder:
        check_first_user_from_the_environment(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
