"""Does a played service conversation agree with its recording? What the vendor was told must be the same but for
ids, chunking of sound and headers of taste; the frames of each direction must be the same but for times, wording
of errors and ids. Where streams race with an interruption a few frames more or less are allowed, and announced
sentences may lie elsewhere. An accept.json tells what is right as well. Standard library only."""
import json
import urllib.parse

TIMES = {"t_ms", "dir", "type", "timestamp", "error", "pts", "context", "class", "num_frames"}
IDS = ("context_id", "group_id", "segment_id")
STREAMED = {"LLMTextFrame", "TTSTextFrame", "AggregatedTextProgressFrame", "TTSAudioRawFrame"}
APART = ("AggregatedTextFrame", "LLMContextAssistantTurnFrame")  # compared in an order of their own
RACE = 5        # streamed frames of each type that may be missing or too many before an interruption
PTS_NS = 5e6    # between the first word and another
SECONDS = 0.25  # of transcribed sound


# ---------------------------------------------------------------- what the vendor was told

def keys_shown(headers):
    wanted = ("authorization", "x-api-key", "cartesia-version")
    return {name.lower(): value for name, value in headers if name.lower() in wanted}


def plain(body):
    """A chat request; JSON inside its texts as values."""
    def value(text):
        try:
            return json.loads(text)
        except (TypeError, ValueError):
            return text
    for message in body.get("messages", []):
        for call in message.get("tool_calls") or []:
            call["function"]["arguments"] = value(call["function"]["arguments"])
        if message.get("role") == "tool":
            message["content"] = value(message["content"])
        if message.get("content", "") is None:
            del message["content"]
    return body


def told(transcript):
    """What the client has said, in order, by connection (HTTP requests as if over one); sound as the bytes of each
    stretch."""
    said, names = {}, {}
    for event in (event for event in transcript if event["dir"] == "c2s"):
        kind = event["kind"]
        lines = said.setdefault(1 if kind == "http_request" else event["conn"], [])
        if kind in ("handshake", "http_request"):
            url = urllib.parse.urlsplit(event["target"])
            body = plain(json.loads(event["text"])) if kind == "http_request" else None
            lines.append([event["method"], url.path, sorted(urllib.parse.parse_qsl(url.query)), keys_shown(event["headers"]), body])
        elif kind == "binary":
            if lines and isinstance(lines[-1], int):
                lines[-1] += event["n"]
            else:
                lines.append(event["n"])
        elif kind == "text":
            message = json.loads(event["text"])
            if "context_id" in message:
                message["context_id"] = names.setdefault(message["context_id"], len(names))
            lines.append(message)
        elif kind == "client_closed_mid_stream":
            lines.append(kind)
    return [lines for _, lines in sorted(said.items())]


def told_differences(recorded, played):
    ours, theirs = told(played), told(recorded)
    for number in range(max(len(ours), len(theirs))):
        a = theirs[number] if number < len(theirs) else []
        b = ours[number] if number < len(ours) else []
        if a != b:
            yield f"connection {number + 1}: recorded {json.dumps(a)[:600]}"
            yield f"connection {number + 1}:   played {json.dumps(b)[:600]}"


def faults(played):
    return [event["text"] for event in played if event["kind"] in ("protocol_error", "server_error")]


# ---------------------------------------------------------------- frames

def plain_value(value, ids):
    if isinstance(value, list):
        return [plain_value(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, item in value.items():
        if key in TIMES or item is None or (key == "interruptible" and item is True):
            continue
        if key in IDS:
            item = ids.setdefault((key, item), sum(1 for name, _ in ids if name == key))
        elif key == "category":
            item = item.split(".")[-1].lower()
        found[key] = plain_value(item, ids)
    return found


def read_frames(frames):
    """({direction: frames}, {direction and class: metrics}); each frame with its fields and its time after the first word."""
    sides, metrics, ids, first_word = {"down": [], "up": []}, {}, {}, {}
    for frame in frames:
        kind, context = frame["type"], frame.get("context_id")
        if kind in ("StartFrame", "SpeechControlParamsFrame"):
            continue
        if kind == "MetricsFrame":
            for data in frame["data"]:
                usage = data["value"] if "Usage" in data["class"] else None
                metrics.setdefault(f"{frame['dir']} {data['class']}", []).append([data["processor"], data.get("model"), usage])
            continue
        if kind == "TTSStartedFrame":
            first_word.pop(context, None)
        pts = None
        if kind == "TTSTextFrame" and frame.get("pts") is not None:
            pts = frame["pts"] - first_word.setdefault(context, frame["pts"])
        fields, side = plain_value(frame, ids), sides[frame["dir"]]
        audio = fields.pop("audio", {}).get("bytes", 0)
        if audio and side and side[-1]["type"] == kind and side[-1]["fields"] == fields:
            side[-1]["audio"] += audio
        else:
            side.append({"type": kind, "fields": fields, "audio": audio, "pts": pts})
    return sides, metrics


def same_frame(a, b, any_audio):
    if a["type"] == b["type"] == "ErrorFrame" and a["fields"].get("category") == "unknown":
        b = {**b, "fields": {**b["fields"], "category": "unknown"}}  # ours knows more of it
    pts = a["pts"] is b["pts"] or None not in (a["pts"], b["pts"]) and abs(a["pts"] - b["pts"]) <= PTS_NS
    return a["type"] == b["type"] and a["fields"] == b["fields"] and pts and (any_audio or a["audio"] == b["audio"])


def parts(frames):
    """Up to each interruption, and what is left."""
    found = [[]]
    for frame in frames:
        found[-1].append(frame)
        if frame["type"] == "InterruptionFrame":
            found.append([])
    return found


def even(a, b):
    """Both without the streamed frames that one has more than the other, if they are few."""
    for kind in STREAMED:
        counts = [sum(frame["type"] == kind for frame in side) for side in (a, b)]
        extra = max(counts) - min(counts)
        if 0 < extra <= RACE:
            longer = a if counts[0] > counts[1] else b
            for index in [i for i, frame in enumerate(longer) if frame["type"] == kind][-extra:][::-1]:
                del longer[index]


def sequence_differences(where, recorded, played, any_audio=False):
    for i in range(max(len(recorded), len(played))):
        a = recorded[i] if i < len(recorded) else None
        b = played[i] if i < len(played) else None
        if a is None or b is None or not same_frame(a, b, any_audio):
            yield f"{where}[{i}]: recorded {json.dumps(a)[:400]}"
            yield f"{where}[{i}]:   played {json.dumps(b)[:400]}"
            return


def side_differences(where, recorded, played):
    apart = {kind: [[frame for frame in side if frame["type"] == kind] for side in (recorded, played)] for kind in APART}
    recorded, played = (parts([frame for frame in side if frame["type"] not in APART]) for side in (recorded, played))
    interrupted = len(recorded) > 1
    for kind, (a, b) in apart.items():
        if interrupted and kind == "LLMContextAssistantTurnFrame":  # as long as what was said until then
            for x, y in zip(a, b):
                shorter, longer = sorted((x["fields"].get("text", ""), y["fields"].get("text", "")), key=len)
                if shorter and longer.startswith(shorter):
                    y["fields"]["text"] = x["fields"]["text"]
        yield from sequence_differences(f"{where} {kind}", a, b)
    if len(recorded) != len(played):
        yield f"{where}: {len(recorded) - 1} interruptions recorded, {len(played) - 1} played"
        return
    for number, (a, b) in enumerate(zip(recorded, played)):
        cut = number < len(recorded) - 1
        if cut:
            even(a, b)
        yield from sequence_differences(where, a, b, any_audio=cut)


def metric_differences(recorded, played):
    for name in sorted(set(recorded) | set(played)):
        a, b = recorded.get(name, []), played.get(name, [])
        if "STTUsage" in name:
            sums = [sum(item[2]["audio_seconds"] for item in side) for side in (a, b)]
            good = bool(a) == bool(b) and abs(sums[0] - sums[1]) <= SECONDS
        elif "LLMUsage" in name:  # the vendor counts by the spelling of the request
            good = [item[:2] for item in a] == [item[:2] for item in b]
        else:
            good = a == b
        if not good:
            yield f"{name}: recorded {json.dumps(a)[:300]}, played {json.dumps(b)[:300]}"


def frame_differences(recorded, played):
    (theirs, their_metrics), (ours, our_metrics) = read_frames(recorded), read_frames(played)
    for side in ("down", "up"):
        yield from side_differences(side, theirs[side], ours[side])
    yield from metric_differences(their_metrics, our_metrics)


# ---------------------------------------------------------------- what is right as well

def meets(wanted, frame):
    wanted = {"type": wanted} if isinstance(wanted, str) else wanted
    return all(plain_value({key: frame.get(key)}, {}).get(key, frame.get(key)) == value for key, value in wanted.items())


def accept_differences(rule, frames, transcript, as_recorded):
    for side in ("down", "up"):
        rest = iter([frame for frame in frames if frame["dir"] == side])
        for wanted in rule["frames"].get(side, []):
            if not any(meets(wanted, frame) for frame in rest):
                yield f"{side}: not found in its place: {json.dumps(wanted)}"
                break
    for wanted in rule["frames"].get("not", []):
        if any(meets(wanted, frame) for frame in frames):
            yield f"there is what must not be: {json.dumps(wanted)}"
    if "wire" not in rule:
        yield from as_recorded
        return
    links = sum(event["dir"] == "c2s" and event["kind"] in ("handshake", "http_request") for event in transcript)
    least, most = rule["wire"]["links"]
    if not least <= links <= most:
        yield f"{links} connections or requests, not {least} to {most}"
