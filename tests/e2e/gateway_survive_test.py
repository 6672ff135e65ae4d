"""Sixteen ways a provider can fail a streamed call, each with a fallback behind it: the caller gets
the whole right answer, or the provider's reason where nothing else would be right.

Each fault has a model of its own, so they run side by side; the slowest waits ten seconds.
"""

import concurrent.futures
import json
import pathlib
import re
import time
import unittest

import harness
from harness import GatewayCase, chat, lab_requests, wait_for

HERE = pathlib.Path(__file__).parent
WORDS = "one two three four five six seven eight nine ten eleven twelve"
FIRST_TOKEN_S = 10
IDLE_S = 5
OPEN_S = 1

# fault → (requests that the primary sees, whether the backup answers, seconds at least, at most)
FAULTS = {
    "m-429-once": (2, False, 1.0, 5),       # its Retry-After is kept
    "m-429-ever": (3, True, 0, 10),         # backed off, and not for ever
    "m-500-once": (2, False, 0, 5),         # the same target again
    "m-503-ever": (3, True, 0, 10),
    "m-reset": (3, True, 0, 10),
    "m-silent": (1, True, FIRST_TOKEN_S, 35),
    "m-slow-token": (1, True, FIRST_TOKEN_S, 15),
    "m-cut": (3, True, 0, 10),
    "m-stall": (1, True, IDLE_S, 15),
    "m-malformed": (3, True, 0, 10),
    "m-no-done": (1, False, 0, 2),          # its end counts, without [DONE]
}


class Survive(GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.primary = cls.sandbox.lab(HERE / "survive_primary.yaml", "primary")
        cls.backup = cls.sandbox.lab(HERE / "survive_backup.yaml", "backup")
        cls.lab = cls.primary
        cls.gateway = cls.sandbox.gateway(cls.config(cls.primary))

    @classmethod
    def config(cls, lab):
        config = super().config(lab)

        def provider(address):
            return {
                "kind": "openai",
                "base_url": f"http://{address}/v1",
                "api_key": "env:HEADGATE_E2E_LAB_KEY",
                "first_token_timeout_ms": FIRST_TOKEN_S * 1000,
                "idle_timeout_ms": IDLE_S * 1000,
                "retry_budget": {"min_per_s": 100},  # so many faults at once would spend it
                "breaker": {"consecutive": 5, "open_ms": OPEN_S * 1000,
                            "open_max_ms": OPEN_S * 1000, "ramp_ms": 0},
            }

        config["providers"] = {"primary": provider(cls.primary.address),
                               "backup": provider(cls.backup.address)}
        faults = [*FAULTS, "m-long", "m-filtered", "m-cut-late", "m-flapping", "m-billed"]
        config["models"] = {name: {"provider": "primary"} for name in faults}
        for name in ("b-plain", "b-large"):
            config["models"][name] = {"provider": "backup"}
        for name in ("b-no-prefill", "b-goes-on"):
            config["models"][name] = {"provider": "backup", "continues": True}
        retry = {"base_ms": 20, "cap_ms": 100, "budget": {"min_per_s": 100}}
        config["routes"] = {
            "continued": {"models": ["m-cut-late"], "fallback": ["b-no-prefill", "b-goes-on"],
                          "on_break": "continue", "retry": retry},
            "all": {"fallback": ["b-plain"], "larger_context": ["b-large"], "on_break": "buffer",
                    "retry": retry},
        }
        config["cost"] = {"price_book": str(cls.prices())}
        return config

    @classmethod
    def prices(cls):
        path = cls.sandbox.folder / "prices.yaml"
        book = {"currency": "USD", "models": [
            {"provider": provider, "model": model,
             "prices": [{"input": dollars, "output": dollars}]}
            for provider, model, dollars in (("primary", "m-billed", "100"),
                                             ("backup", "b-plain", "1"))]}
        path.write_text(json.dumps(book))
        return path

    def stream(self, model):
        """(reply, its text, its last finish reason, seconds)."""
        began = time.monotonic()
        body = chat(model, "count", stream=True, stream_options={"include_usage": True})
        reply = self.post(body, timeout_s=60)
        took = time.monotonic() - began
        if reply.status != 200:
            return reply, "", None, took
        events = reply.events()
        self.assertEqual(events[-1], "[DONE]", f"{model}: {events[-1]}")
        chunks = [json.loads(event) for event in events[:-1]]
        choices = [choice for chunk in chunks for choice in chunk["choices"]]
        text = "".join(choice["delta"].get("content") or "" for choice in choices)
        return reply, text, choices[-1]["finish_reason"], took

    def asked(self, lab, model):
        return [each for each in lab_requests(lab) if each["body"].get("model") == model]

    def check(self, model):
        requests, falls_back, least_s, most_s = FAULTS[model]
        reply, text, reason, took = self.stream(model)
        self.assertEqual((reply.status, text, reason), (200, WORDS, "stop"), model)
        # A kept-alive connection that is reset before a byte came is replaced, once an attempt.
        replaced = requests if model == "m-reset" else 0
        seen = len(self.asked(self.primary, model))
        self.assertGreaterEqual(seen, requests, model)
        self.assertLessEqual(seen, requests + replaced, model)
        self.assertEqual(reply.header("x-headgate-model") == "b-plain", falls_back, model)
        self.assertGreaterEqual(took, least_s, model)
        self.assertLess(took, most_s, model)

    def test_every_fault_ends_in_the_whole_answer(self):
        with concurrent.futures.ThreadPoolExecutor(len(FAULTS)) as pool:
            for model, done in [(model, pool.submit(self.check, model)) for model in FAULTS]:
                with self.subTest(model):
                    done.result()

    def test_a_prompt_too_long_goes_to_the_larger_model(self):
        reply, text, _, _ = self.stream("m-long")
        self.assertEqual((reply.status, text), (200, WORDS))
        self.assertEqual(len(self.asked(self.primary, "m-long")), 1)
        self.assertEqual(reply.header("x-headgate-model"), "b-large")

    def test_a_content_filter_is_passed_on(self):
        reply, _, _, _ = self.stream("m-filtered")
        self.assertEqual(reply.status, 400)
        self.assertEqual(reply.json()["error"]["code"], "content_filter")
        self.assertIn("content management policy", reply.json()["error"]["message"])
        self.assertEqual(len(self.asked(self.primary, "m-filtered")), 1)

    def test_a_cut_answer_is_gone_on_with_by_a_model_that_can(self):
        """The caller has five words; the first model in line refuses to go on from them."""
        reply, text, reason, _ = self.stream("m-cut-late")
        self.assertEqual((reply.status, text, reason), (200, WORDS, "stop"))
        self.assertEqual(len(self.asked(self.backup, "b-no-prefill")), 1)
        (went_on,) = self.asked(self.backup, "b-goes-on")
        last = went_on["body"]["messages"][-1]
        self.assertEqual((last["role"], last["content"]), ("assistant", "one two three four five"))

    def test_a_flapping_primary(self):
        """Served throughout; back on the primary soon after it recovers; probes are counted."""
        def served_by_primary():
            reply, text, _, _ = self.stream("m-flapping")
            self.assertEqual((reply.status, text), (200, WORDS))
            return reply.header("x-headgate-model") is None

        first = [served_by_primary() for _ in range(4)]
        self.assertNotIn(True, first)
        wait_for("back on the primary", served_by_primary, 10, 0.1)
        metrics = self.gateway.call("GET", "/metrics").body.decode()
        labels = r'\{model="m-flapping",provider="primary"\} '
        self.assertIn("headgate_breaker_state", metrics)
        openings = re.search("headgate_breaker_openings_total" + labels + r"(\d+)", metrics)
        probes = re.search("headgate_breaker_probes_total" + labels + r"(\d+)", metrics)
        self.assertGreaterEqual(int(openings.group(1)), 1)
        self.assertGreaterEqual(int(probes.group(1)), 1)

    def test_only_what_answered_is_billed(self):
        reply, text, _, _ = self.stream("m-billed")
        self.assertEqual((reply.status, text), (200, WORDS))
        usage = json.loads(reply.events()[-2])["usage"]
        spans = self.trace(reply.header("x-headgate-trace-id"))["spans"]
        request, *attempts, decision = spans
        self.assertEqual(decision["kind"], "decision")
        self.assertEqual(decision["parent_id"], request["span_id"])
        self.assertEqual(decision["attributes"], {
            "candidates": ["m-billed", "b-plain"], "chosen": "b-plain", "reason": "fallback",
            "rejected": {"m-billed": "failed: transient"}})
        self.assertEqual([span["provider"] for span in attempts], ["primary"] * 3 + ["backup"])
        self.assertEqual(request["model_served"], "b-plain")
        self.assertEqual(request["usage"]["output"], usage["completion_tokens"])
        tokens = usage["prompt_tokens"] + usage["completion_tokens"]
        self.assertEqual(request["cost_picodollars"], tokens * 1_000_000)
        for failed in attempts[:-1]:
            self.assertEqual(failed["status"], "error")
            self.assertFalse(failed.get("cost_picodollars"), failed)
            self.assertFalse(failed["unpriced"], failed)


if __name__ == "__main__":
    unittest.main()
