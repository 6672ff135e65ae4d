"""A provider that keeps every byte it is sent and gives one fixed answer, or the bytes it is told.

The lab reads requests as a provider would, so it cannot show what they looked like; this can. For
tests of forwarding alone: how answers are made and fail is the lab's part.
"""

import json
import socketserver
import sys
import threading

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def _choice(**what):
    return {"index": 0, "logprobs": None, "finish_reason": None, **what}


def _answer(kind, choices, **more):
    whole = {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "lab-plain", **more}
    return json.dumps({**whole, "choices": choices}).encode()


WHOLE = _answer(
    "chat.completion", usage=USAGE,
    choices=[_choice(message={"role": "assistant", "content": "ok"}, finish_reason="stop")],
)
STREAM = b"".join(
    b"data: %s\n\n" % event
    for event in (
        _answer("chat.completion.chunk", [_choice(delta={"role": "assistant", "content": "ok"})]),
        _answer("chat.completion.chunk", [_choice(delta={}, finish_reason="stop")]),
        _answer("chat.completion.chunk", [], usage=USAGE),
        b"[DONE]",
    )
)


def reply_bytes(body, kind="application/json", status=200):
    """A whole reply of known length."""
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Recorded:
    def __init__(self, request_line, headers, body):
        self.request_line = request_line
        self.headers = headers  # (lower-case name, value), in order
        self.body = body

    def header(self, name):
        values = [value for each, value in self.headers if each == name]
        if len(values) > 1:
            raise AssertionError(f"{name} was sent {len(values)} times")
        return values[0] if values else None


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        while True:
            line = self.rfile.readline().decode("latin-1").rstrip("\r\n")
            if not line:
                return
            headers = []
            for raw in iter(lambda: self.rfile.readline().decode("latin-1").rstrip("\r\n"), ""):
                name, _, value = raw.partition(":")
                headers.append((name.lower(), value.strip()))
            request = Recorded(line, headers, self._body(dict(headers)))
            self.server.requests.append(request)
            if self.server.answer:
                for segment in self.server.answer(request):
                    self.connection.sendall(segment)
            else:
                self._reply(json.loads(request.body).get("stream"))

    def _body(self, headers):
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _reply(self, stream):
        body, kind = (STREAM, b"text/event-stream") if stream else (WHOLE, b"application/json")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        self.wfile.write(head % (kind, len(body)) + body)


class Recorder(socketserver.ThreadingTCPServer):
    """Listens from the start until close(). `answer`, where set, gives from a Recorded the bytes of
    a whole reply, in pieces that leave one by one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answer=None):
        self.requests = []
        self.answer = answer
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = "127.0.0.1:%d" % self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        """A gateway that has had enough of an answer is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def close(self):
        self.shutdown()
        self.server_close()
