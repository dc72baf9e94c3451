"""One connection of a client to a scripted vendor: HTTP requests, and a WebSocket after an upgrade (RFC 6455),
with the faults that a script asks for. Everything that passes is noted. Standard library only."""
import asyncio
import base64
import hashlib
import json
import socket
import struct

KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
REASONS = {101: "Switching Protocols", 200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
           403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
MAX_HEAD = 1 << 20
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Gone(Exception):
    """The client has left, or a fault has ended the link."""


class Link:
    """`note(direction, kind, **what)` hears of everything; `faults` are those of the script."""

    def __init__(self, reader, writer, note, faults):
        self.reader, self.writer, self.note, self.faults = reader, writer, note, dict(faults)
        self.taken = self.written = 0

    async def read(self, size):
        try:
            data = await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Gone("the client closed") from error
        self.taken += size
        if self.taken >= self.faults.get("drop_after_bytes", 1 << 60):
            self.drop(self.faults.get("drop_how", "rst"))
            raise Gone("dropped after so many bytes of the client's")
        return data

    async def request(self):
        """(method, target, headers as pairs, body)"""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            raise Gone("no request") from error
        first, *rest = head.decode("latin-1").strip().split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = [[name.strip(), value.strip()] for name, _, value in (line.partition(":") for line in rest)]
        lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
        return method, target, headers, await self.read(lengths[0]) if lengths else b""

    async def write(self, data):
        limit = self.faults.get("drop_after_bytes_out", 1 << 60)
        for piece in self.pieces(data[:max(0, limit - self.written)]):
            self.writer.write(piece)
            try:
                await self.writer.drain()
            except OSError as error:
                raise Gone("the client closed") from error
            if "drip_ms" in self.faults:
                await asyncio.sleep(self.faults["drip_ms"] / 1000)
        self.written += len(data)
        if self.written >= limit:
            self.drop(self.faults.get("drop_how", "rst"))
            raise Gone("dropped after so many bytes")

    def pieces(self, data):
        size = self.faults.get("split_writes") or len(data) or 1
        return [data[at:at + size] for at in range(0, len(data), size)]

    async def respond(self, status, headers, body=b""):
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", *(f"{name}: {value}" for name, value in headers)]
        await self.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    async def respond_json(self, status, headers, value):
        body = json.dumps(value).encode()
        await self.respond(status, [["Content-Type", "application/json"], ["Content-Length", len(body)], *headers], body)

    def drop(self, how):
        """A cut link: "rst", or "fin" without a word of the protocol."""
        if how == "rst":
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        else:
            self.writer.close()


class WebSocket:
    """The server's side, after the client's upgrade was read."""

    def __init__(self, link):
        self.link, self.closing = link, False
        self.writing = asyncio.Lock()

    async def accept(self, headers, extra=()):
        low = {name.lower(): value for name, value in headers}
        digest = hashlib.sha1((low.get("sec-websocket-key", "") + KEY_SUFFIX).encode()).digest()
        answer = [["Upgrade", "websocket"], ["Connection", "Upgrade"],
                  ["Sec-WebSocket-Accept", base64.b64encode(digest).decode()], *extra]
        if "sec-websocket-protocol" in low:
            answer.append(["Sec-WebSocket-Protocol", low["sec-websocket-protocol"].split(",")[0].strip()])
        await self.link.respond(101, answer)

    async def frame(self, opcode, payload, last=True):
        size = len(payload)
        head = bytes([(0x80 if last else 0) | opcode])
        head += bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size) if size < 65536 else b"\x7f" + struct.pack("!Q", size)
        await self.link.write(head + payload)

    async def send(self, message):
        """An object, or a text as it is."""
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        data = text.encode()
        size = self.link.faults.get("fragment") or len(data) or 1
        async with self.writing:
            for at in range(0, max(1, len(data)), size):
                await self.frame(TEXT if at == 0 else 0, data[at:at + size], at + size >= len(data))
        self.link.note("s2c", "text", text=text)

    async def close(self, code=1000, reason=""):
        if not self.closing:
            self.closing = True
            await self.frame(CLOSE, struct.pack("!H", code) + reason.encode())
            self.link.note("s2c", "close", code=code, reason=reason)

    async def receive(self):
        """The next message: a text, or bytes; None when the client closes."""
        kind, data = None, b""
        while True:
            last, opcode, payload = await self.receive_frame()
            if opcode == PING:
                await self.frame(PONG, payload)
            elif opcode == CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                self.link.note("c2s", "close", code=code)
                return None
            elif opcode != PONG:
                kind, data = opcode or kind, data + payload
                if last:
                    return data.decode() if kind == TEXT else data

    async def receive_frame(self):
        first, second = await self.link.read(2)
        size = second & 0x7F
        if size > 125:
            size = struct.unpack(*(("!H", await self.link.read(2)) if size == 126 else ("!Q", await self.link.read(8))))[0]
        if not second & 0x80:
            self.link.note("note", "protocol_error", text="a frame of the client's is not masked")
            return first & 0x80, first & 0xF, await self.link.read(size)
        mask = await self.link.read(4)
        data = await self.link.read(size)
        whole = (mask * (size // 4 + 1))[:size]
        return first & 0x80, first & 0xF, (int.from_bytes(data, "big") ^ int.from_bytes(whole, "big")).to_bytes(size, "big")
