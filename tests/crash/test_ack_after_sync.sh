#!/usr/bin/env bash
# One request is traced: the log must have reached the disk (fdatasync) before the 200 is written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v strace >/dev/null || { echo 'strace is missing'; exit 77; }
binary=${REPARTEE_BINARY:-$PWD/../../build/release/bin/repartee}
data=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$data"' EXIT
"$binary" serve --port 0 --otlp-http-port 0 --data "$data/store" --json >"$data/line" &
server=$!
for _ in $(seq 100); do [ -s "$data/line" ] && break; sleep 0.1; done
port=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["otlp_http_port"])' "$data/line")
strace -f -p "$server" -e trace=fdatasync,fsync,sendto,sendmsg,write,writev -s 40 -o "$data/strace" 2>"$data/attached" &
tracer=$!
for _ in $(seq 100); do grep -q attached "$data/attached" && break; sleep 0.1; done
grep -q attached "$data/attached" || { echo 'strace may not attach here'; exit 77; }
python3 - "$port" <<'PY'
import http.client, random, sys, time
from otlp_traffic import Conversation, post, request
conversation = Conversation(random.Random(1), int(time.time() * 1e9))
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
connection.request("POST", "/v1/traces", request([(s, b) for s, _, b in conversation.next_spans()]),
                   {"Content-Type": "application/x-protobuf"})
assert connection.getresponse().status == 200
PY
kill "$tracer"; wait "$tracer" || true
sync_line=$(grep -nE 'f(data)?sync\([0-9]+\) += 0' "$data/strace" | head -1 | cut -d: -f1)
answer_line=$(grep -n 'HTTP/1.1 200' "$data/strace" | head -1 | cut -d: -f1)
[ -n "$sync_line" ] && [ -n "$answer_line" ] && [ "$sync_line" -lt "$answer_line" ] || {
  echo 'the answer was written before the log was on disk:'; cat "$data/strace"; exit 1; }
echo "synced at line $sync_line, answered at line $answer_line"
