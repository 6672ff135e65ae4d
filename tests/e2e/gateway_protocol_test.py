"""HTTP as a client sees it: connections, pipelining, Expect, TLS, health, metrics, routes."""

import json
import random
import re
import socket
import ssl
import subprocess
import time
import unittest

import harness
import wire
from harness import CHAT, GatewayCase, authorization, chat


def chat_request(text, **more):
    body = json.dumps(chat("lab-plain", text, **more)).encode()
    return wire.request_bytes("POST", CHAT, body, authorization())


class Connections(GatewayCase):
    def connect(self, address=None, tls=None):
        connection = wire.Wire(address or self.gateway.address, tls=tls)
        self.addCleanup(connection.close)
        return connection

    def test_a_connection_is_kept_through_answers_streams_and_errors(self):
        connection = self.connect()
        for number in range(30):
            kind = number % 3
            if kind == 0:
                connection.send(chat_request(f"kept {number}"))
            elif kind == 1:
                connection.send(chat_request(f"kept {number}", stream=True))
            else:
                connection.send(wire.request_bytes("POST", CHAT, b"{", authorization()))
            reply = connection.read_reply()
            self.assertEqual(reply.status, (200, 200, 400)[kind])
            self.assertTrue(reply.complete)
            self.assertNotEqual((reply.header("connection") or "").lower(), "close")
            if kind == 1:
                self.assertEqual(reply.events()[-1], "[DONE]")

    def test_close_when_asked_and_for_http_1_0(self):
        for raw in (
            wire.request_bytes("GET", "/healthz", b"", [("Connection", "close")]),
            b"GET /healthz HTTP/1.0\r\n\r\n",
        ):
            connection = self.connect()
            connection.send(raw)
            self.assertEqual(connection.read_reply().status, 200)
            self.assertTrue(connection.closed_within(3))

    def test_http_1_0_stream_ends_with_the_connection_not_in_chunks(self):
        connection = self.connect()
        request = chat_request("old client", stream=True).replace(b"HTTP/1.1", b"HTTP/1.0")
        connection.send(request)
        reply = connection.read_reply()
        self.assertEqual(reply.status, 200)
        self.assertIsNone(reply.header("transfer-encoding"))
        self.assertEqual(reply.events()[-1], "[DONE]")

    def test_pipelined_requests_are_answered_in_order(self):
        rng = random.Random(1)
        texts = [f"pipelined {i} {'x' * rng.randrange(3000)}" for i in range(60)]
        streams = [rng.random() < 0.3 for _ in texts]
        connection = self.connect()
        sent = b"".join(chat_request(t, stream=s) for t, s in zip(texts, streams))
        connection.send(sent)
        for text, stream in zip(texts, streams):
            reply = connection.read_reply()
            self.assertEqual(reply.status, 200)
            self.assertEqual(answer_of(reply, stream), f"You said: {text}")

    def test_pipelined_behind_a_request_that_takes_its_time(self):
        connection = self.connect()
        slow = json.dumps(chat("lab-slow", "slow first", stream=True)).encode()
        connection.send(wire.request_bytes("POST", CHAT, slow, authorization()))
        self.assertEqual(connection.read_head().status, 200)
        connection.send(wire.request_bytes("GET", "/healthz"))
        text = b"".join(connection.chunks())
        self.assertIn(b"[DONE]", text)
        self.assertEqual(connection.read_reply().status, 200)

    def test_bytes_in_any_portions(self):
        raw = chat_request("in portions")
        for size in (1, 2, 3, 17):
            connection = self.connect()
            for at in range(0, len(raw), size):
                connection.send(raw[at : at + size])
            self.assertEqual(connection.read_reply().status, 200)

    def test_blank_lines_between_requests(self):
        connection = self.connect()
        connection.send(chat_request("one") + b"\r\n" + chat_request("two"))
        self.assertEqual([connection.read_reply().status for _ in range(2)], [200, 200])

    def test_expect_100_continue(self):
        body = json.dumps(chat("lab-plain", "expected")).encode()
        headers = authorization() + [("Expect", "100-continue")]
        raw = wire.request_bytes("POST", CHAT, body, headers)
        connection = self.connect()
        connection.send(raw[: -len(body)])
        self.assertEqual(connection.read_reply(keep_100=True).status, 100)
        connection.send(body)
        self.assertEqual(connection.read_reply().status, 200)

    def test_expect_100_continue_is_not_answered_for_a_bad_key(self):
        headers = authorization("wrong") + [("Expect", "100-continue")]
        connection = self.connect()
        connection.send(wire.request_bytes("POST", CHAT, b"x" * 100, headers)[:-100])
        self.assertEqual(connection.read_reply(keep_100=True).status, 401)

    def test_expect_something_else(self):
        connection = self.connect()
        connection.send(wire.request_bytes("GET", "/healthz", b"", [("Expect", "miracles")]))
        self.assertIn(connection.read_reply().status, (400, 417))

    def test_stream_head(self):
        reply = self.post(chat("lab-plain", "stream head", stream=True))
        self.assertEqual(reply.header("content-type").split(";")[0], "text/event-stream")
        self.assertIn("no-cache", reply.header("cache-control", ""))
        self.assertRegex(reply.header("x-headgate-trace-id"), "^[0-9a-f]{32}$")
        self.assertTrue(reply.header("x-request-id"))

    def test_stream_chunks_come_when_they_are_made(self):
        connection = self.connect()
        body = json.dumps(chat("lab-slow", "count slowly", stream=True)).encode()
        connection.send(wire.request_bytes("POST", CHAT, body, authorization()))
        connection.read_head()
        arrivals = [time.monotonic() for _ in connection.chunks()]
        # 40 ms a token: a gateway that gathers them would show them all at once.
        self.assertGreater(arrivals[-1] - arrivals[0], 1.0)
        self.assertGreater(len(arrivals), 20)


def answer_of(reply, stream):
    if not stream:
        return reply.json()["choices"][0]["message"]["content"]
    events = reply.events()
    if events[-1] != "[DONE]":
        raise AssertionError(f"stream ends with {events[-1]!r}")
    deltas = [json.loads(each)["choices"] for each in events[:-1]]
    return "".join(each[0]["delta"].get("content") or "" for each in deltas if each)


class Routes(GatewayCase):
    def get(self, target, headers=(), method="GET"):
        return self.gateway.call(method, target, b"", headers)

    def test_health_and_readiness(self):
        for target, status in (("/healthz", "ok"), ("/readyz", "ready")):
            reply = self.get(target)
            self.assertEqual(reply.status, 200)
            self.assertEqual(reply.header("content-type"), "application/json")
            self.assertEqual(reply.json(), {"status": status})
            head = self.get(target, method="HEAD")
            self.assertEqual((head.status, head.body), (200, b""))

    def test_metrics_are_prometheus_text_and_count(self):
        before = self.metric_sum("requests")
        for _ in range(3):
            self.assertEqual(self.post(chat("lab-plain", "counted")).status, 200)
        harness.wait_for("requests counted", lambda: self.metric_sum("requests") >= before + 3, 5)

    def metric_sum(self, part):
        reply = self.get("/metrics")
        self.assertEqual(reply.status, 200)
        self.assertRegex(reply.header("content-type"), r"^text/plain; ?version=0\.0\.4")
        sample = re.compile(r'^([a-z_:][a-z0-9_:]*)(\{.*\})? (-?[0-9.e+-]+|NaN|[+-]?Inf)$', re.I)
        total = 0.0
        text = reply.body.decode()
        self.assertIn("# TYPE headgate_", text)
        for line in text.splitlines():
            if not line or line.startswith("#"):
                continue
            match = sample.match(line)
            self.assertTrue(match, f"not a sample: {line}")
            name, _, value = match.groups()
            if name.startswith("headgate_") and part in name and name.endswith("_total"):
                total += float(value)
        return total

    def test_metrics_hold_no_secrets(self):
        self.post(chat("lab-plain", "secret prompt text"))
        text = self.get("/metrics").body.decode()
        for secret in (harness.CLIENT_KEY, harness.LAB_KEY, "secret prompt text"):
            self.assertNotIn(secret, text)

    def test_unknown_route(self):
        near_misses = ("/v1/chat/completions/", "/V1/models", "//v1/models", "/v1/modelsx")
        for target in ("/", "/v1", "/v1/nothing", "/../etc/passwd", *near_misses):
            with self.subTest(target):
                reply = self.get(target, authorization())
                error = self.assert_error(reply, 404, "unknown_url", "invalid_request_error")
                self.assertIn(target, error["message"])

    def test_wrong_method(self):
        for method, target, allowed in (
            ("GET", CHAT, "POST"), ("DELETE", CHAT, "POST"), ("POST", "/v1/models", "GET"),
            ("POST", "/healthz", "GET"),
        ):
            with self.subTest(method=method, target=target):
                reply = self.get(target, authorization(), method)
                self.assert_error(reply, 405, code="method_not_supported")
                self.assertIn(allowed, reply.header("allow", ""))

    def test_query_does_not_hide_the_route(self):
        self.assertEqual(self.get("/v1/models?limit=3", authorization()).status, 200)

    def test_keys(self):
        bare = harness.CLIENT_KEY
        for value in (None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", bare):
            with self.subTest(value=value):
                headers = [] if value is None else [("Authorization", value)]
                reply = self.get("/v1/models", headers)
                self.assert_error(reply, 401, "invalid_api_key", "invalid_request_error")
        lower = [("authorization", f"bearer {harness.CLIENT_KEY}")]
        self.assertEqual(self.get("/v1/models", lower).status, 200)

    def test_unknown_model(self):
        error = self.assert_error(self.post(chat("nope", "x")), 404, code="model_not_found")
        self.assertIn("nope", error["message"])

    def test_errors_carry_a_request_id_too(self):
        self.assertTrue(self.post(b"{").header("x-request-id"))
        self.assertTrue(self.get("/v1/models").header("x-request-id"))

    def test_models_say_what_is_configured(self):
        data = self.get("/v1/models", authorization()).json()
        self.assertEqual(data["object"], "list")
        self.assertEqual({each["id"] for each in data["data"]}, set(harness.MODELS))


class Tls(GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.certificate, cls.key = make_certificate(cls.sandbox.folder)
        cls.lab = cls.sandbox.lab()
        config = cls.config(cls.lab)
        config["server"] = {"tls": {"certificate": str(cls.certificate), "key": str(cls.key)}}
        cls.gateway = cls.sandbox.gateway(config)

    def client(self):
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def test_answers_and_streams_over_tls(self):
        for stream in (False, True):
            reply = self.post(chat("lab-plain", "over TLS", stream=stream), tls=self.client())
            self.assertEqual(reply.status, 200)
            self.assertEqual(answer_of(reply, stream), "You said: over TLS")

    def test_a_connection_is_kept_and_large_bodies_pass(self):
        with wire.Wire(self.gateway.address, tls=self.client()) as connection:
            for size in (10, 100_000, 1_000_000):
                connection.send(chat_request("y" * size))
                text = answer_of(connection.read_reply(), False)
                self.assertEqual(len(text), size + len("You said: "))

    def test_old_protocols_are_refused(self):
        context = self.client()
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.gateway.call("GET", "/healthz", tls=context)

    def test_plain_http_gets_no_answer_and_hurts_nobody(self):
        with wire.Wire(self.gateway.address) as connection:
            connection.send(wire.request_bytes("GET", "/healthz"))
            self.assertTrue(connection.closed_within(5))
            self.assertNotIn(b" 200 ", connection.pending)
        self.assertEqual(self.gateway.call("GET", "/healthz", tls=self.client()).status, 200)

    def test_a_handshake_that_never_comes_is_ended(self):
        with socket.create_connection(wire.split_address(self.gateway.address)) as silent:
            silent.settimeout(20)
            self.assertEqual(silent.recv(1), b"")


def make_certificate(folder):
    certificate, key = folder / "server.pem", folder / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", str(certificate),
         "-keyout", str(key)],
        check=True, capture_output=True,
    )
    return certificate, key


if __name__ == "__main__":
    unittest.main()
