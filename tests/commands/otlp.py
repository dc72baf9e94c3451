"""Requests of OTLP read back: protobuf as it was received, and the JSON that the file exporter writes, both as
{id: span} with every field that we send. For the tests of this folder."""
import struct


def fields(data):
    """The fields of a protobuf message: (number, bytes or integer)."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        yield key >> 3, data[at:at + size]
        at += size


def value_in(message):
    """An AnyValue as Python's."""
    for number, value in fields(message):
        if number == 1:
            return value.decode()
        if number == 2:
            return bool(value)
        if number == 3:
            return value - (1 << 64) if value >> 63 else value
        if number == 4:
            return struct.unpack("<d", value)[0]
        if number == 5:
            return [value_in(item) for _, item in fields(value)]
        if number == 6:
            return {key: entry for _, item in fields(value) for key, entry in [pair_in(item)]}
        raise AssertionError(f"a value of kind {number}")
    return None


def pair_in(message):
    parts = dict(fields(message))
    return parts[1].decode(), value_in(parts.get(2, b""))


def attributes_in(message, number):
    return [pair_in(value) for n, value in fields(message) if n == number]


def time_in(value):
    return struct.unpack("<Q", value)[0]


def event_in(message):
    parts = dict(fields(message))
    return parts[2].decode(), time_in(parts[1]), attributes_in(message, 3)


def spans_in(body):
    """{id: span} of an ExportTraceServiceRequest, with every field that we send."""
    found = {}
    for number, resource_spans in fields(body):
        assert number == 1, number
        resource = next(attributes_in(value, 1) for n, value in fields(resource_spans) if n == 1)
        for scope_spans in (value for n, value in fields(resource_spans) if n == 2):
            scope = next(dict(fields(value))[1].decode() for n, value in fields(scope_spans) if n == 1)
            for span in (value for n, value in fields(scope_spans) if n == 2):
                parts = dict(fields(span))
                status = dict(fields(parts.get(15, b"")))
                found[parts[2].hex()] = {
                    "trace": parts[1].hex(), "parent": parts.get(4, b"").hex() or None, "name": parts[5].decode(),
                    "scope": scope, "resource": resource, "start": time_in(parts[7]), "end": time_in(parts[8]),
                    "attributes": attributes_in(span, 9), "events": [event_in(v) for n, v in fields(span) if n == 11],
                    "status": (status.get(3, 0), status.get(2, b"").decode())}
    return found


def spans_written(requests):
    """The same of OTLP's JSON."""
    def value(of):
        if not of:
            return None
        (kind, content), = of.items()
        if kind == "arrayValue":
            return [value(item) for item in content.get("values", [])]
        if kind == "kvlistValue":
            return dict(pairs(content.get("values", [])))
        return int(content) if kind == "intValue" else content

    def pairs(attributes):
        return [(a["key"], value(a.get("value"))) for a in attributes]

    found = {}
    for resource_spans in (rs for request in requests for rs in request["resourceSpans"]):
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans["spans"]:
                status = span.get("status", {})
                found[span["spanId"]] = {
                    "trace": span["traceId"], "parent": span.get("parentSpanId") or None, "name": span["name"],
                    "scope": scope_spans["scope"]["name"], "resource": pairs(resource_spans["resource"]["attributes"]),
                    "start": int(span["startTimeUnixNano"]), "end": int(span["endTimeUnixNano"]),
                    "attributes": pairs(span["attributes"]),
                    "events": [(event["name"], int(event["timeUnixNano"]), pairs(event.get("attributes", [])))
                               for event in span.get("events", [])],
                    "status": (status.get("code", 0), status.get("message", ""))}
    return found
