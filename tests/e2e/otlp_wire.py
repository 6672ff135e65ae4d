"""OTLP requests in both encodings, written and read apart from the code under test.

A request is the object of OTLP/JSON. `protobuf()` writes it as protobuf; `spans_of()` reads either
encoding into plain spans: dictionaries whose `attributes` and `resource` are plain values.
"""

import json
import struct
import time

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def _varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def _key(field, wire):
    return _varint(field << 3 | wire)


def _bytes(field, data):
    return _key(field, BYTES) + _varint(len(data)) + data


def _text(field, text):
    return _bytes(field, text.encode()) if text else b""


def _number(field, number):
    return _key(field, VARINT) + _varint(int(number))


def _fixed64(field, number):
    return _key(field, FIXED64) + struct.pack("<Q", int(number))


def _value(value):
    (kind, of), = value.items() if value else (("none", None),)
    if kind == "none":
        return b""
    if kind == "stringValue":
        return _bytes(1, of.encode())
    if kind == "boolValue":
        return _number(2, of)
    if kind == "intValue":
        return _number(3, of)
    if kind == "doubleValue":
        return _key(4, FIXED64) + struct.pack("<d", of)
    if kind == "arrayValue":
        return _bytes(5, b"".join(_bytes(1, _value(each)) for each in of["values"]))
    return _bytes(6, b"".join(_bytes(1, _pair(each)) for each in of["values"]))


def _pair(pair):
    return _bytes(1, pair["key"].encode()) + _bytes(2, _value(pair["value"]))


def _attributes(field, of):
    return b"".join(_bytes(field, _pair(each)) for each in of.get("attributes", ()))


def _span(span):
    out = _bytes(1, bytes.fromhex(span.get("traceId", "")))
    out += _bytes(2, bytes.fromhex(span.get("spanId", "")))
    if span.get("parentSpanId"):
        out += _bytes(4, bytes.fromhex(span["parentSpanId"]))
    out += _text(3, span.get("traceState", "")) + _text(5, span.get("name", ""))
    out += _number(6, span.get("kind", 0))
    out += _fixed64(7, span.get("startTimeUnixNano", 0))
    out += _fixed64(8, span.get("endTimeUnixNano", 0))
    out += _attributes(9, span)
    for event in span.get("events", ()):
        out += _bytes(11, _fixed64(1, event.get("timeUnixNano", 0)) + _text(2, event["name"]) +
                      _attributes(3, event))
    if "status" in span:
        status = span["status"]
        out += _bytes(15, _text(2, status.get("message", "")) + _number(3, status.get("code", 0)))
    return out


def protobuf(request):
    """ExportTraceServiceRequest as bytes."""
    out = b""
    for resource_spans in request["resourceSpans"]:
        body = _bytes(1, _attributes(1, resource_spans.get("resource", {})))
        for scope_spans in resource_spans["scopeSpans"]:
            scope = scope_spans.get("scope", {})
            inner = _bytes(1, _text(1, scope.get("name", "")) + _text(2, scope.get("version", "")))
            inner += b"".join(_bytes(2, _span(each)) for each in scope_spans["spans"])
            body += _bytes(2, inner)
        out += _bytes(1, body)
    return out


def _read_varint(data, at):
    number = shift = 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return number, at


def fields(data):
    """(field number, value) of a message; a value is a number or bytes."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        wire = key & 7
        if wire == VARINT:
            value, at = _read_varint(data, at)
        elif wire == BYTES:
            size, at = _read_varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 8 if wire == FIXED64 else 4
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def _of(data, field):
    return [value for number, value in fields(data) if number == field]


def _one(data, field, default=b""):
    found = _of(data, field)
    return found[-1] if found else default


def _read_value(data):
    for field, value in fields(data):
        if field == 1:
            return value.decode()
        if field == 2:
            return bool(value)
        if field == 3:
            return value - (1 << 64) if value >= 1 << 63 else value
        if field == 4:
            return struct.unpack("<d", value)[0]
        if field == 5:
            return [_read_value(each) for each in _of(value, 1)]
        if field == 6:
            return {_one(each, 1).decode(): _read_value(_one(each, 2)) for each in _of(value, 1)}
    return None


def _read_attributes(data, field):
    pairs = [(_one(each, 1).decode(), _read_value(_one(each, 2))) for each in _of(data, field)]
    assert len(dict(pairs)) == len(pairs), f"a key twice: {[key for key, _ in pairs]}"
    return dict(pairs)


def _read_span(data, resource):
    status = _one(data, 15)
    return {
        "trace_id": _one(data, 1).hex(), "span_id": _one(data, 2).hex(),
        "trace_state": _one(data, 3).decode(),
        "parent_id": _one(data, 4).hex(), "name": _one(data, 5).decode(), "kind": _one(data, 6, 0),
        "start_ns": struct.unpack("<Q", _one(data, 7, bytes(8)))[0],
        "end_ns": struct.unpack("<Q", _one(data, 8, bytes(8)))[0],
        "attributes": _read_attributes(data, 9), "resource": resource,
        "events": [{"name": _one(each, 2).decode(), "attributes": _read_attributes(each, 3)}
                   for each in _of(data, 11)],
        "status": _one(status, 3, 0), "message": _one(status, 2).decode(),
    }


def _spans_of_protobuf(data):
    return [_read_span(span, _read_attributes(_one(resource_spans, 1), 1))
            for resource_spans in _of(data, 1)
            for scope_spans in _of(resource_spans, 2)
            for span in _of(scope_spans, 2)]


def _plain(value):
    if not value:
        return None
    (kind, of), = value.items()
    if kind == "intValue":
        return int(of)
    if kind == "arrayValue":
        return [_plain(each) for each in of["values"]]
    if kind == "kvlistValue":
        return {each["key"]: _plain(each["value"]) for each in of["values"]}
    return float(of) if kind == "doubleValue" else of


def _plain_attributes(of):
    pairs = [(each["key"], _plain(each["value"])) for each in of.get("attributes", ())]
    assert len(dict(pairs)) == len(pairs), f"a key twice: {[key for key, _ in pairs]}"
    return dict(pairs)


def _spans_of_json(text):
    out = []
    for resource_spans in json.loads(text)["resourceSpans"]:
        resource = _plain_attributes(resource_spans.get("resource", {}))
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans["spans"]:
                out.append({
                    "trace_id": span["traceId"], "span_id": span["spanId"],
                    "trace_state": span.get("traceState", ""),
                    "parent_id": span.get("parentSpanId", ""), "name": span["name"],
                    "kind": span["kind"], "start_ns": int(span["startTimeUnixNano"]),
                    "end_ns": int(span["endTimeUnixNano"]), "attributes": _plain_attributes(span),
                    "resource": resource,
                    "events": [{"name": each["name"], "attributes": _plain_attributes(each)}
                               for each in span.get("events", ())],
                    "status": span.get("status", {}).get("code", 0),
                    "message": span.get("status", {}).get("message", ""),
                })
    return out


def spans_of(body, content_type):
    """The spans of an ExportTraceServiceRequest that somebody sent."""
    return _spans_of_json(body) if content_type == "application/json" else _spans_of_protobuf(body)


def partial_success(body, content_type):
    """(rejected spans, message) of an ExportTraceServiceResponse."""
    if content_type == "application/json":
        partial = json.loads(body or b"{}").get("partialSuccess", {})
        return int(partial.get("rejectedSpans", 0)), partial.get("errorMessage", "")
    partial = _one(body, 1)
    return _one(partial, 1, 0), _one(partial, 2).decode()


def attribute(key, value):
    """A pair as OTLP/JSON has it."""
    return {"key": key, "value": _any(value)}


def _any(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any(each) for each in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": [attribute(*each) for each in value.items()]}}
    return {"stringValue": value}


def span(trace_id, span_id, name, attributes=None, parent_id="", **more):
    """A span of the last quarter of a second as OTLP/JSON has it."""
    start = more.pop("start_ns", time.time_ns() - 250_000_000)
    return {
        "traceId": trace_id, "spanId": span_id, "parentSpanId": parent_id, "name": name, "kind": 1,
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 250_000_000),
        "attributes": [attribute(*each) for each in (attributes or {}).items()], **more,
    }


def request(*spans, resource=None):
    """Spans of one resource and scope."""
    attributes = resource or {"service.name": "agent"}
    return {"resourceSpans": [{
        "resource": {"attributes": [attribute(*each) for each in attributes.items()]},
        "scopeSpans": [{"scope": {"name": "test", "version": "1"}, "spans": list(spans)}],
    }]}
