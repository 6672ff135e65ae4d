"""Bodies and heads that are too big, too deep or not text: refused clearly, memory flat."""

import json
import time
import unittest

import abuse_case
from abuse_case import MIB, AbuseCase, harness, post_head, wire

BLOCK = b"a" * 65536
GIB = 1 << 30


def blocks(total):
    for _ in range(total // len(BLOCK)):
        yield BLOCK


def chunked(total):
    frame = b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK)
    for _ in range(total // len(BLOCK)):
        yield frame


class TooBig(AbuseCase):
    def flood(self, head, source, statuses, sent_max=128 * MIB):
        connection = self.connect()
        connection.send(head)
        sent, _ = connection.flood(source, time.monotonic() + 30)
        self.assertLess(sent, sent_max)
        reply = self.assert_refused(connection, statuses)
        self.assert_peak_flat()
        return reply

    def test_gigabyte_announced(self):
        reply = self.flood(post_head(f"Content-Length: {GIB}"), blocks(GIB), (413,))
        self.assertIsNotNone(reply, "the length alone is reason enough to answer")

    def test_gigabyte_announced_but_held_back(self):
        connection = self.connect()
        connection.send(post_head(f"Content-Length: {GIB}"))
        reply = self.assert_refused(connection, (413,))
        self.assertIsNotNone(reply, "nothing was sent that could have disturbed the answer")

    def test_gigabyte_expecting_100_continue(self):
        connection = self.connect()
        connection.send(post_head(f"Content-Length: {GIB}", "Expect: 100-continue"))
        reply = connection.read_reply(keep_100=True)
        self.assertEqual(reply.status, 413, "a body that will be refused must not be invited")

    def test_gigabyte_chunked(self):
        self.flood(post_head("Transfer-Encoding: chunked"), chunked(GIB), (413,))

    def test_gigabyte_in_one_chunk(self):
        head = post_head("Transfer-Encoding: chunked") + b"%x\r\n" % GIB
        self.flood(head, blocks(GIB), (413, 400))

    def test_gigabyte_without_a_key(self):
        head = (
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % GIB
        )
        self.flood(head, blocks(GIB), (401, 413))

    def test_body_at_the_limit_and_one_over(self):
        limit = abuse_case.BODY_BYTES_MAX
        for size, status in ((limit, 200), (limit + 1, 413)):
            body = json.dumps(harness.chat("lab-plain", "hello")).encode()
            body = b" " * (size - len(body)) + body
            self.assertEqual(self.post(body).status, status, size)

    def test_100_mb_header(self):
        head = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Big: "
        self.flood(head, blocks(100 * MIB), (431,), sent_max=32 * MIB)

    def test_100_mb_target(self):
        self.flood(b"GET /", blocks(100 * MIB), (414, 431), sent_max=32 * MIB)

    def test_100_mb_method(self):
        self.flood(b"", blocks(100 * MIB), (400, 414, 431, 501), sent_max=32 * MIB)

    def test_100000_headers(self):
        lines = [b"X-%d: y\r\n" % i for i in range(100_000)]
        whole = b"".join(lines)
        parts = [whole[i : i + 65536] for i in range(0, len(whole), 65536)]
        head = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
        self.flood(head, [*parts, b"\r\n"], (431,))

    def test_100000_small_headers_within_a_small_head(self):
        many = b"".join(b"a:\r\n" for _ in range(2000))
        connection = self.connect()
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n")
        self.assert_refused(connection, (431,))

    def test_chunk_extension_without_end(self):
        head = post_head("Transfer-Encoding: chunked") + b"5;x="
        self.flood(head, blocks(100 * MIB), (400, 413, 431), sent_max=32 * MIB)

    def test_extensions_on_many_tiny_chunks(self):
        """A body within its limit must not cost hundreds of times its size to receive."""
        frame = b"1;%s\r\na\r\n" % (b"x" * 200)
        many = [frame * 300 for _ in range(5000)]
        self.flood(post_head("Transfer-Encoding: chunked"), many, (400, 413))

    def test_trailers_without_end(self):
        head = post_head("Transfer-Encoding: chunked") + b"0\r\nX-Trailer: "
        self.flood(head, blocks(100 * MIB), (400, 413, 431), sent_max=32 * MIB)

    def test_pipelined_requests_whose_answers_nobody_reads(self):
        one = wire.request_bytes("GET", "/v1/models", b"", harness.authorization())
        connection = self.connect()
        sent, why = connection.flood([one * 100] * 20_000, time.monotonic() + 1)
        # "answered" is how flood() ends once the first reply is there: go on without reading.
        connection.socket.settimeout(0.5)
        try:
            while sent < 512 * MIB and why != "closed":
                sent += connection.socket.send(one * 100)
        except (TimeoutError, ConnectionError):
            pass
        self.assertLess(sent, 512 * MIB, "requests are taken in without end")
        self.assert_peak_flat()


class NotText(AbuseCase):
    def refuse(self, body, statuses=(400,)):
        reply = self.post(body)
        self.assertIn(reply.status, statuses, reply.body[:300])
        self.assert_error(reply, reply.status)

    def test_invalid_utf8(self):
        for bad in (b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
            with self.subTest(bad=bad):
                body = json.dumps(harness.chat("lab-plain", "@")).encode().replace(b"@", bad)
                self.refuse(body)

    def test_nul_and_control_bytes_in_a_string(self):
        for bad in (b"\x00", b"\x1f", b"\n"):
            with self.subTest(bad=bad):
                self.refuse(json.dumps(harness.chat("lab-plain", "@")).encode().replace(b"@", bad))

    def test_nul_around_the_document(self):
        body = json.dumps(harness.chat("lab-plain", "hello")).encode()
        self.refuse(b"\x00" + body)
        self.refuse(body + b"\x00")
        self.refuse(b"\x00" * 4096)

    def test_escaped_nul_is_text(self):
        self.assertEqual(self.post(harness.chat("lab-plain", "hello \u0000")).status, 200)

    def test_10000_deep(self):
        deep = 10_000
        self.refuse(b"[" * deep + b"]" * deep)
        self.refuse(b'{"a":' * deep + b"1" + b"}" * deep)
        body = b'{"model":"lab-plain","messages":[{"role":"user","content":"hello"}],"x":%s}'
        self.refuse(body % (b"[" * deep + b"]" * deep))
        self.refuse(b"[" * 1_000_000)

    def test_not_json(self):
        almost = (b"{}{}", b"{'a':1}", b"\xef\xbb\xbf", b'{"a":1,}', b'{"a":NaN}', b"{a:1}")
        for bad in (b"", b" ", b"{", b"}", b"null", b"[]", b'"text"', *almost):
            with self.subTest(bad=bad):
                self.refuse(bad)

    def test_wrong_shapes(self):
        for bad in (
            {},
            {"model": "lab-plain"},
            {"model": 7, "messages": []},
            {"model": None, "messages": [{"role": "user", "content": "x"}]},
            {"model": "", "messages": [{"role": "user", "content": "x"}]},
            {"messages": [{"role": "user", "content": "x"}]},
            {"model": "lab-plain", "messages": "hello"},
            {"model": "lab-plain", "messages": [{"role": "user", "content": "x"}], "stream": "yes"},
        ):
            with self.subTest(bad=bad):
                self.refuse(json.dumps(bad).encode(), statuses=(400, 404))

    def test_compressed_body_is_refused_not_guessed(self):
        reply = self.post(b"\x1f\x8b\x08\x00", [("Content-Encoding", "gzip")])
        self.assertIn(reply.status, (400, 415))


if __name__ == "__main__":
    unittest.main()
