"""Reads from a provider's prompt cache, expected against actual: metrics, traces, the alarm.

The lab keeps a prompt cache like Anthropic's: what is marked is written, and read by calls that
begin alike.
"""

import json
import unittest

import harness
from harness import GatewayCase, authorization, wait_for

CALLS = 5  # the alarm's window
MESSAGES = "/v1/messages"
SYSTEM = "Answer in one sentence and do not guess. " * 300


class PromptCache(GatewayCase):
    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        config["providers"]["lab"]["kind"] = "anthropic"
        config["routes"]["all"]["prompt_caching"] = "mark"
        config["telemetry"] = {"prompt_cache_alarm_calls": CALLS}
        return config

    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        script = cls.sandbox.folder / "lab.yaml"
        cut = {"kind": "cut", "after_tokens": 2, "how": "reset"}
        rules = [
            {"match": {"user_contains": "break off"}, "answer": "This will be cut.", "fault": cut},
            {"answer": "Yes."},
        ]
        keys = ["env:HEADGATE_E2E_LAB_KEY"]
        script.write_text(json.dumps({"models": ["lab-plain"], "keys": keys, "rules": rules}))
        cls.lab = cls.sandbox.lab(script)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    def setUp(self):
        self.turns = []

    def ask(self, system):
        """The next call of a conversation; its trace id."""
        self.turns.append({"role": "user", "content": f"Is {len(self.turns)} even?"})
        body = {
            "model": "lab-plain",
            "max_tokens": 100,
            "system": system,
            "messages": self.turns,
        }
        headers = authorization() + [("anthropic-version", "2023-06-01")]
        reply = self.gateway.call("POST", MESSAGES, body, headers)
        self.assertEqual(reply.status, 200, reply.body[:300])
        self.turns.append({"role": "assistant", "content": "Yes."})
        return reply.header("x-headgate-trace-id")

    def attempt(self, trace_id):
        spans = self.trace(trace_id)["spans"]
        return next(each for each in spans if each["kind"] == "attempt")

    def metric(self, name, more=""):
        """Its value for the model; None while there is none."""
        start = f'headgate_prompt_cache_{name}{{model="lab-plain",provider="lab"{more}}} '
        lines = self.gateway.call("GET", "/metrics").body.decode().splitlines()
        values = [float(line[len(start) :]) for line in lines if line.startswith(start)]
        return values[0] if values else None

    def test_a_broken_stream_is_not_priced_by_its_beginning(self):
        body = {"model": "lab-plain", "max_tokens": 100, "stream": True,
                "messages": [{"role": "user", "content": "break off"}]}
        headers = authorization() + [("anthropic-version", "2023-06-01")]
        reply = self.gateway.call("POST", MESSAGES, body, headers)
        self.assertIn(b"event: error", reply.body)
        attempt = self.attempt(reply.header("x-headgate-trace-id"))
        self.assertGreater(attempt["usage"]["input"], 0)
        self.assertTrue(attempt["unpriced"])
        self.assertNotIn("cost_picodollars", attempt)

    def test_a_changing_system_prompt_is_noticed(self):
        first = self.ask(SYSTEM)
        last = [self.ask(SYSTEM) for _ in range(CALLS)][-1]
        self.assertNotIn("attributes", self.attempt(first))
        attempt = self.attempt(last)
        self.assertEqual(list(attempt["attributes"]), ["cache_expected"])
        expected = int(attempt["attributes"]["cache_expected"])
        self.assertEqual(attempt["usage"]["cached"], expected)
        self.assertEqual(self.metric("expected_tokens_total"), self.metric("read_tokens_total"))
        wait_for("no alarm", lambda: self.metric("alarm") == 0)

        last = [self.ask(f"It is {i} o'clock. {SYSTEM}") for i in range(CALLS)][-1]
        self.assertEqual(self.attempt(last)["attributes"]["cache_miss"], "prefix_changed")
        self.assertEqual(self.metric("misses_total", ',reason="prefix_changed"'), CALLS)
        wait_for("alarm", lambda: self.metric("alarm") == 1)
        self.gateway.wait_for_log("prompt_cache_alarm")
        told = [line for line in self.gateway.log().splitlines() if "prompt_cache_alarm" in line]
        self.assertEqual(len(told), 1)
        self.assertEqual(json.loads(told[0])["reason"], "prefix_changed")

        for _ in range(CALLS):
            self.ask(f"It is {CALLS - 1} o'clock. {SYSTEM}")
        wait_for("the end of the alarm", lambda: self.metric("alarm") == 0)
        self.gateway.wait_for_log("prompt_cache_alarm_over")


if __name__ == "__main__":
    unittest.main()
