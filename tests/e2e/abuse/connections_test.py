"""Clients that dribble, stall, reset, half-close or come in thousands."""

import json
import random
import select
import socket
import time
import unittest

import abuse_case
from abuse_case import MIB, SLACK_S, AbuseCase, harness, post_head, wire

GOOD_REPLY_MAX_S = 2.0


class Slow(AbuseCase):
    def dribble(self, connections, data, limit_s):
        """One byte of `data` on every open connection, again and again, until all have ended.

        Good requests must be answered in between. Returns what each connection was told.
        """
        told = {connection: b"" for connection in connections}
        waiting = set(connections)
        position = 0
        deadline = time.monotonic() + limit_s
        while waiting:
            self.assertLess(time.monotonic(), deadline, f"{len(waiting)} connections still open")
            for connection in list(waiting):
                try:
                    connection.socket.send(data[position % len(data)].to_bytes(1, "big"))
                except ConnectionError:
                    waiting.discard(connection)
            position += 1
            self.read_what_is_there(waiting, told)
            asked = time.monotonic()
            self.assert_serves()
            self.assertLess(time.monotonic() - asked, GOOD_REPLY_MAX_S, "slow clients slow others")
        return list(told.values())

    def read_what_is_there(self, waiting, told):
        by_socket = {connection.socket: connection for connection in waiting}
        ready, _, _ = select.select(list(by_socket), [], [], 0.2)
        for each in ready:
            connection = by_socket[each]
            try:
                data = each.recv(65536)
            except ConnectionError:
                data = b""
            told[connection] += data
            if not data:
                waiting.discard(connection)

    def test_200_heads_dribbled(self):
        connections = [self.connect() for _ in range(200)]
        head = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"x" * 10_000
        told = self.dribble(connections, head, abuse_case.HEAD_TIMEOUT_S + SLACK_S)
        for each in told:
            self.assertIn(each[:12], (b"", b"HTTP/1.1 408"))

    def test_200_bodies_dribbled(self):
        """A byte within each idle bound is not enough: the whole body has its deadline too."""
        connections = [self.connect() for _ in range(200)]
        for connection in connections:
            connection.send(post_head("Content-Length: 100000"))
        told = self.dribble(connections, b" ", 20 + SLACK_S)
        for each in told:
            self.assertIn(each[:12], (b"", b"HTTP/1.1 408"))

    def test_body_that_stops(self):
        for framing in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
            with self.subTest(framing=framing):
                connection = self.connect()
                connection.send(post_head(framing) + b'5\r\n{"mod')
                self.assert_refused(connection, (408,), abuse_case.BODY_IDLE_TIMEOUT_S + SLACK_S)

    def test_head_without_end(self):
        for sent in (b"G", b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\nHost: a\r\n"):
            with self.subTest(sent=sent):
                connection = self.connect()
                connection.send(sent)
                self.assert_refused(connection, (408,), abuse_case.HEAD_TIMEOUT_S + SLACK_S)

    def test_blank_lines_for_ever_are_not_a_request(self):
        connection = self.connect()
        self.dribble([connection], b"\r\n", abuse_case.HEAD_TIMEOUT_S + SLACK_S)

    def test_second_head_of_a_connection_has_its_deadline_too(self):
        connection = self.connect()
        connection.send(wire.request_bytes("GET", "/healthz"))
        self.assertEqual(connection.read_reply().status, 200)
        connection.send(b"GET /healthz HTTP/1.1\r\n")
        self.assert_refused(connection, (408,), abuse_case.HEAD_TIMEOUT_S + SLACK_S)


class Rude(AbuseCase):
    def good(self):
        body = json.dumps(harness.chat("lab-plain", "hello")).encode()
        return wire.request_bytes("POST", "/v1/chat/completions", body, harness.authorization())

    def test_half_closed_after_a_whole_request(self):
        connection = self.connect()
        connection.send(self.good())
        connection.socket.shutdown(socket.SHUT_WR)
        reply = self.read_one(connection, 5)
        if reply is not None:
            self.assertEqual(reply.status, 200)
            self.assertTrue(reply.complete)
        self.assertTrue(connection.closed_within(SLACK_S))

    def test_half_closed_within_head_or_body(self):
        whole = self.good()
        for size in (1, 40, whole.index(b"\r\n\r\n") + 2, len(whole) - 1):
            with self.subTest(size=size):
                connection = self.connect()
                connection.send(whole[:size])
                connection.socket.shutdown(socket.SHUT_WR)
                # An end is an end: no reason to wait for a timeout.
                self.assert_refused(connection, (400, 408, 499), deadline_s=1.5)

    def test_half_closed_at_once(self):
        connection = self.connect()
        connection.socket.shutdown(socket.SHUT_WR)
        self.assertTrue(connection.closed_within(1.5))
        self.assertEqual(connection.pending, b"")

    def test_reset_during_upload(self):
        for _ in range(200):
            connection = wire.Wire(self.gateway.address)
            connection.send(post_head("Content-Length: 1000000") + b"a" * 20_000)
            connection.reset()

    def test_reset_while_the_answer_is_streaming(self):
        body = json.dumps(harness.chat("lab-slow", "count slowly", stream=True)).encode()
        request = wire.request_bytes("POST", "/v1/chat/completions", body, harness.authorization())
        for _ in range(50):
            connection = wire.Wire(self.gateway.address)
            connection.send(request)
            self.assertEqual(connection.read_head().status, 200)
            connection.reset()

    def test_thousand_pipelined(self):
        """In order, whatever each one's answer is."""
        body = json.dumps(harness.chat("lab-plain", "hello")).encode()
        chat = ("POST", "/v1/chat/completions")
        kinds = {
            200: wire.request_bytes(*chat, body, harness.authorization()),
            400: wire.request_bytes(*chat, b"{", harness.authorization()),
            401: wire.request_bytes(*chat, body, harness.authorization("wrong")),
            404: wire.request_bytes("GET", "/nowhere", b"", harness.authorization()),
            405: wire.request_bytes("GET", "/v1/chat/completions", b"", harness.authorization()),
        }
        expected = random.Random(7).choices(list(kinds), k=1000)
        stream = b"".join(kinds[status] for status in expected)
        connection = self.connect(timeout_s=60)
        got = []
        connection.socket.setblocking(False)
        deadline = time.monotonic() + 60
        while len(got) < len(expected):
            self.assertLess(time.monotonic(), deadline, f"{len(got)} answers")
            if stream:
                try:
                    stream = stream[connection.socket.send(stream[:65536]) :]
                except BlockingIOError:
                    pass
            if not stream or select.select([connection.socket], [], [], 0)[0]:
                reply = connection.read_reply(deadline=deadline)
                got.append(reply.status)
                connection.socket.setblocking(False)
        self.assertEqual(got, expected)

    def idle_wave(self, count):
        """Opens `count` connections and closes them. Returns the bytes they held."""
        connections = [self.connect() for _ in range(count)]
        asked = time.monotonic()
        self.assert_serves()
        self.assertLess(time.monotonic() - asked, GOOD_REPLY_MAX_S)
        held = self.gateway.memory() - self.rss_before
        for connection in random.Random(3).sample(connections, 50):  # not merely a listen queue
            connection.send(wire.request_bytes("GET", "/healthz"))
            self.assertEqual(connection.read_reply().status, 200)
        for connection in connections:
            connection.close()
        harness.wait_for(
            "connections gone",
            lambda: self.gateway.open_files() <= self.files_before + 20)
        return held

    def test_5000_idle_connections(self):
        """The allocator keeps pages of the first waves; a later one must find them enough."""
        count = min(5000, self.open_files_max - 500)
        waves = [self.idle_wave(count) for _ in range(4)]
        held = [f"{each / MIB:.1f}" for each in waves]
        print(f"{count} idle connections held {', '.join(held)} MiB", flush=True)
        if not harness.SANITIZED:
            self.assertLess(max(waves), count * 20 * 1024)
            self.assertLess(waves[3], waves[2] + 4 * MIB, "each wave leaves something behind")
        self.rss_growth_max = count * 8 * 1024

    def test_idle_connections_are_closed_in_time(self):
        """Against a gateway of its own: the shared one keeps connections for long."""
        config = self.config(self.lab)
        config["storage"]["path"] = str(self.sandbox.folder / "idle-store")
        config["server"]["limits"]["idle_timeout_ms"] = 1000
        gateway = self.sandbox.gateway(config, name="idle")
        self.addCleanup(gateway.kill)
        with wire.Wire(gateway.address) as silent, wire.Wire(gateway.address) as used:
            used.send(wire.request_bytes("GET", "/healthz"))
            self.assertEqual(used.read_reply().status, 200)
            for connection in (silent, used):
                self.assertTrue(connection.closed_within(1 + SLACK_S))
                self.assertEqual(connection.pending, b"", "an idle end needs no words")


if __name__ == "__main__":
    unittest.main()
