#!/usr/bin/env python3
"""A server in operation: the rate of one key is limited on each face, /metrics tells figures to those who may see
them, and from SIGTERM on the server says that it is not ready while it still answers."""
import base64
import json
import os
import signal
import sys
import tempfile
import urllib.error
import urllib.request

from programs import Server, run


def ask(url, body=None, **headers):
    """Status, headers and text of the answer."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def basic(pair):
    return "Basic " + base64.b64encode(pair.encode()).decode()


def check_rate(folder):
    with Server(folder, "--rate-limit", "0.5") as server:
        key = "Basic " + server.basic
        url = server.url + "/api/public/projects"
        answers = [ask(url, Authorization=key)[0] for _ in range(6)]
        assert answers == [200] * 5 + [429], answers
        status, headers, text = ask(url, Authorization=key)
        assert status == 429 and 1 <= int(headers["Retry-After"]) <= 2, (status, headers)
        assert headers["X-RateLimit-Remaining"] == "0" and "Rate limit" in json.loads(text)["message"]
        otlp = f"http://127.0.0.1:{server.info['otlp_http_port']}/v1/traces"
        status, headers, text = ask(otlp, b'{"resourceSpans":[]}', Authorization=key, Content_Type="application/json")
        assert status == 429 and json.loads(text)["code"] == 8 and headers["Retry-After"], text
        # Another key, the probes and the dashboard go on.
        assert ask(otlp, b'{"resourceSpans":[]}', Content_Type="application/json")[0] == 200
        assert ask(server.url + "/api/public/health", Authorization=key)[0] == 200
        with urllib.request.urlopen(server.url + "/api/ui/ingest-health", timeout=10) as answer:
            assert [refusal["status"] for refusal in json.load(answer)["refused"]] == [429]


def check_metrics(folder):
    with Server(folder) as server:
        url = server.url + "/metrics"
        assert ask(server.url + "/api/public/projects", Authorization="Basic " + server.basic)[0] == 200
        assert ask(server.url + "/api/public/projects", Authorization=basic("a:b"))[0] == 401
        status, headers, text = ask(url)
        assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers
        lines = text.splitlines()
        assert 'repartee_answers_total{face="api",status="200"} 1' in lines, text
        assert 'repartee_answers_total{face="api",status="401"} 1' in lines, text
        assert "repartee_store_healthy 1" in lines and "repartee_spans_total 0" in lines, text
        memory = next(float(line.split()[1]) for line in lines if line.startswith("process_resident_memory_bytes "))
        assert memory > 1e6, memory
        assert ask(url, Host="evil.example")[0] == 403
        assert ask(url, Authorization="Basic " + server.basic)[0] == 403
        made = run("repartee", "keys", "new", "--organization", organization(folder), "--json", "--data", f"{folder}/data", cwd=folder)
        pair = json.loads(made.stdout)
        key = basic(f"{pair['public_key']}:{pair['secret_key']}")
        assert server.wait_for(lambda: ask(url, Authorization=key, Host="metrics.example")[0] == 200, 5)


def organization(folder):
    listed = run("repartee", "projects", "list", "--json", "--data", f"{folder}/data", cwd=folder)
    return json.loads(listed.stdout)[0]["organization_id"]


def check_drain(folder):
    with Server(folder, "--drain", "60") as server:
        ready = server.url + "/api/public/ready"
        assert ask(ready)[0] == 200
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.wait_for(lambda: ask(ready)[0] == 500, 5)
        assert ask(server.url + "/api/public/projects", Authorization="Basic " + server.basic)[0] == 200
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(timeout=15) == 0


def main():
    for check in (check_rate, check_metrics, check_drain):
        with tempfile.TemporaryDirectory() as folder:
            check(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
