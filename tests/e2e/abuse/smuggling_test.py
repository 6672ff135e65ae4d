"""Requests whose end two parsers could see in different places, and what is not HTTP/1.1 at all.

Each case hides a second request where a lenient parser would find one. Exactly one reply, a
refusal, then the end of the connection; the provider must never hear of the hidden one.
"""

import json
import os
import unittest

from abuse_case import AbuseCase, harness, post_head, wire

BODY = json.dumps(harness.chat("lab-plain", "hello")).encode()
HIDDEN_TEXT = "hidden-request-marker"
HIDDEN = wire.request_bytes(
    "POST", "/v1/chat/completions",
    json.dumps(harness.chat("lab-plain", HIDDEN_TEXT)).encode(), harness.authorization(),
)
CHUNKED_BODY = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
CHUNKED = "Transfer-Encoding: chunked"
LENGTH = f"Content-Length: {len(BODY)}"


def with_line(raw_line, body=BODY, length=LENGTH):
    """A good head with one line of raw bytes put in."""
    lines = [line for line in (length,) if line]
    return post_head(*lines)[:-2] + raw_line + b"\r\n\r\n" + body


def chunks(raw):
    return post_head(CHUNKED) + raw


LENGTHS = {
    "length and chunked": post_head(LENGTH, CHUNKED) + CHUNKED_BODY,
    "chunked and length": post_head(CHUNKED, "Content-Length: 4") + CHUNKED_BODY,
    "two lengths": post_head(LENGTH, "Content-Length: 0") + BODY,
    "two lengths in one line": post_head(f"Content-Length: {len(BODY)}, 0") + BODY,
    "length with sign": post_head(f"Content-Length: +{len(BODY)}") + BODY,
    "negative length": post_head("Content-Length: -1") + BODY,
    "hexadecimal length": post_head("Content-Length: 0x10") + BODY,
    "length with blank inside": post_head("Content-Length: 1 0") + BODY,
    "length with letters": post_head("Content-Length: 10a") + BODY,
    "length overflowing 64 bits": post_head("Content-Length: 18446744073709551617") + BODY,
    "empty length": post_head("Content-Length:") + BODY,
}

ENCODINGS = {
    "xchunked": post_head("Transfer-Encoding: xchunked") + CHUNKED_BODY,
    "chunked, then identity": post_head("Transfer-Encoding: chunked, identity") + CHUNKED_BODY,
    "chunked twice": post_head("Transfer-Encoding: chunked, chunked") + CHUNKED_BODY,
    "chunked in two lines": post_head(CHUNKED, CHUNKED) + CHUNKED_BODY,
    "identity": post_head("Transfer-Encoding: identity", LENGTH) + BODY,
    "gzip, chunked": post_head("Transfer-Encoding: gzip, chunked") + CHUNKED_BODY,
    "vertical tab": with_line(b"Transfer-Encoding: \x0bchunked", CHUNKED_BODY, None),
    "quoted": post_head('Transfer-Encoding: "chunked"') + CHUNKED_BODY,
    "empty": post_head("Transfer-Encoding:", LENGTH) + BODY,
}

CHUNKS = {
    "negative size": chunks(b"-1\r\n"),
    "size with sign": chunks(b"+5\r\nhello\r\n0\r\n\r\n"),
    "size overflowing 64 bits": chunks(b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    "size of many zeros": chunks(b"0" * 100_000 + b"5\r\nhello\r\n0\r\n\r\n"),
    "size with prefix": chunks(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "size with blank before": chunks(b" 5\r\nhello\r\n0\r\n\r\n"),
    "no size": chunks(b"\r\nhello\r\n0\r\n\r\n"),
    "size ended by LF": chunks(b"5\nhello\r\n0\r\n\r\n"),
    "extension with LF": chunks(b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
    "extension of 100 KB": chunks(b"5;" + b"x" * 100_000 + b"\r\nhello\r\n0\r\n\r\n"),
    "data longer than its size": chunks(b"3\r\nhello\r\n0\r\n\r\n"),
    "data ended by LF": chunks(b"5\r\nhello\n0\r\n\r\n"),
}

HEADS = {
    "folded line": with_line(b"X-Folded: a\r\n b"),
    "blank before the colon": with_line(b"X-Blank : a"),
    "blank before the length's colon": post_head(f"Content-Length : {len(BODY)}") + BODY,
    "no colon": with_line(b"X-No-Colon"),
    "empty name": with_line(b": a"),
    "name with blank": with_line(b"X Name: a"),
    "name with NUL": with_line(b"X-\x00Name: a"),
    "value with NUL": with_line(b"X-Name: a\x00b"),
    "value with CR": with_line(b"X-Name: a\rTransfer-Encoding: chunked"),
    "name beyond ASCII": with_line("X-Näme: a".encode()),
    "LF line ends": post_head(LENGTH).replace(b"\r\n", b"\n") + BODY,
    "one LF line end": with_line(b"X-Name: a\nX-Other: b"),
    "blank line first header": post_head(LENGTH).replace(b"\r\nHost", b"\r\n Host", 1) + BODY,
    "no Host": post_head(LENGTH).replace(b"Host: headgate.test\r\n", b"") + BODY,
    "two Hosts": with_line(b"Host: other.test"),
    "HTTP/2.0 in the line": post_head(LENGTH).replace(b"HTTP/1.1", b"HTTP/2.0") + BODY,
    "HTTP/1.10": post_head(LENGTH).replace(b"HTTP/1.1", b"HTTP/1.10") + BODY,
    "lower-case protocol": post_head(LENGTH).replace(b"HTTP/1.1", b"http/1.1") + BODY,
    "two blanks in the line": post_head(LENGTH).replace(b"POST /", b"POST  /") + BODY,
    "blank in the target": post_head(LENGTH).replace(b"/v1/", b"/v1 /") + BODY,
    "control byte in the target": post_head(LENGTH).replace(b"/v1/", b"/v1\x01/") + BODY,
    "method not a token": post_head(LENGTH).replace(b"POST", b"PO(ST") + BODY,
    "target neither path nor URL": post_head(LENGTH).replace(b" /v1/", b" v1/") + BODY,
}

FOREIGN = {
    "HTTP/0.9": b"GET /healthz\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "TLS hello": bytes.fromhex("16030100050100000100030300") + b"\x00" * 300 + b"\r\n\r\n",
    "SOCKS": b"\x05\x01\x00\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "noise": bytes(i * 7 % 256 for i in range(4096)) + b"\r\n\r\n",
    "proxy protocol": b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n",
}


class Smuggling(AbuseCase):
    def tearDown(self):
        super().tearDown()
        seen = self.lab.call("GET", "/lab/requests").body
        self.assertNotIn(HIDDEN_TEXT.encode(), seen, "the provider heard the hidden request")

    def refuse_all(self, cases, statuses, hidden=HIDDEN):
        for name, raw in cases.items():
            with self.subTest(name):
                connection = self.connect()
                connection.send(raw + hidden)
                self.assert_refused(connection, statuses)

    def test_lengths(self):
        self.refuse_all(LENGTHS, (400, 413))

    def test_transfer_encodings(self):
        self.refuse_all(ENCODINGS, (400, 501))

    def test_chunks(self):
        self.refuse_all(CHUNKS, (400, 413, 431))

    def test_heads(self):
        self.refuse_all(HEADS, (400, 431, 501, 505))

    def test_what_is_not_http(self):
        # Some of it looks like the beginning of a request until the time for one is up.
        self.refuse_all(FOREIGN, (400, 408, 431, 501, 505), hidden=b"")

    def test_connect_and_trace_are_no_methods_here(self):
        for line in (b"CONNECT 127.0.0.1:22 HTTP/1.1", b"TRACE / HTTP/1.1"):
            with self.subTest(line=line):
                connection = self.connect()
                connection.send(line + b"\r\nHost: a\r\n\r\n")
                reply = self.read_one(connection)
                if reply is not None:
                    self.assertIn(reply.status, (400, 404, 405, 501))

    def test_absolute_target_is_understood(self):
        """RFC 9112 3.2.2: a server must accept it; the path counts, not the host named."""
        connection = self.connect()
        target = b" http://headgate.test/v1/chat/completions "
        connection.send(post_head(LENGTH).replace(b" /v1/chat/completions ", target) + BODY)
        self.assertEqual(connection.read_reply().status, 200)

    def test_equal_lengths_twice_serve_one_request_at_most(self):
        connection = self.connect()
        connection.send(post_head(LENGTH, LENGTH) + BODY)
        reply = self.read_one(connection)
        if reply is not None:
            self.assertIn(reply.status, (200, 400))

    def test_body_on_get_is_not_the_next_request(self):
        connection = self.connect()
        connection.send(wire.request_bytes("GET", "/healthz", HIDDEN))
        reply = self.read_one(connection)
        if reply is not None:
            self.assertIn(reply.status, (200, 400, 413))

    def test_trailer_does_not_change_the_request(self):
        connection = self.connect()
        trailer = b"Content-Length: 5\r\nAuthorization: Bearer x\r\n\r\n"
        connection.send(chunks(CHUNKED_BODY[:-2] + trailer))
        self.assertIn(connection.read_reply().status, (200, 400))

    def test_short_chunk_extension_is_fine(self):
        connection = self.connect()
        connection.send(chunks(b"%x;a=b;c\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)))
        self.assertEqual(connection.read_reply().status, 200)

    def test_refused_body_is_not_read_as_a_request(self):
        """The 401 comes before the body; the body must not then be taken for a request."""
        connection = self.connect()
        connection.send(wire.request_bytes("POST", harness.CHAT, HIDDEN))
        reply = connection.read_reply()
        self.assertEqual(reply.status, 401)
        connection.closed_within(1)
        self.assertNotIn(b"HTTP/1.1 200", connection.pending)

    def test_random_mutations_of_a_good_request(self):
        """Seeded; whatever it becomes, the answer is well formed and the server lives."""
        import random

        seed = int(os.environ.get("HEADGATE_E2E_SEED", "20261123"))
        rng = random.Random(seed)
        good = post_head(LENGTH) + BODY
        for round_number in range(500):
            raw = bytearray(good)
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(raw))
                kind = rng.randrange(3)
                if kind == 0:
                    raw[at] = rng.randrange(256)
                elif kind == 1:
                    raw.insert(at, rng.choice(b"\r\n :\t\x00,;\xff0"))
                else:
                    del raw[at]
            with self.subTest(seed=seed, round=round_number):
                connection = wire.Wire(self.gateway.address)
                try:
                    connection.send(bytes(raw))
                    connection.socket.shutdown(1)
                    reply = self.read_one(connection, 8)
                finally:
                    connection.close()
                if reply is not None and reply.status >= 400 and reply.complete:
                    self.assertTrue(reply.json()["error"]["message"])


if __name__ == "__main__":
    unittest.main()
