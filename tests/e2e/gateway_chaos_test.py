"""Faults on purpose: rules of chaos make real calls fail; what follows is what always follows."""

import json
import time
import unittest

import harness
from gateway_admin_test import ADMIN_KEY, AdminCase
from harness import authorization, chat, wait_for

CHAOS = "/admin/v1/chaos"
COUNT = "one two three four five six seven eight nine ten"
SCRIPT = {
    "models": ["m-*", "m/*"],
    "keys": ["env:HEADGATE_E2E_LAB_KEY"],
    "prompt_cache": False,
    "delay": {"per_token_ms": 10},  # a stream comes in pieces
    "rules": [
        {"match": {"model": "m-goes-on", "last_role": "assistant"}, "answer": " and the rest"},
        {"answer": COUNT},
    ],
}


class ChaosCase(AdminCase):
    """Two providers, both the lab: one that rules are set for, one to fall back on."""

    enabled = True

    @classmethod
    def setUpClass(cls):
        cls.sandbox = harness.Sandbox()
        cls.addClassCleanup(cls.sandbox.close)
        cls.sandbox.environment["HEADGATE_E2E_ADMIN_KEY"] = ADMIN_KEY
        cls.sandbox.environment["HEADGATE_ADMIN_KEY"] = ADMIN_KEY  # where the commands look
        script = cls.sandbox.folder / "lab.script.yaml"
        script.write_text(json.dumps(SCRIPT))
        cls.lab = cls.sandbox.lab(script)
        cls.gateway = cls.sandbox.gateway(cls.config(cls.lab))

    @classmethod
    def config(cls, lab):
        config = super().config(lab)
        lab_provider = {**config["providers"]["lab"], "breaker": {"enabled": False},
                        "idle_timeout_ms": 500, "first_token_timeout_ms": 1500}
        del lab_provider["concurrency"]
        claude = {**lab_provider, "kind": "anthropic"}
        config["providers"] = {
            "primary": lab_provider, "backup": lab_provider, "claude": claude,
            "guarded": {**lab_provider, "breaker": {"consecutive": 2, "open_ms": 600_000,
                                                    "open_max_ms": 600_000}},
        }
        config["models"] = {
            "alone": {"provider": "primary", "upstream_model": "m-alone"},
            "backed": {"provider": "primary", "upstream_model": "m-backed"},
            "broken": {"provider": "primary", "upstream_model": "m-broken"},
            "guarded": {"provider": "guarded", "upstream_model": "m/guarded"},
            "claude": {"provider": "claude", "upstream_model": "m-claude"},
            "spare": {"provider": "backup", "upstream_model": "m-spare"},
            "goes-on": {"provider": "backup", "upstream_model": "m-goes-on", "continues": True},
        }
        once = {"retry": {"attempts_max": 1}}
        config["routes"] = {
            "backed": {**once, "models": ["backed"], "fallback": ["spare"]},
            "broken": {**once, "models": ["broken"], "fallback": ["goes-on"],
                       "on_break": "continue"},
            "all": once,
        }
        config["chaos"] = {"enabled": cls.enabled}
        return config

    def setUp(self):
        if self.enabled:
            self.assertEqual(self.admin("DELETE", CHAOS).status, 200)

    def rule(self, fault, match=None, **more):
        """Adds a rule, for the provider `primary` if nothing else is said."""
        body = {"fault": fault, "match": match or {"provider": "primary"}, **more}
        reply = self.admin("POST", CHAOS, body)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json()

    def rules(self):
        return self.admin("GET", CHAOS).json()["data"]

    def ask(self, model, headers=(), **more):
        return self.post(chat(model, "count", **more), headers)

    def asked_of_lab(self, model):
        return sum(1 for each in harness.lab_requests(self.lab)
                   if each["body"].get("model") == model)


class Chaos(ChaosCase):
    def test_a_fallback_is_used(self):
        before = self.asked_of_lab("m-backed")
        rule = self.rule({"status": 503, "retry_after_s": 1}, id="outage-1")
        reply = self.ask("backed")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.json()["choices"][0]["message"]["content"], COUNT)
        self.assertEqual(reply.header("x-headgate-model"), "spare")
        self.assertEqual(self.asked_of_lab("m-backed"), before)

        spans = self.trace(reply.header("x-headgate-trace-id"))["spans"]
        _, failed, answered = harness.without_decisions(spans)
        self.assertEqual((failed["provider"], answered["provider"]), ("primary", "backup"))
        self.assertEqual(failed["attributes"]["chaos"], "outage-1")
        self.assertEqual(failed["attributes"]["failure"], "overloaded")
        self.assertNotIn("chaos", answered.get("attributes", {}))
        self.assertFalse(failed.get("cost_picodollars"))
        count = self.metric("headgate_chaos_injected_total", fault="status", provider="primary")
        self.assertGreaterEqual(count, 1)
        self.assertEqual(self.metric("headgate_chaos_rules"), 1)
        self.assertEqual([(one["id"], one["hits"]) for one in self.rules()], [("outage-1", 1)])
        self.assertEqual(rule["hits"], 0)
        self.assertIn('"chaos_rule_set"', self.gateway.log())
        self.assertEqual(self.gateway.call("GET", "/readyz").status, 200)

        self.assertEqual(self.admin("DELETE", f"{CHAOS}/outage-1").json(),
                         {"id": "outage-1", "deleted": True})
        self.assertIsNone(self.ask("backed").header("x-headgate-model"))
        actions = [(entry["action"], entry["subject"]) for entry in self.audited("--action",
                                                                                 "chaos")]
        self.assertIn(("chaos.add", "outage-1"), actions)
        self.assertIn(("chaos.remove", "outage-1"), actions)

    def test_every_fault_of_a_whole_answer(self):
        for fault, status, code, least_s in (
            ({"status": 429, "retry_after_s": 7}, 429, None, 0),
            ({"status": 500}, 500, None, 0),
            ({"reset": True}, 502, "upstream_reset", 0),
            ({"delay_ms": 300}, 200, None, 0.3),
            ({"first_token_delay_ms": 300}, 200, None, 0.3),
            ({"cut_after_bytes": 0}, 502, "upstream_truncated", 0),
            ({"cut_after_bytes": 100}, 502, "upstream_truncated", 0),
            ({"stall_after_bytes": 100}, 504, "stream_idle_timeout", 0.5),
            ({"malformed_after_bytes": 0}, 502, "upstream_malformed", 0),
            ({"malformed_after_bytes": 100}, 502, "upstream_malformed", 0),
        ):
            with self.subTest(fault):
                rule = self.rule(fault)
                began = time.monotonic()
                reply = self.ask("alone")
                self.assertEqual(reply.status, status, reply.body)
                self.assertGreaterEqual(time.monotonic() - began, least_s)
                if status != 200:
                    self.assert_error(reply, status, code)
                if "retry_after_s" in fault:
                    self.assertEqual(reply.header("retry-after"), "7")
                    self.assertIn(rule["id"], reply.json()["error"]["message"])
                self.admin("DELETE", f"{CHAOS}/{rule['id']}")
        self.assertEqual(self.ask("alone").status, 200)

    def test_a_late_first_token_is_a_timeout(self):
        self.rule({"first_token_delay_ms": 10_000})
        began = time.monotonic()
        self.assert_error(self.ask("alone", stream=True), 504, "first_token_timeout")
        self.assertLess(time.monotonic() - began, 8)

    def test_a_status_is_said_in_the_dialect_of_the_provider(self):
        self.rule({"status": 529, "message": "Overloaded, as planned"}, {"provider": "claude"})
        body = {"model": "claude", "max_tokens": 50,
                "messages": [{"role": "user", "content": "count"}]}
        reply = self.gateway.call("POST", "/v1/messages", body, authorization())
        self.assertEqual(reply.status, 529)
        error = reply.json()["error"]
        self.assertEqual((error["type"], error["message"]),
                         ("overloaded_error", "Overloaded, as planned"))

    def test_a_cut_stream_ends_as_on_break_says(self):
        """With an error event, or gone on with by a model that can."""
        rule = self.rule({"cut_after_bytes": 900})
        events = self.ask("alone", stream=True).events()
        self.assertNotIn("[DONE]", events)
        self.assertEqual(json.loads(events[-1])["error"]["code"], "upstream_truncated")
        text = "".join(json.loads(event)["choices"][0]["delta"].get("content") or ""
                       for event in events[:-1])
        self.assertTrue(text and COUNT.startswith(text) and text != COUNT, text)

        reply = self.ask("broken", stream=True)
        events = reply.events()
        self.assertEqual(events[-1], "[DONE]")
        whole = "".join(choice["delta"].get("content") or ""
                        for event in events[:-1] for choice in json.loads(event)["choices"])
        self.assertTrue(COUNT.startswith(whole.removesuffix(" and the rest")), whole)
        self.assertTrue(whole.endswith(" and the rest"), whole)
        spans = self.trace(reply.header("x-headgate-trace-id"))["spans"]
        _, failed, answered = harness.without_decisions(spans)
        self.assertEqual(failed["attributes"]["chaos"], rule["id"])
        self.assertEqual(answered["attributes"]["why"], "continue")

    def test_a_stalled_stream_and_nonsense_in_one(self):
        for fault, code in (({"stall_after_bytes": 900}, "stream_idle_timeout"),
                            ({"malformed_after_bytes": 900}, "upstream_malformed")):
            rule = self.rule(fault)
            events = self.ask("alone", stream=True).events()
            self.assertEqual(json.loads(events[-1])["error"]["code"], code)
            self.admin("DELETE", f"{CHAOS}/{rule['id']}")

    def test_breakers_see_it(self):
        self.rule({"status": 500}, {"model": "guarded"})
        self.ask("guarded")
        self.ask("guarded")
        self.assertEqual(self.breaker("m/guarded", "guarded")["state"], "open")
        self.assert_error(self.ask("guarded"), 503, "overloaded")
        self.assertEqual(self.gateway.call("GET", "/readyz").status, 200)

    def test_a_share_is_by_request(self):
        self.rule({"reset": True}, percent=50, id="half")

        def fails(number):
            return self.ask("alone", [("x-request-id", f"req-{number}")]).status == 502

        first = [fails(number) for number in range(40)]
        self.assertIn(True, first)
        self.assertIn(False, first)
        self.assertEqual([fails(number) for number in range(40)], first)

    def test_rules_are_for_who_they_name(self):
        self.rule({"reset": True}, {"provider": "primary", "user": "ute", "key": "e2e",
                                    "tenant": "acme", "session": "s1", "route": "all"})
        self.assertEqual(self.ask("alone").status, 200)
        self.assertEqual(self.ask("alone", [("x-session-id", "s2")]).status, 200)
        self.assertEqual(self.ask("alone", [("x-session-id", "s1")]).status, 502)
        self.assertEqual(self.post(chat("alone", "count"), [("x-session-id", "s1")],
                                   key=ADMIN_KEY).status, 200)

    def test_rules_end_by_themselves(self):
        self.rule({"reset": True}, id="twice", max_hits=2)
        self.assertEqual([self.ask("alone").status for _ in range(3)], [502, 502, 200])
        self.rule({"reset": True}, id="short", for_s=1)
        wait_for("the rule's end", lambda: not self.rules(), 5)
        self.assertEqual(self.ask("alone").status, 200)
        wait_for("said so", lambda: self.gateway.log().count('"chaos_rule_ended"') >= 2, 5)

    def test_rules_are_read_strictly(self):
        for body, param, words in (
            ({}, "fault", "required"),
            ({"fault": {"status": 503, "reset": True}}, "fault", "exactly one"),
            ({"fault": {"reset": True}, "match": {"provider": "primry"}}, "match.provider",
             'did you mean "primary"?'),
            ({"fault": {"reset": True}, "match": {"model": "m-alone"}}, "match.model",
             "there is no model"),
            ({"fault": {"reset": True}, "match": {"route": "alle"}}, "match.route",
             'did you mean "all"?'),
            ({"fault": {"reset": True}, "for_s": 90_000}, "for_s", "1 to 86400"),
            ({"fault": {"reset": True}, "percnt": 5}, "percnt", 'did you mean "percent"?'),
        ):
            error = self.assert_error(self.admin("POST", CHAOS, body), 400)
            self.assertIn(words, error["message"])
            self.assertEqual(error["param"], param)
        self.rule({"reset": True}, id="one")
        again = self.admin("POST", CHAOS, {"fault": {"reset": True}, "id": "one"})
        self.assert_error(again, 409)
        self.assert_error(self.admin("DELETE", f"{CHAOS}/other"), 404)
        self.assert_error(self.gateway.call("POST", CHAOS, {}, authorization()), 403)
        self.assertEqual(self.admin("DELETE", CHAOS).json(), {"deleted": 1})


class Commands(ChaosCase):
    def run_command(self, *arguments, code=0):
        done = self.sandbox.command(*arguments, "--url", f"http://{self.gateway.address}")
        self.assertEqual(done[0], code, done)
        return done[1] if code == 0 else done[2]

    def test_chaos(self):
        out = self.run_command("chaos", "add", "--id", "slow", "--provider", "primary",
                               "--tenant", "acme", "--status", "503", "--retry-after-s", "2",
                               "--percent", "25", "--by-attempt", "--for-s", "60",
                               "--max-hits", "5")
        self.assertRegex(out, r"^rule slow holds until \d{4}-")
        (rule,) = self.rules()
        self.assertEqual(rule["fault"], {"status": 503, "retry_after_s": 2})
        self.assertEqual((rule["percent"], rule["draw"], rule["max_hits"]), (25, "attempt", 5))
        self.run_command("chaos", "add", "--id", "cut", "--cut-after-bytes", "10")
        header, *lines = self.run_command("chaos", "ls").splitlines()
        self.assertEqual(header.split(), ["ID", "FAULT", "MATCH", "PERCENT", "HITS", "UNTIL"])
        self.assertIn("status=503 retry_after_s=2  provider=primary tenant=acme  25", lines[0])
        self.assertEqual(lines[1].index("cut_after_bytes=10"), header.index("FAULT"))
        self.assertEqual(lines[1].index("all"), header.index("MATCH"))
        listed = json.loads(self.run_command("chaos", "ls", "--json"))
        self.assertEqual(len(listed["data"]), 2)
        self.assertIn("slow is gone", self.run_command("chaos", "rm", "slow"))
        self.assertIn("1 rules are gone", self.run_command("chaos", "clear"))
        self.assertEqual(self.rules(), [])

    def test_breakers(self):
        header, *lines = self.run_command("breaker", "ls").splitlines()
        guarded = next(line for line in lines if "m/guarded" in line)
        self.assertEqual(guarded.index("closed"), header.index("STATE"))
        self.run_command("breaker", "open", "guarded", "m/guarded")
        self.assert_error(self.ask("guarded"), 503)
        self.assertIn("open (forced)", self.run_command("breaker", "ls"))
        shown = json.loads(self.run_command("breaker", "auto", "guarded", "m/guarded", "--json"))
        self.assertFalse(shown["forced"])
        self.assertEqual(self.ask("guarded").status, 200)

    def test_what_goes_wrong_is_said(self):
        err = self.run_command("chaos", "add", "--provider", "primry", "--reset", code=1)
        self.assertIn('400: match.provider: there is no provider "primry"; did you mean', err)
        err = self.run_command("breaker", "close", "guarded", "nothing", code=1)
        self.assertIn("404: There is no breaker", err)
        err = self.run_command("chaos", "ls", "--key", ADMIN_KEY, code=1)
        self.assertIn("by reference", err)
        self.assertNotIn(ADMIN_KEY, err)
        err = self.run_command("chaos", "ls", "--key", "env:HEADGATE_E2E_CLIENT_KEY", code=1)
        self.assertIn("403: ", err)
        code, _, err = self.sandbox.command("chaos", "ls", "--url", "http://127.0.0.1:1")
        self.assertEqual(code, 1)
        self.assertIn("cannot connect", err)


class Switch(ChaosCase):
    """Off unless it is enabled, and off at once when a reload says so."""

    def test_a_reload_ends_all_rules(self):
        self.rule({"reset": True}, id="a")
        self.rule({"status": 500}, id="b")
        self.assertEqual(self.ask("alone").status, 502)
        self.reload(lambda config: config["chaos"].update(enabled=False))
        self.assertEqual(self.ask("alone").status, 200)
        listed = self.admin("GET", CHAOS).json()
        self.assertEqual((listed["enabled"], listed["data"]), (False, []))
        error = self.assert_error(self.admin("POST", CHAOS, {"fault": {"reset": True}}), 403)
        self.assertIn("chaos.enabled", error["message"])
        self.assertIn('"chaos_ended"', self.gateway.log())
        wait_for("its entry", lambda: self.audited("--action", "chaos.disable"))
        self.assertEqual(self.audited("--action", "chaos.disable")[0]["detail"],
                         {"rules": 2, "by": "reload"})
        # A reload that is refused changes nothing of it.
        self.reload(lambda config: config["chaos"].update(enabled=True))
        self.rule({"reset": True}, id="c")
        before = self.gateway.log().count('"reload_refused"')
        config = json.loads(self.gateway.config_path.read_text())
        config["chaos"]["enabled"] = False
        config["cost"]["price_book"] = "nowhere.yaml"
        self.sandbox.write_config(config)
        self.gateway.signal(harness.signal.SIGHUP)
        wait_for("refusal", lambda: self.gateway.log().count('"reload_refused"') > before)
        self.assertEqual(self.ask("alone").status, 502)
        # A restart ends them too.
        self.gateway.kill()
        self.__class__.gateway = self.sandbox.gateway(self.config(self.lab))
        self.assertEqual(self.ask("alone").status, 200)


class Off(ChaosCase):
    enabled = False

    def test_it_is_off(self):
        error = self.assert_error(self.admin("POST", CHAOS, {"fault": {"reset": True}}), 403)
        self.assertIn("chaos.enabled", error["message"])
        self.assertEqual(self.audited(), [])


if __name__ == "__main__":
    unittest.main()
