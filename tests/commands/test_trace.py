#!/usr/bin/env python3
"""`repartee trace`: lists, shows and follows the conversations of a running server; says what to do when it cannot."""
import json
import signal
import subprocess
import sys
import tempfile

from programs import BIN, Server, environment, run


def check_list_and_show(server, folder):
    empty = run("repartee", "trace", "list", "--url", server.url, cwd=folder)
    assert (empty.returncode, empty.stdout) == (0, "No conversations.\n"), empty
    server.send_recorded("two_turns_end")

    listed = run("repartee", "trace", "list", "--url", server.url, cwd=folder)
    assert listed.returncode == 0, listed
    assert len(listed.stdout.splitlines()) == 2, listed.stdout
    assert "\x1b" not in listed.stdout, "colours in a pipe"
    rows = json.loads(run("repartee", "trace", "list", "--url", server.url, "--json", cwd=folder).stdout)["rows"]
    identity = rows[0]["id"]
    assert listed.stdout.splitlines()[1].startswith(identity[:8]), listed.stdout

    shown = run("repartee", "trace", "show", identity[:8], "--url", server.url, cwd=folder)
    assert shown.returncode == 0, shown
    for part in ("turn-1", "turn-2", "user: ", "bot:  ", "Unattributed", "LLM first token", "stt_deepgramsttservice",
                 "└── ", "█"):
        assert part in shown.stdout, (part, shown.stdout)
    whole = json.loads(run("repartee", "trace", "show", identity, "--url", server.url, "--json", cwd=folder).stdout)
    assert len(whole["turns"]) == 2 and whole["spans"], whole
    for turn in whole["turns"]:
        if turn["reply"] is not None:
            assert abs(sum(part["duration"] for part in turn["contributions"]) - turn["reply"]) < 1, turn


def check_tail(server, folder):
    tail = subprocess.Popen([str(BIN / "repartee"), "trace", "tail", "--json", "--url", server.url], cwd=folder,
                            env=environment(), stdout=subprocess.PIPE, text=True)
    # The first word of the stream: from here on nothing is missed.
    assert json.loads(tail.stdout.readline())["type"] == "stats"
    server.send_recorded("interruption")
    seen = set()
    while not {"conversation.upsert", "turn.upsert"} <= seen:
        seen.add(json.loads(tail.stdout.readline())["type"])
    tail.send_signal(signal.SIGINT)
    assert tail.wait(timeout=10) == 0


def check_faults(server, folder):
    unknown = run("repartee", "trace", "show", "0123456789abcdef0123456789abcdef", "--url", server.url, cwd=folder)
    assert unknown.returncode == 1 and "No conversation with this id" in unknown.stderr, unknown
    beginning = run("repartee", "trace", "show", "00000000", "--url", server.url, cwd=folder)
    assert beginning.returncode == 1 and "repartee trace list" in beginning.stderr, beginning
    for arguments in (("show", "xyz"), ("show",), ("list", "--limit", "0"), ("dance",), ()):
        assert run("repartee", "trace", *arguments, cwd=folder).returncode == 2, arguments
    keys = run("repartee", "trace", "list", "--url", server.url, cwd=folder, LANGFUSE_PUBLIC_KEY="pk-lf-wrong",
               LANGFUSE_SECRET_KEY="sk-lf-wrong")
    assert keys.returncode == 1 and "LANGFUSE_SECRET_KEY" in keys.stderr, keys
    for action in ("list", "tail"):
        nobody = run("repartee", "trace", action, "--url", "http://127.0.0.1:1", cwd=folder)
        assert nobody.returncode == 1 and "repartee serve" in nobody.stderr, nobody
    helped = run("repartee", "trace", "--help", cwd=folder)
    assert helped.returncode == 0 and "Examples:" in helped.stdout, helped


def main():
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        check_list_and_show(server, folder)
        check_tail(server, folder)
        check_faults(server, folder)
    print("ok")


if __name__ == "__main__":
    sys.exit(main())
