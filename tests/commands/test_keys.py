#!/usr/bin/env python3
"""`repartee keys` and `repartee projects` beside a running server: what they make opens it, what they take
away is refused, and secrets are shown once."""
import base64
import json
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from programs import Server, run


def command(folder, *args, code=0):
    done = run("repartee", *args, "--data", Path(folder) / "data", cwd=folder)
    assert done.returncode == code, (args, done)
    return done


def project_of(server, pair):
    """The project that the key opens, or the status of the refusal."""
    basic = base64.b64encode(f"{pair['public_key']}:{pair['secret_key']}".encode()).decode()
    request = urllib.request.Request(server.url + "/api/public/projects", headers={"Authorization": "Basic " + basic})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["data"][0]["id"]
    except urllib.error.HTTPError as refused:
        return refused.code


def check_life_of_a_key(folder, server):
    made = json.loads(command(folder, "projects", "new", "Support line", "--id", "support", "--json").stdout)
    assert made["id"] == "support" and made["retention_days"] is None, made
    pair = json.loads(command(folder, "keys", "new", "--project", "support", "--note", "laptop", "--json").stdout)
    assert server.wait_for(lambda: project_of(server, pair) == "support", 5)

    listed = command(folder, "keys", "list", "--json")
    assert pair["secret_key"] not in listed.stdout
    keys = {key["public_key"]: key for key in json.loads(listed.stdout)}
    assert keys[pair["public_key"]]["note"] == "laptop"
    assert keys[pair["public_key"]]["project_id"] == "support"

    command(folder, "keys", "remove", pair["public_key"])
    assert server.wait_for(lambda: project_of(server, pair) == 401, 5)


def check_own_pair(folder, server):
    own = ["--public-key", "pk-own", "--secret-key", "sk-own"]
    shown = command(folder, "keys", "new", *own).stdout
    assert "pk-own" in shown and "shown this once" in shown, shown
    taken = command(folder, "keys", "new", *own, code=1)
    assert len(taken.stderr.strip().splitlines()) == 1 and "exists already" in taken.stderr, taken.stderr
    pair = {"public_key": "pk-own", "secret_key": "sk-own"}
    assert server.wait_for(lambda: project_of(server, pair) == server.info["project_id"], 5)


def check_projects(folder):
    command(folder, "projects", "set", "support", "--name", "Help line", "--retention", "30")
    named = {p["id"]: p for p in json.loads(command(folder, "projects", "list", "--json").stdout)}
    assert named["support"]["name"] == "Help line" and named["support"]["retention_days"] == 30, named
    assert "Help line" in command(folder, "projects", "list").stdout
    for said, days in (("0", 0), ("default", None)):
        changed = json.loads(command(folder, "projects", "set", "support", "--retention", said, "--json").stdout)
        assert changed["retention_days"] == days, changed


def check_bad_usage(folder):
    assert "support" in command(folder, "keys", "new", "--project", "none", code=1).stderr
    assert "no such" not in command(folder, "keys", "remove", "pk-none", code=1).stdout
    command(folder, "keys", code=2)
    command(folder, "keys", "new", "--public-key", "pk-alone", code=2)
    command(folder, "projects", "new", code=2)
    for days in ("-3", "2", "36501"):
        command(folder, "projects", "new", "x", "--retention", days, code=2)
    with tempfile.TemporaryDirectory() as empty:
        assert "repartee serve" in command(empty, "keys", "list", code=1).stderr
    for name in ("keys", "projects"):
        done = run("repartee", name, "--help", cwd=folder)
        assert done.returncode == 0 and "Examples" in done.stdout, done


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        check_life_of_a_key(folder, server)
        check_own_pair(folder, server)
        check_projects(folder)
        check_bad_usage(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
