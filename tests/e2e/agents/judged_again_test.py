"""What was allowed is judged again before it is made, and no call of unknown outcome is hidden."""

import time
import unittest

from agents_case import (OPERATOR_KEY, AgentsCase, ApprovalsCase, get_run, harness, post, run)

FRAUD_KEY = "hg-e2e-fraud-0123456789abcdefghij"
FACTS = {"order": {"tool": "get_order", "arguments": {"order_id": "{order_id}"}}}


class Allowed(AgentsCase):
    """`deliver both` makes the model ship ORD-90 and ORD-91 in one answer."""

    def stack(self, name, rights=("refunds", "shipping"), **tool):
        config = self.config() | {"storage": {"path": str(self.sandbox.folder / name)}}
        config["tools"]["ship_order"].update(tool)
        config["auth"]["keys"][0]["scopes"] = list(rights)
        return config

    def test_a_fact_is_asked_again_for_the_second_of_two(self):
        rule = {"name": "delivered", "require": 'fact.order.status == "delivered"'}
        gateway = self.sandbox.gateway(
            self.stack("facts", authorise=[rule], facts=FACTS), "facts")
        before = len(self.service.seen("/orders/ORD-91/shipments"))
        self.service.control("/orders/ORD-90/shipments", "slow", seconds=1)
        body = run(gateway, "triage", "deliver both", background=True).json()
        harness.wait_for("the first", lambda: self.service.seen("/orders/ORD-90/shipments"))
        self.service.control("/orders/ORD-91", "answer", more={"status": "returned"}, times=9)
        self.addCleanup(self.service.control, "/orders/ORD-91", "answer", times=0)
        harness.wait_for("the end",
                         lambda: get_run(gateway, body["id"]).json()["status"] != "running")
        self.assertEqual(get_run(gateway, body["id"]).json()["status"], "finished")
        self.assertEqual(len(self.service.seen("/orders/ORD-91/shipments")), before)
        self.assertEqual(len(self.effects("shipments", "ORD-90")), 1)

    def test_rights_that_were_taken_away(self):
        shipping = {"scopes": ["shipping"]}
        gateway = self.sandbox.gateway(self.stack("rights", **shipping), "rights")
        before = len(self.service.seen("/orders/ORD-91/shipments"))
        self.service.control("/orders/ORD-90/shipments", "drop_after")
        body = run(gateway, "triage", "deliver both").json()
        self.assertEqual(body["status"], "needs_attention", body)
        self.sandbox.write_config(self.stack("rights", rights=["refunds"], **shipping), "rights")
        gateway.signal(harness.signal.SIGHUP)
        gateway.wait_for_log('"reloaded"')
        call = body["pending"][0]["call_id"]
        nameless = {"outcome": "happened", "result": {"id": "shipments-1"}}
        self.assertEqual(self.error(post(gateway, body["id"], "resume", nameless), 400)["param"],
                         "call_id")
        word = nameless | {"call_id": call}
        self.assertEqual(post(gateway, body["id"], "resume", word).status, 200)
        harness.wait_for("the end",
                         lambda: get_run(gateway, body["id"]).json()["status"] == "finished")
        self.assertEqual(len(self.service.seen("/orders/ORD-91/shipments")), before)


class Ends(AgentsCase):
    def test_a_key_that_is_gone_hides_no_call(self):
        store = {"storage": {"path": str(self.sandbox.folder / "gone")}}
        gateway = self.sandbox.gateway(self.config() | store, "gone")
        self.service.control("/orders/ORD-71/shipments", "kill_after", pid=gateway.pid)
        run(gateway, "triage", "ship ORD-71", background=True)
        self.assertEqual(gateway.wait(20), -harness.signal.SIGKILL)
        config = self.config() | store
        config["auth"]["keys"] = [k for k in config["auth"]["keys"] if k["id"] != "e2e"]
        self.assertLess(len(config["auth"]["keys"]), len(self.config()["auth"]["keys"]))
        gateway = self.sandbox.gateway(config, "gone")

        def listed():
            reply = gateway.call("GET", "/v1/runs?status=needs_attention", b"",
                                 harness.authorization(OPERATOR_KEY))
            return reply.json()["data"]

        (body,) = harness.wait_for("a run that needs attention", listed)
        shown = get_run(gateway, body["id"], OPERATOR_KEY).json()
        self.assertEqual(shown["pending"][0]["tool"], "ship_order")
        self.assertIn("about to end", shown["status_detail"])
        word = {"call_id": shown["pending"][0]["call_id"], "outcome": "happened",
                "result": {"id": "shipments-1"}}
        self.assertEqual(post(gateway, body["id"], "resume", word).status, 200)
        harness.wait_for("the end", lambda: get_run(gateway, body["id"], OPERATOR_KEY).json()
                         ["status"] == "failed")
        self.assertEqual(len(self.effects("shipments", "ORD-71")), 1)

    def test_a_fork_has_its_own_time(self):
        first = self.run_ok("little-time", "hello")
        begun = time.monotonic()
        harness.wait_for("more than its second", lambda: time.monotonic() - begun > 1.2)
        reply = post(self.gateway, first["id"], "fork", {"from_step": 1}, key=harness.CLIENT_KEY)
        self.assertEqual(reply.status, 202, reply.body)
        forked = self.settled(reply.json()["id"])
        self.assertEqual((forked["status"], forked["output"]), ("finished", first["output"]))


class OtherPolicy(ApprovalsCase):
    """Approved by the people of one policy, when another one has come to apply."""

    @classmethod
    def config(cls):
        config = super().config()
        config["tools"]["cancel_order"]["facts"] = FACTS
        cls.sandbox.environment["HEADGATE_E2E_FRAUD_KEY"] = FRAUD_KEY
        people = {"not_requester": False}
        config["approvals"] = {
            "fraud": {"when": 'tool.name == "cancel_order" and fact.order.status == "flagged"',
                      "approvers": people | {"scopes": ["fraud"]}},
            "normal": {"when": 'tool.name == "cancel_order"',
                       "approvers": people | {"scopes": ["operator"]}},
        }
        config["auth"]["keys"].append({"id": "fraud", "secret": "env:HEADGATE_E2E_FRAUD_KEY",
                                       "user": "frida", "tenant": "acme",
                                       "scopes": ["operator", "fraud"]})
        return config

    def test_asks_the_people_of_the_other(self):
        run_id, call = self.waiting("ORD-41")
        self.service.control("/orders/ORD-41", "answer", more={"status": "flagged"}, times=99)
        self.assertEqual(self.decide(run_id, call, decision="approve").status, 200)
        shown = harness.wait_for("the other question", lambda: next(
            (p for p in self.settled(run_id)["pending"] if p.get("policy") == "fraud"), None))
        self.assertEqual(self.effects("cancellations", "ORD-41"), [])
        self.assertEqual(shown["call_id"], call)
        self.error(self.decide(run_id, call, decision="approve"), 403)
        done = self.decide(run_id, call, key=FRAUD_KEY, decision="approve")
        self.assertEqual(done.status, 200)
        self.assertEqual(self.settled(run_id)["output"], "Cancelled.")
        self.assertEqual(len(self.effects("cancellations", "ORD-41")), 1)


del AgentsCase, ApprovalsCase

if __name__ == "__main__":
    unittest.main()
