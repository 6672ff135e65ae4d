"""A call that is slow to begin is asked a second time: who answers, who is cut off, who is paid."""

import concurrent.futures
import json
import pathlib
import re
import time
import unittest

import harness
from harness import GatewayCase, chat, lab_requests, lab_stats, wait_for

HERE = pathlib.Path(__file__).parent
FAST = "fast one two three"
SLOW = "slow one two three"
SOON_S = 3  # well below what the slow one takes


class Hedging(GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.slow = cls.lab = cls.sandbox.lab(HERE / "hedging_slow.yaml", "slow")
        cls.fast = cls.sandbox.lab(HERE / "hedging_fast.yaml", "fast")
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    # model → (the model its hedges go to, what its route says)
    ROUTES = {
        "slow": ("f-fast", {}),
        "half": ("f-slow", {}),
        "once": (None, {"targets": "same", "after_ms": 1000}),
        "rare": ("f-fast", {"spend_percent_max": 25}),
        "broken": ("f-broken", {}),
        "refuses": ("f-refuses", {}),
        "late-500": ("f-fast", {}),
        "both-fail": ("f-refuses", {}),
        "held": ("f-held", {}),
        "left": ("f-held", {}),
        "usual": ("f-fast", {"after_ms": None, "after_percentile": 90}),
    }

    @classmethod
    def config(cls, lab):
        config = super().config(lab)

        def provider(address, **more):
            return {"kind": "openai", "base_url": f"http://{address}/v1",
                    "api_key": "env:HEADGATE_E2E_LAB_KEY",
                    "breaker": {"consecutive": 1, "open_ms": 60000}, **more}

        config["providers"] = {
            "slow": provider(cls.slow.address),
            "fast": provider(cls.fast.address),
            "narrow": provider(cls.fast.address, concurrency={"max": 1, "queue_max": 10}),
        }
        upstream = {"rare": "s-slow", "broken": "s-half", "refuses": "s-half",
                    "both-fail": "s-late-500", "left": "s-slow"}
        config["models"] = {
            name: {"provider": "slow", "upstream_model": upstream.get(name, f"s-{name}")}
            for name in cls.ROUTES}
        for name in ("f-fast", "f-slow", "f-broken", "f-refuses"):
            config["models"][name] = {"provider": "fast"}
        config["models"]["f-held"] = {"provider": "narrow", "upstream_model": "f-slow"}
        config["routes"] = {}
        for name, (backup, rules) in cls.ROUTES.items():
            hedge = {"after_ms": 150, "spend_percent_max": 100, **rules}
            config["routes"][name] = {
                "models": [name], "fallback": [backup] if backup else [],
                "retry": {"attempts_max": 1},
                "hedge": {key: value for key, value in hedge.items() if value is not None}}
        return config

    def ask(self, model, text="count", stream=True):
        """(reply, its text, seconds)."""
        began = time.monotonic()
        reply = self.post(chat(model, text, stream=stream))
        took = time.monotonic() - began
        if reply.status != 200:
            return reply, "", took
        if not stream:
            return reply, reply.json()["choices"][0]["message"]["content"], took
        events = reply.events()
        self.assertEqual(events[-1], "[DONE]")
        chunks = [json.loads(event) for event in events[:-1]]
        deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
        return reply, "".join(delta.get("content") or "" for delta in deltas), took

    def hedges(self, route):
        """Outcome → count."""
        text = self.gateway.call("GET", "/metrics").body.decode()
        found = re.findall(r"headgate_hedges_total\{(.*)\} (\d+)", text)
        labels = [(dict(re.findall(r'(\w+)="([^"]*)"', each)), int(n)) for each, n in found]
        return {each["outcome"]: n for each, n in labels if each["route"] == route}

    def spans(self, reply):
        spans = self.trace(reply.header("x-headgate-trace-id"))["spans"]
        request, *attempts = harness.without_decisions(spans)
        return request, attempts

    def check_won(self, reply, attempts, request):
        first, second = attempts
        self.assertEqual(request["attributes"]["hedge"], "won")
        self.assertEqual(request["provider"], "fast")
        self.assertEqual(request["status"], "ok")
        self.assertTrue(request["unpriced"], "the loser may be paid for")
        self.assertEqual(first["attributes"]["hedge"], "lost")
        self.assertEqual((first["status"], first["unpriced"]), ("error", True))
        self.assertNotIn("why", first["attributes"])
        self.assertEqual(second["attributes"], {"why": "hedge", "hedge": "won"})
        self.assertEqual(reply.header("x-headgate-model"), "f-fast")
        self.assertEqual(reply.header("x-headgate-attempts"), "2")

    def test_the_faster_one_answers_and_the_other_is_cut_off(self):
        for stream in (True, False):
            with self.subTest(stream=stream):
                before = lab_stats(self.slow)["client_disconnects"]
                reply, text, took = self.ask("slow", stream=stream)
                self.assertEqual(text, FAST)
                self.assertLess(took, SOON_S)
                wait_for("the loser's connection closed",
                         lambda: lab_stats(self.slow)["client_disconnects"] > before, 2)
                request, attempts = self.spans(reply)
                self.check_won(reply, attempts, request)
                if not stream:
                    self.assertEqual(reply.header("x-headgate-cost-usd"), "unpriced")
        self.assertEqual(self.hedges("slow"), {"won": 2})

    def test_a_hedge_that_is_slower_is_cut_off(self):
        before = lab_stats(self.fast)["client_disconnects"]
        reply, text, _ = self.ask("half")
        self.assertEqual(text, SLOW)
        wait_for("the hedge's connection closed",
                 lambda: lab_stats(self.fast)["client_disconnects"] > before, 2)
        request, (first, second) = self.spans(reply)
        self.assertEqual(request["attributes"]["hedge"], "lost")
        self.assertEqual(request["provider"], "slow")
        self.assertIsNone(reply.header("x-headgate-model"))
        self.assertEqual(first["attributes"], {"hedge": "won"})
        self.assertEqual(second["attributes"], {"why": "hedge", "hedge": "lost"})
        self.assertTrue(second["unpriced"])
        self.assertEqual(self.hedges("half"), {"lost": 1})

    def test_the_same_model_where_the_route_says_so(self):
        reply, text, took = self.ask("once")
        self.assertEqual(text, SLOW)
        self.assertLess(took, SOON_S)
        self.assertIsNone(reply.header("x-headgate-model"))
        _, attempts = self.spans(reply)
        self.assertEqual([each["provider"] for each in attempts], ["slow", "slow"])
        reply, _, _ = self.ask("once")
        self.assertIsNone(reply.header("x-headgate-attempts"), "quick enough: asked once")

    def test_no_more_than_its_share_of_calls(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            texts = list(pool.map(lambda _: self.ask("rare")[1], range(8)))
        self.assertEqual(texts.count(FAST), 2, texts)
        self.assertEqual(self.hedges("rare"), {"won": 2, "over_budget": 6})

    def test_what_a_hedge_fails_of_is_not_the_callers(self):
        reply, text, _ = self.ask("broken")
        self.assertEqual((reply.status, text), (200, SLOW))
        request, (first, second) = self.spans(reply)
        self.assertEqual(request["attributes"]["hedge"], "failed")
        self.assertEqual(second["attributes"], {"why": "hedge", "failure": "overloaded"})
        self.assertFalse(request["unpriced"] and second["unpriced"], "a 503 costs nothing")
        self.assertEqual(first["status"], "ok")
        _, text, _ = self.ask("broken")
        self.assertEqual(text, SLOW)
        self.assertEqual(self.hedges("broken"), {"failed": 1, "breaker": 1},
                         "but its breaker has opened")
        reply, text, _ = self.ask("refuses")
        self.assertEqual((reply.status, text), (200, SLOW))

    def test_a_first_attempt_that_fails_leaves_it_to_the_hedge(self):
        reply, text, _ = self.ask("late-500")
        self.assertEqual((reply.status, text), (200, FAST))
        # The hedge is quick: it has answered before the first one fails.
        wait_for("it is counted", lambda: self.hedges("late-500") == {"won": 1})

    def test_when_both_fail_the_caller_hears_of_the_first(self):
        reply, _, _ = self.ask("both-fail")
        self.assertEqual(reply.status, 500)
        _, attempts = self.spans(reply)
        self.assertEqual(len(attempts), 2)

    def test_a_full_provider_is_not_waited_for(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            held = pool.submit(self.post, chat("f-held", "count"))
            wait_for("the place taken", lambda: any(
                each["body"].get("model") == "f-slow" for each in lab_requests(self.fast)), 5)
            reply, text, _ = self.ask("held")
            self.assertEqual(text, SLOW)
            self.assertIsNone(reply.header("x-headgate-attempts"))
            self.assertEqual(self.hedges("held"), {"no_place": 1})
            self.assertEqual(held.result().status, 200)

    def test_after_a_percentile_of_what_is_usual(self):
        reply, _, _ = self.ask("usual", "be slow")
        self.assertIsNone(reply.header("x-headgate-attempts"), "too little is known")
        self.assertEqual(self.hedges("usual"), {})
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: self.ask("usual"), range(30)))
        _, text, took = self.ask("usual", "be slow")
        self.assertEqual(text, FAST)
        self.assertLess(took, SOON_S)

    def test_a_caller_who_leaves_ends_both(self):
        labs = (self.slow, self.fast)
        before = [lab_stats(lab) for lab in labs]

        def more(counter):
            return all(lab_stats(lab)[counter] > had[counter] for lab, had in zip(labs, before))

        body = json.dumps(chat("left", "count", stream=True)).encode()
        request = harness.wire.request_bytes("POST", harness.CHAT, body, harness.authorization())
        with harness.wire.Wire(self.gateway.address) as leaver:
            leaver.send(request)
            wait_for("both asked", lambda: more("requests"), 5)
        wait_for("both closed", lambda: more("client_disconnects"), 5)
        wait_for("counted", lambda: self.hedges("left") == {"cancelled": 1}, 5)


if __name__ == "__main__":
    unittest.main()
