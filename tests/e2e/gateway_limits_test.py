"""How many calls there may be at a time: who waits, who is refused, and what callers see of it."""

import concurrent.futures
import json
import re
import time
import unittest

import harness
import wire
from harness import CHAT, GatewayCase, authorization, chat, wait_for

OTHER_KEY = "hg-e2e-other-0123456789abcdefghij"
LAB_SCRIPT = harness.ROOT / "tests/e2e/limits_lab.yaml"


class Limits(GatewayCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.sandbox.environment["HEADGATE_E2E_OTHER_KEY"] = OTHER_KEY
        cls.lab = cls.sandbox.lab(LAB_SCRIPT)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        lab_provider = config["providers"]["lab"]
        limits = {
            "two": {"max": 2, "queue_max": 50},
            "one": {"max": 1, "queue_max": 1},
            "fair": {"max": 1, "queue_max": 50},
            "shed": {"max": 1, "queue_max": 50},
            "full": {"max": 1, "queue_max": 0},
            "learns": {"max": 10, "queue_max": 50, "adaptive": True},
            "free": {},
        }
        config["providers"] = {
            name: {**lab_provider, "concurrency": limit} for name, limit in limits.items()
        }
        config["models"] = {
            name: {"provider": name, "upstream_model": "half-second"} for name in limits
        }
        config["models"]["long"] = {"provider": "one", "upstream_model": "two-seconds"}
        config["models"]["spare"] = {"provider": "free", "upstream_model": "quick"}
        for name in ("routed", "keyed"):
            config["models"][name] = {"provider": "free", "upstream_model": "half-second"}
        once = {"retry": {"attempts_max": 1}}
        config["routes"] = {
            "routed": {**once, "models": ["routed"], "concurrency": {"max": 1}},
            "keyed": {
                **once, "models": ["keyed"],
                "concurrency": {"per_tenant_max": 2, "per_workflow_max": 1},
            },
            "full": {**once, "models": ["full"], "fallback": ["spare"]},
            "all": once,
        }
        config["auth"]["keys"].append(
            {"id": "other", "secret": "env:HEADGATE_E2E_OTHER_KEY", "tenant": "modest"}
        )
        return config

    def setUp(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(40)
        self.addCleanup(self.pool.shutdown)

    def ask(self, model, headers=(), key=harness.CLIENT_KEY, text="Hello."):
        began = time.monotonic()
        reply = self.post(chat(model, text), headers, key)
        return reply, time.monotonic() - began

    def start(self, *arguments, **more):
        return self.pool.submit(self.ask, *arguments, **more)

    def gauge(self, what, name, scope="provider"):
        text = self.gateway.call("GET", "/metrics").body.decode()
        for line in text.splitlines():
            labels = re.match(r"headgate_concurrency_%s\{(.*)\} (.*)" % what, line)
            if labels and f'name="{name}"' in line and f'scope="{scope}"' in line:
                return float(labels.group(2))
        raise AssertionError(f"no {what} of {scope} {name}")

    def until(self, what, name, value, scope="provider"):
        wait_for(f"{what} {name} {value}", lambda: self.gauge(what, name, scope) == value)

    def test_no_more_than_max_at_a_time(self):
        began = time.monotonic()
        replies = [each.result()[0] for each in [self.start("two") for _ in range(6)]]
        took = time.monotonic() - began
        self.assertEqual([reply.status for reply in replies], [200] * 6)
        self.assertGreaterEqual(took, 1.4, "six calls of 0.5 s, two at a time")
        self.assertEqual(self.gauge("in_use", "two"), 0)
        self.assertEqual(self.gauge("limit", "two"), 2)
        queued = [
            span["attributes"].get("queued_ms")
            for span in (self.trace(r.header("x-headgate-trace-id"))["spans"][0] for r in replies)
            if span.get("attributes")
        ]
        self.assertEqual(len(queued), 4, "four of them waited")
        self.assertGreaterEqual(max(int(value) for value in queued), 700)

    def test_a_full_queue_refuses_and_one_who_leaves_it_makes_room(self):
        held = self.start("long")
        self.until("in_use", "one", 1)
        body = chat("one", "Hello.")
        request = wire.request_bytes("POST", CHAT, json.dumps(body).encode(), authorization())
        with wire.Wire(self.gateway.address) as leaver:
            leaver.send(request)
            self.until("queued", "one", 1)
            refused, took = self.ask("one")
            self.assert_error(refused, 503)
            self.assertLess(took, 1, "refused at once")
            self.assertGreaterEqual(int(refused.header("retry-after")), 1)
            self.assertIsNone(refused.header("x-should-retry"), "the client may try again")
        self.until("queued", "one", 0)
        waits = self.start("one")
        self.until("queued", "one", 1)
        self.assertEqual(held.result()[0].status, 200)
        self.assertEqual(waits.result()[0].status, 200)

    def test_a_tenant_with_ten_times_the_load_does_not_starve_another(self):
        greedy = [self.start("fair") for _ in range(10)]
        self.until("queued", "fair", 9)
        reply, took = self.ask("fair", key=OTHER_KEY)
        self.assertEqual(reply.status, 200)
        self.assertLess(took, 2.5, "not behind nine calls of 0.5 s")
        self.assertEqual({each.result()[0].status for each in greedy}, {200})

    def test_a_wait_beyond_the_deadline_is_not_begun(self):
        self.assertEqual(self.ask("shed")[0].status, 200)  # so that it is known how long one takes
        calls = [self.start("shed") for _ in range(4)]
        self.until("queued", "shed", 3)
        refused, took = self.ask("shed", [("x-headgate-timeout-ms", "900")])
        self.assert_error(refused, 503)
        self.assertLess(took, 0.6)
        self.assertEqual({each.result()[0].status for each in calls}, {200})

    def test_another_provider_takes_what_the_first_has_no_room_for(self):
        held = self.start("full")
        self.until("in_use", "full", 1)
        reply, _ = self.ask("full")
        self.assertEqual(reply.status, 200)
        request = self.trace(reply.header("x-headgate-trace-id"))["spans"][0]
        self.assertEqual(request["provider"], "free")
        self.assertEqual(request["attributes"]["skipped"], "full/half-second (full)")
        self.assertEqual(held.result()[0].status, 200)

    def test_a_route_has_places_of_its_own(self):
        held = self.start("routed")
        self.until("in_use", "routed", 1, "route")
        self.assert_error(self.ask("routed")[0], 503)
        self.assertEqual(held.result()[0].status, 200)
        self.assertEqual(self.ask("routed")[0].status, 200)

    def test_a_tenant_and_a_workflow_have_their_share(self):
        flow = [("x-workflow-id", "nightly")]
        statuses = [each.result()[0].status for each in [self.start("keyed", flow)]]
        self.assertEqual(statuses, [200], "its place is free again after each call")
        calls = [self.start("keyed", flow) for _ in range(2)]
        self.assertEqual(sorted(each.result()[0].status for each in calls), [200, 429])
        calls = [self.start("keyed") for _ in range(3)]
        other = self.start("keyed", key=OTHER_KEY)
        self.assertEqual(sorted(each.result()[0].status for each in calls), [200, 200, 429])
        self.assertEqual(other.result()[0].status, 200, "another tenant has its own")

    def test_an_adaptive_limit_goes_down_with_429(self):
        before = self.gauge("limit", "learns")
        reply, _ = self.ask("learns", text="say 429")
        self.assertEqual(reply.status, 429)
        self.assertLess(self.gauge("limit", "learns"), before)


if __name__ == "__main__":
    unittest.main()
