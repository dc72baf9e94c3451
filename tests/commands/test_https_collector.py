#!/usr/bin/env python3
"""Traces over TLS: to a collector that wants a certificate of who sends, through a proxy that wants a password. What arrives
is what was sent; where a certificate, a password or trust is missing nothing arrives, and the log says why."""
import base64
import http.server
import json
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from otlp import spans_in, spans_written
from programs import run

PASSWORD = "Basic " + base64.b64encode(b"agent:p@ss").decode()


def make_certificate(folder):
    """Self-signed; server and client both use and trust it."""
    certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class Collector:
    def __init__(self, certificate, key):
        bodies = self.bodies = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # handshakes fail here, as they are meant to

        self.server = Quiet(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_port


class Proxy:
    """Opens tunnels for those who have the password."""

    def __init__(self):
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        lines = head.decode().split("\r\n")
        self.asked.append(lines[0].split()[1])
        if f"Proxy-Authorization: {PASSWORD}" not in lines:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return client.close()
        host, port = self.asked[-1].split(":")
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=pump, args=(server, client), daemon=True).start()
        return pump(client, server)


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other direction ended it


def send(folder, **more):
    """A traced conversation: the spans as the file exporter wrote them, and the log."""
    file = Path(folder) / "spans.jsonl"
    file.unlink(missing_ok=True)
    done = run("repartee-own-service", cwd=folder, REPARTEE_TRACE_FILE=str(file), **more)
    return spans_written([json.loads(line) for line in file.read_text().splitlines()]), done.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make_certificate(folder)
        collector, proxy = Collector(certificate, key), Proxy()
        proxied = f"http://agent:p%40ss@127.0.0.1:{proxy.port}"
        whole = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"https://localhost:{collector.port}", "OTEL_EXPORTER_OTLP_TIMEOUT": "1500",
                 "OTEL_EXPORTER_OTLP_CERTIFICATE": str(certificate), "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(certificate),
                 "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(key)}

        def check(label, arrives, through_proxy, said, without=(), **more):
            collector.bodies.clear()
            proxy.asked.clear()
            sent, log = send(folder, **{k: v for k, v in whole.items() if k not in without}, **more)
            received = {}
            for body in collector.bodies:
                received.update(spans_in(body))
            assert received == (sent if arrives else {}) and len(sent) >= 5, (label, received, sent)
            asked = {f"localhost:{collector.port}"} if through_proxy else set()
            assert set(proxy.asked) == asked, (label, proxy.asked)
            assert said in log and "p@ss" not in log and "p%40ss" not in log, (label, log)
            assert arrives == ("being lost" not in log), (label, log)
            print("ok  ", label)

        check("straight", True, False, "")
        check("through the proxy", True, True, "", HTTPS_PROXY=proxied)
        check("past the proxy", True, False, "", HTTPS_PROXY=proxied, NO_PROXY="localhost")
        check("a wrong password", False, True, "407", HTTPS_PROXY=proxied.replace("p%40ss", "guess"))
        check("a server that is not trusted", False, False, "TLS", without=["OTEL_EXPORTER_OTLP_CERTIFICATE"])
        check("nobody vouches for who sends", False, False, "",
              without=["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
