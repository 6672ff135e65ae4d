"""Idempotency-Key: a call is made once, and everybody who sends its key gets that answer.

The lab draws its answer from a list at every request, so an answer that is the same twice came from
here.
"""

import json
import sqlite3
import threading
import unittest

import harness
import wire
from harness import CHAT, authorization, chat

WORDS = [f"answer number {n} of many" for n in range(500)]
LONERS = ["hg-e2e-loner-one-0123456789abcdef", "hg-e2e-loner-two-0123456789abcdef"]
SCRIPT = {
    "models": ["lab-plain", "lab-slow", "lab-unpriced", "lab-dated"],
    "keys": ["env:HEADGATE_E2E_LAB_KEY"],
    "prompt_cache": False,
    "rules": [
        {"match": {"user_contains": "fail once", "nth": 1},
         "fault": {"kind": "status", "status": 500}},
        {"match": {"user_contains": "break once", "nth": 1},
         "fault": {"kind": "cut", "after_tokens": 3}},
        {"match": {"user_contains": "slow head"}, "delay": {"first_token_ms": 1500}},
        {"match": {"model": "lab-slow"}, "delay": {"per_token_ms": 60}},
        {"match": {"user_contains": "much"}, "answer": "many words " * 2000},
        {"answer": {"text": WORDS}},
    ],
}


def parts(text):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def dialects(text):
    """(name, path, body, streamed)"""
    gemini = "/v1beta/models/lab-plain"
    said = chat("lab-plain", text, max_tokens=100)
    for stream in (False, True):
        yield "openai", CHAT, {**said, "stream": stream}, stream
        yield "anthropic", "/v1/messages", {**said, "stream": stream}, stream
        body = {"model": "lab-plain", "input": text, "stream": stream}
        yield "responses", "/v1/responses", body, stream
    yield "gemini", f"{gemini}:generateContent", parts(text), False
    yield "gemini", f"{gemini}:streamGenerateContent?alt=sse", parts(text), True


class Idempotency(harness.GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        script = cls.sandbox.folder / "lab.script.yaml"
        script.write_text(json.dumps(SCRIPT))
        cls.lab = cls.sandbox.lab(script)
        cls.settings = harness.base_config(cls.lab.address, cls.sandbox.folder)
        cls.settings["server"] = {"threads": 2}
        for i, secret in enumerate(LONERS):
            cls.sandbox.environment[f"HEADGATE_E2E_LONER_{i}"] = secret
            loner = {"id": f"loner-{i}", "secret": f"env:HEADGATE_E2E_LONER_{i}"}
            cls.settings["auth"]["keys"].append(loner)
        cls.settings["routes"] = {
            "off": {"models": ["lab-dated"], "idempotency": "off", "retry": {"attempts_max": 1}},
            **cls.settings["routes"],
        }
        cls.settings["storage"]["idempotency_bytes_max"] = 16 * 1024
        cls.gateway = cls.sandbox.gateway(cls.settings)

    def send(self, key, body, path=CHAT, headers=()):
        headers = authorization() + [("Idempotency-Key", key), *headers]
        return self.gateway.call("POST", path, body, headers)

    def made(self):
        return harness.lab_stats(self.lab)["requests"]

    def open(self, key, body):
        """A connection on which the call was sent."""
        connection = wire.Wire(self.gateway.address)
        self.addCleanup(connection.close)
        headers = authorization() + [("Idempotency-Key", key)]
        connection.send(wire.request_bytes("POST", CHAT, json.dumps(body).encode(), headers))
        return connection

    def assert_replay(self, first, again):
        self.assertEqual((first.status, again.status), (200, 200), (first.body, again.body))
        self.assertTrue(first.complete and again.complete)
        self.assertEqual(first.body, again.body)
        self.assertIsNone(first.header("idempotent-replayed"))
        self.assertEqual(again.header("idempotent-replayed"), "true")
        trace = first.header("x-headgate-trace-id")
        self.assertEqual(again.header("x-headgate-original-trace-id"), trace)
        self.assertNotEqual(again.header("x-headgate-trace-id"), trace)
        self.assertNotEqual(again.header("x-request-id"), first.header("x-request-id"))
        self.assertEqual(again.header("content-type"), first.header("content-type"))

    def test_an_answer_is_given_again_in_every_dialect(self):
        for name, path, body, streamed in dialects("say it twice"):
            with self.subTest(dialect=name, streamed=streamed):
                headers = [("anthropic-version", "2023-06-01")] if name == "anthropic" else []
                before = self.made()
                key = f"twice-{name}-{streamed}"
                first = self.send(key, body, path, headers)
                again = self.send(key, body, path, headers)
                self.assertEqual(self.made() - before, 1)
                self.assert_replay(first, again)
                self.assertIsNotNone(again.header("x-headgate-cost-usd"))
                if not streamed:
                    cost = first.header("x-headgate-cost-usd")
                    self.assertEqual(again.header("x-headgate-cost-usd"), cost)
                other = self.send(key + "-other", body, path, headers)
                self.assertNotEqual(other.body, first.body, "the lab must answer anew")

    def test_a_replay_has_a_trace_that_cost_nothing(self):
        first = self.send("traced", chat("lab-plain", "trace me"))
        again = self.send("traced", chat("lab-plain", "trace me"))
        self.assert_replay(first, again)
        spans = self.trace(again.header("x-headgate-trace-id"))["spans"]
        self.assertEqual([span["kind"] for span in spans], ["request"])
        self.assertEqual(spans[0]["attributes"], {"idempotent": "replay"})
        self.assertNotIn("cost_usd", {k for k, v in spans[0].items() if v})
        self.assertEqual(len(self.trace(first.header("x-headgate-trace-id"))["spans"]), 2)

    def test_twenty_at_once_are_one_call(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                before = self.made()
                replies = []
                body = chat("lab-slow", "all at once", stream=stream)
                threads = [
                    threading.Thread(
                        target=lambda: replies.append(self.send(f"crowd-{stream}", body))
                    )
                    for _ in range(20)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(self.made() - before, 1)
                self.assertEqual([reply.status for reply in replies], [200] * 20)
                self.assertTrue(all(reply.complete for reply in replies))
                self.assertEqual(len({reply.body for reply in replies}), 1)
                replayed = [r for r in replies if r.header("idempotent-replayed")]
                self.assertEqual(len(replayed), 19)

    def test_who_comes_in_the_middle_of_a_stream_gets_all_of_it(self):
        body = chat("lab-slow", "attach", stream=True)
        first = self.open("attach", body)
        first.read_head()
        chunks = first.chunks()
        seen = next(chunks)
        others = [self.open("attach", body) for _ in range(4)]  # on both loops, most likely
        heads = [other.read_head() for other in others]
        self.assertEqual({head.header("idempotent-replayed") for head in heads}, {"true"})
        whole = seen + b"".join(chunks)
        self.assertIn(b"[DONE]", whole)
        for other in others:
            self.assertEqual(b"".join(other.chunks()), whole)

    def test_the_call_goes_on_for_others_when_its_caller_leaves(self):
        gone = harness.lab_stats(self.lab)["client_disconnects"]
        body = chat("lab-slow", "leave", stream=True)
        first = self.open("leave", body)
        first.read_head()
        next(first.chunks())
        other = self.open("leave", body)
        other.read_head()
        first.reset()
        whole = b"".join(other.chunks())
        self.assertIn(b"[DONE]", whole)
        self.assertEqual(harness.lab_stats(self.lab)["client_disconnects"], gone)
        self.assertEqual(self.send("leave", body).body, whole)

    def test_one_who_only_listened_may_leave(self):
        body = chat("lab-slow", "listen", stream=True)
        first = self.open("listen", body)
        first.read_head()
        other = self.open("listen", body)
        other.read_head()
        other.reset()
        self.assertIn(b"[DONE]", b"".join(first.chunks()))

    def test_when_all_leave_the_call_is_cancelled_and_a_retry_runs_anew(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                before = self.made()
                gone = harness.lab_stats(self.lab)["client_disconnects"]
                body = chat("lab-slow", "slow head, all leave", stream=stream)
                callers = [self.open(f"all-leave-{stream}", body) for _ in range(2)]
                harness.wait_for("the call", lambda: self.made() == before + 1)
                for caller in callers:
                    caller.reset()
                harness.wait_for(
                    "the cancelled call",
                    lambda: harness.lab_stats(self.lab)["client_disconnects"] == gone + 1,
                )
                again = self.send(f"all-leave-{stream}", body)
                self.assertEqual(again.status, 200)
                self.assertIsNone(again.header("idempotent-replayed"))
                self.assertEqual(self.made(), before + 2)

    def test_another_request_under_the_key_is_refused(self):
        self.assertEqual(self.send("reused", chat("lab-plain", "one")).status, 200)
        refused = self.send("reused", chat("lab-plain", "two"))
        self.assert_error(refused, 422, "idempotency_key_reused", "invalid_request_error")
        self.assertEqual(refused.header("x-should-retry"), "false")
        running = self.open("reused-live", chat("lab-slow", "one", stream=True))
        running.read_head()
        self.assertEqual(self.send("reused-live", chat("lab-plain", "two")).status, 422)
        # Another endpoint is another scope.
        body = {**chat("lab-plain", "three"), "max_tokens": 9}
        self.assertEqual(self.send("reused", body, "/v1/messages").status, 200)

    def test_keys_without_a_tenant_share_nothing(self):
        body = chat("lab-plain", "alone")
        answers = []
        for key in LONERS:
            headers = authorization(key) + [("Idempotency-Key", "alone")]
            answers.append(self.gateway.call("POST", CHAT, body, headers))
            again = self.gateway.call("POST", CHAT, body, headers)
            self.assertEqual(again.body, answers[-1].body)
        self.assertEqual([each.status for each in answers], [200, 200])
        self.assertNotEqual(answers[0].body, answers[1].body)
        self.assertIsNone(answers[1].header("idempotent-replayed"))

    def test_keys_that_are_none(self):
        for key in ("", '""', "x" * 256, "a\tb"):
            with self.subTest(key=key[:10]):
                self.assert_error(self.send(key, chat("lab-plain", "x")), 400)
        twice = self.send("a", chat("lab-plain", "x"), headers=[("Idempotency-Key", "b")])
        self.assert_error(twice, 400)
        self.assertEqual(self.send("x" * 255, chat("lab-plain", "x")).status, 200)

    def test_failures_are_not_kept(self):
        for text in ("fail once", "break once"):
            for stream in (False, True):
                with self.subTest(text=text, stream=stream):
                    harness.lab_requests(self.lab)
                    self.lab.call("POST", "/lab/reset")
                    body = chat("lab-plain", text, stream=stream)
                    key = f"{text}-{stream}"
                    first = self.send(key, body)
                    failed = first.status != 200 or b"[DONE]" not in first.body
                    self.assertTrue(failed, first.body)
                    second = self.send(key, body)
                    self.assertEqual(second.status, 200)
                    self.assertIsNone(second.header("idempotent-replayed"))
                    self.assert_replay(second, self.send(key, body))

    def test_an_answer_that_is_too_large_is_given_once(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                body = chat("lab-plain", "much", stream=stream)
                first = self.send(f"large-{stream}", body)
                self.assertEqual(first.status, 200)
                self.assertTrue(first.complete)
                self.assertGreater(len(first.body), 16 * 1024)
                again = self.send(f"large-{stream}", body)
                self.assertIn("too large", self.assert_error(again, 409, "conflict")["message"])

    def test_a_route_may_not_obey(self):
        body = chat("lab-dated", "off")
        first = self.send("off", body)
        again = self.send("off", body)
        self.assertEqual(again.status, 200)
        self.assertNotEqual(first.body, again.body)

    def test_the_key_stays_here(self):
        self.send("not-for-providers", chat("lab-plain", "whose key"))
        self.assertNotIn("not-for-providers", json.dumps(harness.lab_requests(self.lab)[-1]))

    def test_kept_over_kill_and_for_its_time(self):
        body = chat("lab-plain", "remember")
        first = self.send("kept", body)
        self.gateway.kill()
        self.restart()
        self.assert_replay(first, self.send("kept", body))
        with sqlite3.connect(self.sandbox.folder / "store" / "idempotency.db", timeout=20) as store:
            aged = store.execute(
                "UPDATE answers SET created_us = created_us - 86400000000 WHERE key = 'kept'"
            )
            self.assertEqual(aged.rowcount, 1)
        anew = self.send("kept", body)
        self.assertIsNone(anew.header("idempotent-replayed"))
        self.assertNotEqual(anew.body, first.body)

    @classmethod
    def restart(cls):
        cls.gateway = cls.sandbox.gateway(cls.settings)


if __name__ == "__main__":
    unittest.main()
