"""Providers that fail: each failure ends in its own typed error, in time, never as an answer."""

import json
import socket
import time
import unittest

import harness
from harness import GatewayCase, chat

FIRST_TOKEN_TIMEOUT_S = 1.0
REQUEST_TIMEOUT_S = 0.5
IDLE_TIMEOUT_S = 0.7
CONNECT_TIMEOUT_S = 0.8
TOTAL_TIMEOUT_S = 2.5
SLACK_S = 3.0

# fault → (status before any byte was sent, codes, deadline in seconds)
WHOLE = {
    "fault:reset-first": (502, {"upstream_reset", "upstream_connect_failed"}, 0),
    "fault:cut": (502, {"upstream_truncated"}, 0),
    "fault:mid-reset": (502, {"upstream_reset", "upstream_truncated"}, 0),
    "fault:malformed": (502, {"upstream_malformed"}, 0),
    "fault:hang": (504, {"request_timeout"}, TOTAL_TIMEOUT_S),
    "fault:stall": (504, {"stream_idle_timeout"}, IDLE_TIMEOUT_S),
    "fault:html": (502, {"upstream_error", "upstream_malformed"}, 0),
    "fault:huge": (502, {"upstream_too_large"}, 0),
    "fault:401": (502, {"upstream_auth_failed"}, 0),
}
STREAMED = {
    "fault:reset-first": (502, {"upstream_reset", "upstream_connect_failed"}, 0),
    "fault:cut": (502, {"upstream_truncated"}, 0),
    "fault:mid-reset": (502, {"upstream_reset", "upstream_truncated"}, 0),
    "fault:malformed": (502, {"upstream_malformed"}, 0),
    "fault:no-finish-reason": (502, {"upstream_truncated"}, 0),
    "fault:hang": (504, {"first_token_timeout"}, FIRST_TOKEN_TIMEOUT_S),
    "fault:slow-first-token": (504, {"first_token_timeout"}, FIRST_TOKEN_TIMEOUT_S),
    "fault:stall": (504, {"stream_idle_timeout"}, IDLE_TIMEOUT_S),
    "fault:html": (502, {"upstream_error", "upstream_malformed"}, 0),
    "fault:huge": (502, {"upstream_too_large"}, 0),
}
# What the reply's error.code is called in traces and metrics.
ERRC_OF_CODE = {
    "upstream_connect_failed": "upstream_connect",
    "upstream_connect_timeout": "timeout_connect",
    "upstream_auth_failed": "upstream_auth",
    "upstream_error": "upstream_status",
    "first_token_timeout": "timeout_first_token",
    "stream_idle_timeout": "timeout_idle",
    "request_timeout": "timeout_total",
}
WORDS = " one two three four five six seven eight nine ten eleven twelve"


class Faults(GatewayCase):
    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        timeouts = {
            "connect_timeout_ms": int(CONNECT_TIMEOUT_S * 1000),
            "first_token_timeout_ms": int(FIRST_TOKEN_TIMEOUT_S * 1000),
            "idle_timeout_ms": int(IDLE_TIMEOUT_S * 1000),
            "total_timeout_ms": int(TOTAL_TIMEOUT_S * 1000),
            "response_bytes_max": 4 << 20,
        }
        config["providers"]["lab"].update(timeouts)
        cls.refusing = socket.socket()  # bound, not listening: nobody else gets the port
        cls.refusing.bind(("127.0.0.1", 0))
        cls.addClassCleanup(cls.refusing.close)
        cls.silent = full_listener(cls)
        for name, port in (("refusing", cls.refusing), ("silent", cls.silent)):
            config["providers"][name] = {
                **config["providers"]["lab"],
                "base_url": "http://127.0.0.1:%d/v1" % port.getsockname()[1],
            }
            config["models"][f"on-{name}"] = {"provider": name, "upstream_model": "lab-plain"}
        request_ms = int(REQUEST_TIMEOUT_S * 1000)
        impatient = {**config["providers"]["lab"], "request_timeout_ms": request_ms}
        config["providers"]["impatient"] = impatient
        config["providers"]["curt"] = {**config["providers"]["lab"], "response_bytes_max": 65536}
        config["models"]["on-curt"] = {"provider": "curt", "upstream_model": "lab-plain"}
        config["models"]["on-impatient"] = {"provider": "impatient", "upstream_model": "lab-plain"}
        return config

    def ask(self, text, stream, model="lab-plain"):
        """(reply, error, seconds). The error comes as a body, or as a stream's last event."""
        began = time.monotonic()
        reply = self.post(chat(model, text + WORDS, stream=stream))
        took = time.monotonic() - began
        self.assertTrue(reply.complete, "the gateway's own framing must end properly")
        if reply.status != 200:
            return reply, self.assert_error(reply, reply.status), took
        self.assertTrue(stream, f"a failed call came back as 200: {reply.body[:300]}")
        events = reply.events()
        self.assertNotIn("[DONE]", events, "a failed stream must not look finished")
        return reply, json.loads(events[-1])["error"], took

    def check(self, text, stream, expected, model="lab-plain"):
        status, codes, deadline_s = expected
        reply, error, took = self.ask(text, stream, model)
        self.assertIn(reply.status, (status, 200))
        self.assertIn(error["code"], codes, error)
        self.assertEqual(error["type"], "upstream_error")
        self.assertTrue(error["message"])
        self.assertNotIn(harness.LAB_KEY, json.dumps(error))
        self.assertGreaterEqual(took, deadline_s * 0.9)
        self.assertLess(took, deadline_s + SLACK_S)
        self.assert_trace_tells(reply, error["code"])

    def assert_trace_tells(self, reply, code, output=""):
        request = self.trace(reply.header("x-headgate-trace-id"))["spans"][0]
        self.assertEqual(request["status"], "error", request)
        self.assertEqual(request["error"], ERRC_OF_CODE.get(code, code))
        self.assertIn(output, request.get("output", ""))

    def test_answers_in_one_piece(self):
        for fault, expected in WHOLE.items():
            with self.subTest(fault):
                self.check(fault, False, expected)

    def test_streams(self):
        for fault, expected in STREAMED.items():
            with self.subTest(fault):
                self.check(fault, True, expected)

    def test_a_stream_that_goes_on_and_on_is_ended(self):
        """What has gone to the caller counts as well as what is held."""
        reply, error, _ = self.ask("tale " * 4000, True, "on-curt")
        self.assertEqual((reply.status, error["code"]), (200, "upstream_too_large"))
        self.assertGreater(len(reply.body), 16384)
        self.assert_trace_tells(reply, error["code"])

    def test_an_answer_that_comes_whole_has_a_time_of_its_own(self):
        expected = (504, {"request_timeout"}, REQUEST_TIMEOUT_S)
        self.check("fault:hang", False, expected, "on-impatient")
        first_token = (504, {"first_token_timeout"}, FIRST_TOKEN_TIMEOUT_S)
        self.check("fault:hang", True, first_token, "on-impatient")

    def test_a_deadline_that_travels(self):
        for left_ms in (300, 0, -60_000):
            with self.subTest(left_ms=left_ms):
                began = time.time()
                deadline = ("x-headgate-deadline", str(int(began * 1000) + left_ms))
                reply = self.post(chat("lab-plain", "fault:hang"), [deadline])
                self.assert_error(reply, 504, "request_timeout")
                self.assertLess(time.time() - began, max(left_ms, 0) / 1000 + SLACK_S)
        reply = self.post(chat("lab-plain", "x"), [("x-headgate-deadline", "tomorrow")])
        self.assertEqual(reply.status, 200, "what is no time says nothing")

    def test_nobody_listens(self):
        for stream in (False, True):
            self.check("x", stream, (502, {"upstream_connect_failed"}, 0), "on-refusing")

    def test_nobody_accepts(self):
        """Again and again: a connection that failed to open must not be taken for an idle one."""
        for stream in (False, True, False, True, True):
            expected = (504, {"upstream_connect_timeout"}, CONNECT_TIMEOUT_S)
            self.check("x", stream, expected, "on-silent")

    def test_what_came_before_the_break_was_passed_on(self):
        """On a slow stream, so that tokens had left before the fault."""
        for fault in ("fault:cut", "fault:mid-reset", "fault:stall", "fault:malformed"):
            with self.subTest(fault):
                reply, error, _ = self.ask(fault, True, "lab-slow")
                self.assertEqual(reply.status, 200)
                self.assertIn(error["code"], STREAMED[fault][1])
                deltas = [json.loads(each) for each in reply.events()[:-1]]
                text = "".join(each["choices"][0]["delta"].get("content") or "" for each in deltas)
                self.assertTrue(f"You said: {fault}{WORDS}".startswith(text))
                self.assertTrue(text, "tokens that had arrived were swallowed")
                self.assert_trace_tells(reply, error["code"], "You said")

    def test_error_event_of_the_provider_is_passed_and_ends_the_stream(self):
        reply, error, _ = self.ask("fault:error-event", True, "lab-slow")
        self.assertEqual(reply.status, 200)
        self.assertEqual(error["type"], "server_error")
        self.assert_trace_tells(reply, "upstream_error", "You said")

    def test_a_whole_answer_without_done_is_whole(self):
        """finish_reason came and the connection ended in order: only the mark is missing."""
        text = "fault:no-done" + WORDS
        events = self.post(chat("lab-plain", text, stream=True)).events()
        deltas = [json.loads(each)["choices"][0] for each in events[:-1]]
        said = "".join(each["delta"].get("content") or "" for each in deltas)
        self.assertEqual(said, f"You said: {text}")
        self.assertEqual(deltas[-1]["finish_reason"], "stop")
        self.assertEqual(events[-1], "[DONE]")

    def test_errors_of_the_provider_pass_as_they_are(self):
        for fault, status in (("fault:429", 429), ("fault:400", 400), ("fault:500", 500)):
            for stream in (False, True):
                with self.subTest(fault, stream=stream):
                    direct = self.lab.call(
                        "POST", "/v1/chat/completions", chat("lab-plain", fault, stream=stream),
                        harness.authorization(harness.LAB_KEY))
                    reply = self.post(chat("lab-plain", fault, stream=stream))
                    self.assertEqual((direct.status, reply.status), (status, status))
                    self.assertEqual(reply.json(), direct.json())
                    self.assertEqual(reply.header("retry-after"), direct.header("retry-after"))

    def test_after_all_this_good_calls_go_well(self):
        for fault in (*STREAMED, "fine"):
            self.post(chat("lab-plain", fault + WORDS, stream=True))
        for _ in range(20):
            self.assertEqual(self.post(chat("lab-plain", "well")).status, 200)


def full_listener(case):
    """A listening socket whose queue is full: the kernel drops further SYNs."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    case.addClassCleanup(listener.close)
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        case.addClassCleanup(filler.close)
    return listener


if __name__ == "__main__":
    unittest.main()
