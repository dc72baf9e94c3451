"""A scripted vendor: what Deepgram, OpenAI and Cartesia have in common. It plays the n-th entry of its script to
the n-th connection (the last entry to further ones) and keeps a transcript of all that passes, as
golden/services has them. Standard library only."""
import asyncio
import base64
import contextlib
import json
import time
import urllib.parse

from link import Gone, Link, WebSocket


class Vendor:
    """`script` is the vendor's part of a script.json, or of settings of the vendor's own (see each)."""

    entries = "connections"

    def __init__(self, script=None, key=None):
        self.script, self.key = script or {}, key
        self.transcript = []
        self.connections = 0
        self.begun = time.monotonic()

    async def start(self, port=0):
        """The port."""
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", port, limit=1 << 20)
        return self.server.sockets[0].getsockname()[1]

    def entry(self, index):
        entries = self.script.get(self.entries) or [{}]
        return entries[min(index, len(entries) - 1)]

    def notes_of(self, connection):
        def note(direction, kind, **what):
            self.transcript.append({"t_ms": round((time.monotonic() - self.begun) * 1000, 1), "conn": connection,
                                    "dir": direction, "kind": kind, **what})
        return note

    async def serve(self, reader, writer):
        index = self.connections
        self.connections += 1
        note = self.notes_of(index + 1)
        try:
            await self.talk(Link(reader, writer, note, self.entry(index).get("faults", {})), index)
        except Gone as gone:
            note("note", "gone", text=str(gone))
        except Exception as error:  # a defect here must not look like the client's
            note("note", "server_error", text=repr(error))
        finally:
            writer.close()

    def knows(self, headers, query):
        """Whether the client has shown the key."""
        shown = [value.split(" ")[-1] for name, value in headers if name.lower() in ("authorization", "x-api-key", "api-key")]
        shown += [part.strip() for name, value in headers if name.lower() == "sec-websocket-protocol" for part in value.split(",")]
        shown += [value for name in ("api_key", "access_token") for value in urllib.parse.parse_qs(query).get(name, [])]
        return self.key is None or self.key in shown


class SocketVendor(Vendor):
    """One that talks over a WebSocket at `path`."""

    path = ""
    accepted_with = ()  # more headers of the upgrade

    async def talk(self, link, index):
        method, target, headers, _ = await link.request()
        link.note("c2s", "handshake", method=method, target=target, headers=headers)
        url = urllib.parse.urlsplit(target)
        await asyncio.sleep(link.faults.get("delay_ms", 0) / 1000)
        status = link.faults.get("status") or self.entry(index).get("handshake", {}).get("status", 101)
        if status == 101 and not self.knows(headers, url.query):
            status = 401
        if not url.path.endswith(self.path):
            status = 404
        if status != 101:
            return await link.respond_json(status, [["Connection", "close"]], self.refusal(status))
        socket = WebSocket(link)
        await socket.accept(headers, self.accepted_with)
        session = Session(self, socket, self.entry(index), urllib.parse.parse_qs(url.query))
        try:
            await self.listen(session)
        finally:
            session.end()

    async def listen(self, session):
        session.start()
        while True:
            message = await session.socket.receive()
            if message is None:
                return await session.socket.close()
            if isinstance(message, bytes):
                session.note("c2s", "binary", n=len(message), b64=base64.b64encode(message).decode())
                await self.on_audio(session, message)
            else:
                session.note("c2s", "text", text=message)
                await self.on_message(session, json.loads(message))

    async def on_audio(self, session, audio):
        pass


class Session:
    """One conversation with a vendor: the steps of its entry, each played once, when its time has come."""

    def __init__(self, vendor, socket, entry, query):
        self.vendor, self.socket, self.query = vendor, socket, query
        self.note = socket.link.note
        self.steps = list(entry.get("steps", []))
        self.scripted = bool(self.steps)
        self.tasks = set()
        self.state = {}  # the vendor's own

    def start(self):
        for step in [step for step in self.steps if "after_ms" in step]:
            self.steps.remove(step)
            self.spawn(self.play_later(step))

    async def play_later(self, step):
        await asyncio.sleep(step["after_ms"] / 1000)
        await self.play(step["do"], {})

    def spawn(self, work):
        async def guarded():
            with contextlib.suppress(Gone):
                await work
        task = asyncio.ensure_future(guarded())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def end(self):
        for task in list(self.tasks):
            task.cancel()

    def heard(self, milliseconds):
        """So much sound has come."""
        for step in [step for step in self.steps if step.get("after_audio_ms", float("inf")) <= milliseconds]:
            self.steps.remove(step)
            self.spawn(self.play(step["do"], {}))

    async def happened(self, event, message):
        """Plays the step that waited for this event; whether there was one."""
        step = next((step for step in self.steps if step.get("on") == event), None)
        if step:
            self.steps.remove(step)
            await self.play(step["do"], message)
        return step is not None

    async def play(self, actions, message):
        for action in actions:
            (kind, what), = action.items()
            if kind == "wait_ms":
                await asyncio.sleep(what / 1000)
            elif kind == "send":
                await self.socket.send({key: message.get("context_id") if value == "$context_id" else value
                                        for key, value in what.items()})
            elif kind == "send_text":
                await self.socket.send(what)
            elif kind == "close":
                await self.socket.close(what.get("code", 1000), what.get("reason", ""))
            elif kind == "drop":
                self.socket.link.drop(what)
                return
            else:
                await self.vendor.act(self, kind, what, message)
