#!/usr/bin/env python3
"""`repartee doctor` finds what keeps traces from arriving: against a real server, a dead port, wrong keys, a wrong path,
no TLS, an unknown host, and settings that contradict each other. It shows no key and exits 1 when there is a problem."""
import base64
import json
import socket
import sys
import tempfile
from pathlib import Path

from programs import Server, run


def basic(pair):
    return base64.b64encode(pair.encode()).decode()


def doctor(folder, *arguments, **variables):
    """(exit code, {check: (verdict, text and advice)}) of a run; of several lines of one check the worst."""
    done = run("repartee", "doctor", "--json", *arguments, cwd=folder, **variables)
    assert done.returncode in (0, 1) and not done.stderr, done
    secrets = [value.split("Basic%20")[1] for value in variables.values() if "Basic%20" in value]
    assert not any(secret and secret in done.stdout for secret in secrets), done.stdout
    told = json.loads(done.stdout)
    found = {}
    for line in told["checks"]:
        if found.get(line["check"], ("",))[0] != "problem":
            found[line["check"]] = (line["verdict"], line["text"] + " | " + line.get("advice", ""))
    assert told["problems"] == sum(line["verdict"] == "problem" for line in told["checks"])
    assert done.returncode == (1 if told["problems"] else 0), done
    return done.returncode, found


def endpoint(url, key):
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Basic%20{key}"}


def check_a_good_set_up(folder, server):
    (Path(folder) / ".env").write_text(f"""ENABLE_TRACING=true
OTEL_EXPORTER_OTLP_ENDPOINT="{server.url}/api/public/otel" # the page's comment
OTEL_EXPORTER_OTLP_HEADERS=Authorization=Basic%20{server.basic}
""")
    code, found = doctor(folder)
    assert code == 0, found
    for check in (".env", "ENABLE_TRACING", "endpoint", "OTEL_EXPORTER_OTLP_HEADERS", "name", "connection", "span", "read back"):
        assert found[check][0] == "ok", (check, found)
    assert found["metrics"][0] == "note", found
    traces = server.wait_for(server.traces, 5)
    assert [trace["name"] for trace in traces] == ["repartee doctor"], traces

    server.send_recorded("metrics_disabled")
    code, found = doctor(folder)
    assert code == 1 and found["metrics"][0] == "problem" and "enable_metrics" in found["metrics"][1], found
    server.send_recorded("two_turns_end")
    code, found = doctor(folder)
    assert code == 0 and found["metrics"][0] == "ok", found

    text = run("repartee", "doctor", cwd=folder)
    assert text.returncode == 0 and text.stdout.endswith("No problem found.\n"), text
    assert server.basic not in text.stdout, text

    code, found = doctor(folder, ENABLE_TRACING="false")
    assert code == 1 and "switches tracing off" in found["ENABLE_TRACING"][1], found
    assert "wins" in found[".env"][1], found
    (Path(folder) / ".env").write_text('OTEL_EXPORTER_OTLP_ENDPOINT="never closed\n')
    code, found = doctor(folder, "--offline")
    assert code == 1 and ".env:1" in found[".env"][1], found
    (Path(folder) / ".env").unlink()


def check_what_can_go_wrong_on_the_way(folder, server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/api/public/otel"
        code, found = doctor(folder, **endpoint(dead, server.basic))
    assert code == 1 and "span" not in found, found
    assert found["connection"][0] == "problem" and "repartee serve" in found["connection"][1], found

    code, found = doctor(folder, **endpoint(server.url + "/api/public/otel", basic("pk-lf-wrong:sk-lf-wrong")))
    assert code == 1 and found["connection"][0] == "ok", found
    assert found["span"][0] == "problem" and "401" in found["span"][1] and "both keys" in found["span"][1], found

    code, found = doctor(folder, **endpoint(server.url + "/otel", server.basic))
    assert code == 1 and found["span"][0] == "problem" and "/api/public/otel" in found["span"][1], found

    code, found = doctor(folder, **endpoint(server.url.replace("http:", "https:") + "/api/public/otel", server.basic))
    assert code == 1 and found["TLS"][0] == "problem" and "http://" in found["TLS"][1], found

    code, found = doctor(folder, **endpoint("http://no-such-host.invalid/api/public/otel", server.basic))
    assert code == 1 and found["name"][0] == "problem" and "spelt" in found["name"][1], found


def check_port_4318_without_keys(folder, server):
    plain = f"http://127.0.0.1:{server.info['otlp_http_port']}"
    code, found = doctor(folder, OTEL_EXPORTER_OTLP_ENDPOINT=plain)
    assert code == 0 and found["span"][0] == "ok" and found["read back"][0] == "note", found


SETTINGS = [
    # (variables, check, words)
    ({"OTEL_EXPORTER_OTLP_ENDPIONT": "http://h"}, "OTEL_EXPORTER_OTLP_ENDPIONT", "did you mean OTEL_EXPORTER_OTLP_ENDPOINT?"),
    ({"OTEL_EXPORTER_ENDPOINT": "http://h"}, "OTEL_EXPORTER_ENDPOINT", "did you mean OTEL_EXPORTER_OTLP_ENDPOINT?"),
    ({"ENABLE_TRACE": "1"}, "ENABLE_TRACE", "did you mean ENABLE_TRACING?"),
    ({"OTEL_SDK_DISABLED": "True"}, "OTEL_SDK_DISABLED", "switches tracing off"),
    ({"OTEL_TRACES_EXPORTER": "console"}, "OTEL_TRACES_EXPORTER", "add otlp"),
    ({"OTEL_TRACES_SAMPLER": "always_off"}, "OTEL_TRACES_SAMPLER", "no trace is kept"),
    ({"OTEL_TRACES_SAMPLER": "sometimes"}, "OTEL_TRACES_SAMPLER", "unknown"),
    ({"OTEL_BSP_SCHEDULE_DELAY": "5s"}, "OTEL_BSP_SCHEDULE_DELAY", "not a whole number"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"}, "endpoint", "http://HOST:PORT"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318/v1/traces"}, "OTEL_EXPORTER_OTLP_ENDPOINT", "leave /v1/traces out"),
    ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h:4318"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "append /v1/traces"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://cloud.langfuse.com"}, "OTEL_EXPORTER_OTLP_ENDPOINT", "/api/public/otel"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4317"}, "OTEL_EXPORTER_OTLP_PROTOCOL", "port 4318"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL", "port 4317"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "thrift"}, "OTEL_EXPORTER_OTLP_PROTOCOL", "not one of"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", "OTEL_EXPORTER_OTLP_TIMEOUT": "10"}, "OTEL_EXPORTER_OTLP_TIMEOUT", "milliseconds"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h/api/public/otel"}, "OTEL_EXPORTER_OTLP_HEADERS", "wants a project's keys"),
]
CREDENTIALS = [
    ("Basic%2520" + basic("pk-lf-a:sk-lf-b"), "twice"),
    ("Basic%20<base64_encoded_api_key>", "placeholder"),
    ("Basic+" + basic("pk-lf-a:sk-lf-b"), "%20"),
    (basic("pk-lf-a:sk-lf-b"), "neither with Basic nor with Bearer"),
    ("Basic%20pk-lf-a:sk-lf-b", "no base64"),
    ("Basic%20" + basic("pk-lf-a:sk-lf-b\n"), "echo without -n"),
    ("Basic%20" + basic("sk-lf-b:pk-lf-a"), "secret key first"),
    ("Basic%20" + basic("pk-lf-a"), "no \":\""),
]


def check_settings(folder):
    for variables, check, words in SETTINGS:
        code, found = doctor(folder, "--offline", **variables)
        assert code == 1 and found[check][0] == "problem" and words in found[check][1], (variables, found)
    for value, words in CREDENTIALS:
        code, found = doctor(folder, "--offline", OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:3000/api/public/otel",
                             OTEL_EXPORTER_OTLP_HEADERS="Authorization=" + value)
        verdict, text = found["OTEL_EXPORTER_OTLP_HEADERS"]
        assert code == 1 and verdict == "problem" and words in text, (value, found)
    code, found = doctor(folder, "--offline", OTEL_METRICS_EXPORTER="none",
                         **endpoint("https://cloud.langfuse.com/api/public/otel", basic("pk-lf-a:sk-lf-b")))
    assert code == 0 and found["OTEL_METRICS_EXPORTER"][0] == "note", found
    assert run("repartee", "doctor", "--no-such-option", cwd=folder).returncode == 2


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_settings(folder)
        with Server(folder) as server:
            check_a_good_set_up(folder, server)
            check_what_can_go_wrong_on_the_way(folder, server)
            check_port_4318_without_keys(folder, server)
    print("ok")


if __name__ == "__main__":
    sys.exit(main())
