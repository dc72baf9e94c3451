#!/usr/bin/env python3
"""`repartee agent` as its clients meet it: where to connect, the handshake, a spoken question and its
answer, several clients at once, clients that send garbage or vanish, foreign web pages, the end."""
import base64
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from programs import BIN, CLIPS, environment, read_samples, run, skip_without_local_models

PATIENCE = 60  # seconds


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """{number: last value} of a protobuf message."""
    found, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        if key & 7 == 0:
            found[key >> 3], at = read_varint(data, at)
        else:
            size, at = read_varint(data, at)
            found[key >> 3] = data[at:at + size]
            at += size
    return found


class Client:
    """A websocket client of its own: RTVI messages and sound in protobuf frames, or plain texts."""

    def __init__(self, port, path="/ws", **headers):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        given = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
                 "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
                 **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items()) + "\r\n"
        self.socket.sendall(request.encode())
        self.input = self.socket.makefile("rb")
        self.status = int(self.input.readline().split()[1])
        while self.input.readline().strip():
            pass
        self.told, self.texts, self.sound, self.close_code = [], [], b"", None

    def send(self, payload, opcode=2):
        size = len(payload)
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
        self.socket.sendall(head + b"\0\0\0\0" + payload)

    def say(self, kind, data=None, message_id="c1"):
        message = {"label": "rtvi-ai", "type": kind, "id": message_id, "data": data}
        self.send(field(4, field(1, json.dumps(message).encode())))

    def speak(self, samples, rate):
        """At the pace of speech, in pieces of 16 ms as the browser sends them."""
        step = rate * 16 // 1000
        begin = time.monotonic()
        for i in range(0, len(samples), step):
            pcm = struct.pack(f"<{len(samples[i:i + step])}h", *samples[i:i + step])
            self.send(field(2, field(3, pcm) + varint(4 << 3) + varint(rate) + varint(5 << 3) + varint(1)))
            time.sleep(max(0, begin + (i + step) / rate - time.monotonic()))

    def receive(self):
        first, size = self.input.read(2)
        if size == 126:
            size = struct.unpack("!H", self.input.read(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.input.read(8))[0]
        payload = self.input.read(size)
        opcode = first & 0xF
        if opcode == 8:
            self.close_code = struct.unpack("!H", payload[:2])[0] if payload else 1005
        elif opcode == 9:
            self.send(payload, 10)
        elif opcode == 1:
            self.texts.append(json.loads(payload))
        elif opcode == 2:
            frame = fields(payload)
            if 4 in frame:
                self.told.append(json.loads(fields(frame[4])[1]))
            if 2 in frame:
                audio = fields(frame[2])
                assert (audio[4], audio[5]) == (24000, 1), audio.keys()
                assert len(audio[3]) % 2 == 0
                self.sound += audio[3]

    def until(self, kind):
        """The next message of this type."""
        while True:
            found = [m for m in self.told if m["type"] == kind]
            if found:
                return found[-1]
            assert self.close_code is None, (kind, self.close_code, self.told)
            self.receive()

    def until_closed(self):
        while self.close_code is None:
            self.receive()
        return self.close_code

    def types(self):
        return [m["type"] for m in self.told]


class Agent:
    def __init__(self, folder, *args):
        command = [str(BIN / "repartee"), "agent", "--json", "--port", "0", *args]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(), cwd=folder, text=True)
        line = self.process.stdout.readline()
        assert line, "the agent did not start"
        self.info = json.loads(line)
        self.port = self.info["port"]
        self.url = f"http://127.0.0.1:{self.port}"

    def ask(self, path, method="GET", **headers):
        request = urllib.request.Request(self.url + path, method=method, data=b"{}" if method == "POST" else None,
                                         headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers

    def conversations(self):
        return json.loads(self.ask("/api/agent")[1])["conversations"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def check_where_to_connect(agent):
    status, body, _ = agent.ask("/connect", "POST", Content_Type="application/json")
    assert (status, json.loads(body)) == (200, {"ws_url": f"ws://127.0.0.1:{agent.port}/ws"}), body
    origin = "http://localhost:5173"
    status, _, headers = agent.ask("/connect", "OPTIONS", Origin=origin)
    assert status == 204 and headers["Access-Control-Allow-Origin"] == origin, headers
    assert "content-type" in headers["Access-Control-Allow-Headers"], headers
    assert agent.ask("/connect")[0] == 405
    status, body, _ = agent.ask("/nothing")
    assert status == 404 and "nothing" in json.loads(body)["detail"], body


def check_foreign_pages(agent):
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert agent.ask("/connect", "POST", **headers)[0] == 403, headers
        assert agent.ask("/", **headers)[0] == 403, headers
        assert Client(agent.port, **headers).status == 403, headers
    assert Client(agent.port, Origin="http://localhost:1234").status == 101


def check_spoken_question(agent):
    rate, channels, samples = read_samples(CLIPS / "synthetic-capital-of-france.wav")
    assert channels == 1
    client = Client(agent.port)
    assert client.status == 101
    client.say("client-ready", {"version": "2.1.0", "about": {"library": "test"}}, "abcd")
    ready = client.until("bot-ready")
    assert ready["id"] == "abcd" and ready["data"]["version"] == "2.2.0", ready
    client.speak([0] * (rate * 6 // 10) + samples + [0] * rate, rate)
    client.until("bot-stopped-speaking")
    finals = [m["data"]["text"] for m in client.told if m["type"] == "user-transcription" and m["data"]["final"]]
    assert finals == ["What is the capital of France?"], finals
    spoken = [m["data"] for m in client.told if m["type"] == "bot-output" and m["data"]["spoken_status"] == "completed"]
    assert "Paris" in spoken[-1]["text"], spoken
    assert 1 < len(client.sound) / 48000 < 10 and max(client.sound) > 0, len(client.sound)
    order = [kind for kind in client.types() if kind in (
        "user-started-speaking", "user-stopped-speaking", "bot-llm-started", "bot-started-speaking", "bot-stopped-speaking")]
    assert order == ["user-started-speaking", "user-stopped-speaking", "bot-llm-started", "bot-started-speaking",
                     "bot-stopped-speaking"], order
    client.say("disconnect-bot")
    assert client.until_closed() == 1000


def check_many_and_bad_clients(agent):
    clients = [Client(agent.port) for _ in range(4)]
    for number, client in enumerate(clients):
        for garbage in (b"", b"\xff\xff\xff", b"hello", field(2, b""), field(4, field(1, b"{no json")), field(9, b"x")):
            client.send(garbage)
        client.send(b"text", 1)
        client.say("client-ready", {"version": "2.1.0"}, f"id{number}")
        client.say("client-message", {"t": "ask", "d": {"n": 2}}, "q")
        assert client.until("server-response")["data"] == {"t": "ask", "d": {"received": {"n": 2}}}
        assert client.until("bot-ready")["id"] == f"id{number}"
    assert agent.conversations() >= 4
    clients[0].socket.shutdown(socket.SHUT_RDWR)  # vanishes
    clients[1].send(struct.pack("!H", 1000), 8)  # says goodbye
    assert clients[1].until_closed() in (1000, 1005)
    clients[2].send(b"\xff\xfe", 1)  # a text that is none
    assert clients[2].until_closed() == 1007
    deadline = time.monotonic() + PATIENCE
    while agent.conversations() > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert agent.conversations() == 1, agent.conversations()
    return clients[3]


def check_limits(folder):
    agent = Agent(folder, "--max-conversations", "1", "--greeting", "Hello there.")
    first = Client(agent.port)
    first.say("client-ready", {"version": "2.1.0"})
    first.until("bot-stopped-speaking")
    assert any(m["data"]["text"] == "Hello there." for m in first.told if m["type"] == "bot-output"), first.told
    assert Client(agent.port).status == 503
    taken = run("repartee", "agent", "--port", agent.port, cwd=folder)
    assert taken.returncode == 1 and str(agent.port) in taken.stderr, taken
    assert run("repartee", "agent", "--port", "many", cwd=folder).returncode == 2
    assert agent.stop() == 0
    assert first.until_closed() == 1000


def check_description(folder):
    """The file that describes an agent: what is wrong with it, by its line; options go before it."""
    path = Path(folder) / "agent.yaml"
    path.write_text("name: front desk\ngreeting: Good day.\nllm:\n  service: clever\n")
    wrong = run("repartee", "agent", "--config", path, "--check", cwd=folder)
    assert wrong.returncode == 1 and "agent.yaml:4: clever is not known here" in wrong.stderr, wrong
    assert run("repartee", "agent", "--config", "missing.yaml", "--check", cwd=folder).returncode == 1
    path.write_text("name: front desk\ngreeting: Good day.\nllm: {service: local}\ntelephony: twilio\n")
    assert run("repartee", "agent", "--config", path, "--check", cwd=folder).returncode == 0
    agent = Agent(folder, "--greeting", "Good morning.", "--config", str(path))
    info = json.loads(agent.ask("/api/agent")[1])
    assert (info["name"], info["greeting"], info["language_model"]) == ("front desk", "Good morning.", "smollm2"), info
    check_telephone(agent)
    assert agent.stop() == 0


def check_telephone(agent):
    """A call at Twilio: what to do with it, its start, the greeting as sound of the line, its stop."""
    status, body, headers = agent.ask("/twilio", "POST")
    assert status == 200 and headers["Content-Type"] == "text/xml", (status, headers)
    assert f'<Connect><Stream url="ws://127.0.0.1:{agent.port}/twilio"/></Connect>' in body, body
    call = Client(agent.port, "/twilio")
    call.send(b'{"event":"connected","protocol":"Call","version":"1.0.0"}', 1)
    call.send(b'{"event":"start","streamSid":"MZ1","start":{"streamSid":"MZ1","callSid":"CA1"}}', 1)
    heard = 0
    while heard < 4000:  # half a second
        call.receive()
        assert all((text["event"], text["streamSid"]) == ("media", "MZ1") for text in call.texts), call.texts
        heard = sum(len(base64.b64decode(text["media"]["payload"])) for text in call.texts)
    call.send(b'{"event":"stop","streamSid":"MZ1"}', 1)
    assert call.until_closed() == 1000


def main():
    skip_without_local_models()
    with tempfile.TemporaryDirectory() as folder:
        agent = Agent(folder)
        check_where_to_connect(agent)
        check_foreign_pages(agent)
        check_spoken_question(agent)
        left = check_many_and_bad_clients(agent)
        assert agent.stop() == 0
        assert left.until_closed() == 1000
        check_limits(folder)
        check_description(folder)
    print("the agent serves its clients")


if __name__ == "__main__":
    sys.exit(main())
