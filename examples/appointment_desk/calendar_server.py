#!/usr/bin/env python3
"""A calendar for the appointment desk, kept in memory: GET /days/DAY gives the free hours, POST /appointments
books one. Prints its address. Standard library only."""
import argparse
import http.server
import json

HOURS = range(9, 17)
booked = {}  # (day, hour): name


class Calendar(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if not self.path.startswith("/days/"):
            return self.answer(404, {"error": "ask for /days/DAY"})
        day = self.path.removeprefix("/days/")
        self.answer(200, {"day": day, "free_hours": [hour for hour in HOURS if (day, hour) not in booked]})

    def do_POST(self):
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        place = wanted["day"], wanted["hour"]
        if place[1] not in HOURS or place in booked:
            return self.answer(409, {"error": "that hour is not free"})
        booked[place] = wanted["name"]
        self.answer(200, {"booked": wanted})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8085)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Calendar)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
