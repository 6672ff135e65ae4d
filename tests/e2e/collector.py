"""An OTLP collector that keeps what it takes, can be told what to answer, and can go away.

Requests are read by otlp_wire, apart from the code under test. What was answered with an error does
not count as taken.
"""

import gzip
import http.server
import threading

import otlp_wire


class Reply:
    def __init__(self, status=200, body=b"", headers=()):
        self.status = status
        self.body = body
        self.headers = dict(headers)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        reply = self.server.collector.take(self.path, dict(self.headers.items()), body)
        if reply is None:  # hangs up without a word
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a gateway that is killed in the middle


class Collector:
    def __init__(self):
        self.lock = threading.Lock()
        self.requests = []  # (path, headers in lower case, body unpacked, status)
        self.taken = []  # spans
        self.answer = lambda count: Reply()  # by the number of the request, from 0
        self.port = 0
        self.up()

    def up(self):
        self.away = False
        self.server = _Server(("127.0.0.1", self.port), _Handler)
        self.server.collector = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self):
        """Takes nothing more, on connections that are open neither; what was taken is answered."""
        with self.lock:
            self.away = True
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def take(self, path, headers, body):
        headers = {name.lower(): value for name, value in headers.items()}
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        spans = otlp_wire.spans_of(body, headers["content-type"])
        with self.lock:
            if self.away:
                return None
            reply = self.answer(len(self.requests))
            self.requests.append((path, headers, body, reply.status if reply else 0))
            if reply and reply.status // 100 == 2:
                self.taken += spans
        return reply

    def spans(self):
        with self.lock:
            return list(self.taken)

    def span_ids(self):
        return [each["span_id"] for each in self.spans()]
