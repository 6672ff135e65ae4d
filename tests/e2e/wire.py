"""A raw HTTP/1.1 client for tests: bytes out, parsed replies in, a deadline on every read.

Real clients repair or refuse the requests these tests are about, so this one sends exactly the
bytes it is given. It is not thread-safe; a test opens one Wire per connection.
"""

import dataclasses
import json
import select
import socket
import struct
import time


class Closed(Exception):
    """The peer ended the connection before a whole reply had arrived."""


class Timeout(Exception):
    """The deadline passed before a whole reply had arrived."""


@dataclasses.dataclass
class Reply:
    status: int
    headers: list
    body: bytes = b""
    complete: bool = False  # the framing ended as it promised
    version: str = "HTTP/1.1"

    def header(self, name, default=None):
        values = [v for n, v in self.headers if n == name.lower()]
        return values[0] if values else default

    def json(self):
        return json.loads(self.body)

    def events(self):
        """The `data:` payloads of a text/event-stream body, in order."""
        blocks = self.body.decode("utf-8").replace("\r\n", "\n").split("\n\n")
        lines = [line for block in blocks for line in block.split("\n")]
        return [line[5:].lstrip(" ") for line in lines if line.startswith("data:")]


def split_address(address):
    host, _, port = address.rpartition(":")
    return host, int(port)


class Wire:
    def __init__(self, address, timeout_s=20.0, tls=None):
        self.timeout_s = timeout_s
        self.socket = socket.create_connection(split_address(address), timeout=timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.pending = b""
        self.trailers = {}  # of the last chunked body
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends with RST rather than FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data):
        self.socket.settimeout(self.timeout_s)
        self.socket.sendall(data)

    def _fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise Timeout(f"no more bytes in time; so far {self.pending[:200]!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except socket.timeout as error:
            raise Timeout(f"no more bytes in time; so far {self.pending[:200]!r}") from error
        except ConnectionError as error:
            raise Closed(f"connection reset; so far {self.pending[:200]!r}") from error
        if not data:
            self.ended = True
            raise Closed(f"connection closed; so far {self.pending[:200]!r}")
        self.pending += data

    def _until(self, mark, deadline):
        while mark not in self.pending:
            self._fill(deadline)
        head, _, self.pending = self.pending.partition(mark)
        return head

    def _exactly(self, size, deadline):
        while len(self.pending) < size:
            self._fill(deadline)
        taken, self.pending = self.pending[:size], self.pending[size:]
        return taken

    def read_head(self, deadline=None):
        deadline = deadline or time.monotonic() + self.timeout_s
        head = self._until(b"\r\n\r\n", deadline).decode("latin-1")
        status_line, *lines = head.split("\r\n")
        version, status, *_ = status_line.split(" ", 2)
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            headers.append((name.lower(), value.strip(" \t")))
        return Reply(int(status), headers, version=version)

    def chunks(self, deadline=None):
        """Yields the chunks of a chunked body as they arrive; returns after the last one."""
        deadline = deadline or time.monotonic() + self.timeout_s
        while True:
            size = int(self._until(b"\r\n", deadline).split(b";")[0], 16)
            if size == 0:
                while line := self._until(b"\r\n", deadline):
                    name, _, value = line.decode("latin-1").partition(":")
                    self.trailers[name.lower()] = value.strip()
                return
            chunk = self._exactly(size + 2, deadline)
            if not chunk.endswith(b"\r\n"):
                raise AssertionError("a chunk does not end in CRLF")
            yield chunk[:-2]

    def read_reply(self, method="POST", deadline=None, keep_100=False):
        """One whole reply. A body cut short comes back with complete=False, not as an exception."""
        deadline = deadline or time.monotonic() + self.timeout_s
        reply = self.read_head(deadline)
        while reply.status == 100 and not keep_100:
            reply = self.read_head(deadline)
        if method == "HEAD" or reply.status in (100, 204, 304):
            reply.complete = True
            return reply
        try:
            if (reply.header("transfer-encoding") or "").lower() == "chunked":
                for chunk in self.chunks(deadline):
                    reply.body += chunk
            elif reply.header("content-length") is not None:
                reply.body = self._exactly(int(reply.header("content-length")), deadline)
            else:
                self._read_to_end(deadline)
                reply.body, self.pending = self.pending, b""
            reply.complete = True
        except Closed:
            reply.body += self.pending
        return reply

    def _read_to_end(self, deadline):
        while True:
            try:
                self._fill(deadline)
            except Closed:
                if self.ended:
                    return
                raise

    def closed_within(self, timeout_s):
        """Whether the peer ends the connection in time; bytes before that are kept in `pending`."""
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                self._fill(deadline)
        except Closed:
            return True
        except Timeout:
            return False

    def flood(self, blocks, deadline):
        """Sends `blocks` until they end or the peer answers or goes away.

        Returns (bytes sent, why): why is "sent", "answered", "closed" or "timeout". What the peer
        said is in `pending`.
        """
        sent = 0
        self.socket.setblocking(False)
        for block in blocks:
            view = memoryview(block)
            while view:
                left = deadline - time.monotonic()
                if left <= 0:
                    return sent, "timeout"
                readable, writable, _ = select.select([self.socket], [self.socket], [], left)
                try:
                    if readable:
                        data = self.socket.recv(65536)
                        self.pending += data
                        return sent, "answered" if data else "closed"
                    if writable:
                        count = self.socket.send(view)
                        sent += count
                        view = view[count:]
                except BlockingIOError:
                    continue
                except ConnectionError:
                    return sent, "closed"
        return sent, "sent"


def request_bytes(method, target, body=b"", headers=(), host="headgate.test"):
    """A plain request; `headers` is a list of (name, value) sent as given."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
